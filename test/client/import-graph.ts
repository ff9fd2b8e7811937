import { existsSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What a bundler for browsers asks of a package's exports. */
const CONDITIONS = new Set(['browser', 'import', 'module', 'default'])
const BUILTINS = new Set(builtinModules)

type Exports = string | null | Exports[] | { [condition: string]: Exports }

interface Manifest {
  exports?: Exports
  browser?: string | Record<string, string | false>
  imports?: Record<string, Exports>
  module?: string
  main?: string
}

export interface ImportGraph {
  /** URLs. */
  files: Set<string>
  /** `file imports builtin`. */
  builtins: string[]
}

/** All that is loaded with a file in a browser. */
export function walkImports (entry: URL): ImportGraph {
  const graph: ImportGraph = { files: new Set(), builtins: [] }
  const queue = [fileURLToPath(entry)]

  for (const file of queue) {
    const url = pathToFileURL(file).href

    if (graph.files.has(url)) {
      continue
    }

    graph.files.add(url)

    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('node:') || BUILTINS.has(specifier)) {
        graph.builtins.push(`${file} imports ${specifier}`)
      } else {
        const found = resolveImport(specifier, file)

        if (found != null) {
          queue.push(found)
        }
      }
    }
  }

  return graph
}

/** Specifiers of all imports, dynamic ones too, and of exports from elsewhere. */
export function importsOf (code: string): string[] {
  const bare = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found = bare.matchAll(/(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w$*{}\s,]+?from\s*)?(['"])([^'"\n]+)\1|\bimport\s*\(\s*(['"])([^'"\n]+)\3\s*\)/g)

  return [...found].map(match => match[2] ?? match[4] ?? '')
}

/** @returns nothing for what a browser field leaves out */
function resolveImport (specifier: string, from: string): string | undefined {
  if (specifier.startsWith('.')) {
    return replaced(resolve(dirname(from), specifier))
  }

  if (specifier.startsWith('#')) {
    const { folder, manifest } = packageOf(from)

    return inPackage(folder, pick(manifest.imports?.[specifier] ?? null), `${specifier} in ${folder}`)
  }

  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? []

  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)

    if (existsSync(join(candidate, 'package.json'))) {
      return replaced(join(candidate, entryOf(manifestOf(candidate), `.${rest}`, candidate)))
    }

    if (folder === dirname(folder)) {
      throw new Error(`${from} imports ${specifier}, which is not installed`)
    }
  }
}

function entryOf (manifest: Manifest, subpath: string, folder: string): string {
  if (manifest.exports == null) {
    const main = (typeof manifest.browser === 'string' ? manifest.browser : undefined) ?? manifest.module ?? manifest.main ?? 'index.js'

    return subpath === '.' ? main : subpath
  }

  const { exports } = manifest
  const isMap = typeof exports === 'object' && exports != null && !Array.isArray(exports) && Object.keys(exports).every(key => key.startsWith('.'))
  const map: Record<string, Exports> = isMap ? exports as Record<string, Exports> : { '.': exports }
  const found = pick(map[subpath] ?? null) ?? wildcard(map, subpath)

  if (found == null) {
    throw new Error(`${folder} exports no ${subpath} to a browser`)
  }

  return found
}

function wildcard (map: Record<string, Exports>, subpath: string): string | undefined {
  for (const [key, value] of Object.entries(map)) {
    const [before, after] = key.split('*')

    if (after != null && subpath.startsWith(before ?? '') && subpath.endsWith(after)) {
      return pick(value)?.replaceAll('*', subpath.slice(before?.length, subpath.length - after.length))
    }
  }

  return undefined
}

function pick (exports: Exports): string | undefined {
  if (exports == null || typeof exports === 'string') {
    return exports ?? undefined
  }

  if (Array.isArray(exports)) {
    return exports.map(pick).find(one => one != null)
  }

  for (const [condition, value] of Object.entries(exports)) {
    const found = CONDITIONS.has(condition) ? pick(value) : undefined

    if (found != null) {
      return found
    }
  }

  return undefined
}

function inPackage (folder: string, path: string | undefined, what: string): string | undefined {
  if (path == null) {
    throw new Error(`nothing to load for ${what}`)
  }

  return replaced(join(folder, path))
}

/** A package's `browser` field puts one file in the place of another. */
function replaced (file: string): string | undefined {
  const { folder, manifest } = packageOf(file)
  const map = typeof manifest.browser === 'object' ? manifest.browser : {}
  const target = map[`./${file.slice(folder.length + 1)}`]

  return target === false ? undefined : target == null ? file : join(folder, target)
}

function packageOf (file: string): { folder: string, manifest: Manifest } {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && statSync(join(folder, 'package.json')).isFile()) {
      return { folder, manifest: manifestOf(folder) }
    }

    if (folder === dirname(folder)) {
      throw new Error(`${file} is in no package`)
    }
  }
}

function manifestOf (folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
