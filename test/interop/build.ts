import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { CACHE, GO_PEER, INTEROP, RUST_PEER, RUST_TARGET } from './paths.js'

// Builds the go and the rust peer into the cache. A peer whose sources (and compiler) are those of the last build is left as
// it is, so that a second run costs nothing.

interface Build {
  name: string
  output: string
  version: readonly [string, ...string[]]
  command: readonly [string, ...string[]]
  env?: NodeJS.ProcessEnv
  prepare?: () => Promise<void>
}

const builds: Build[] = [
  {
    name: 'go',
    output: GO_PEER,
    version: ['go', 'version'],
    command: ['go', 'build', '-trimpath', '-ldflags=-s -w', '-o', GO_PEER, '.'],
    env: { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' }
  },
  {
    name: 'rust',
    output: RUST_PEER,
    version: ['cargo', '--version'],
    command: ['cargo', 'build', '--locked', '--quiet'],
    env: { CARGO_TARGET_DIR: RUST_TARGET },
    prepare: unpinCargo
  }
]

/**
 * Writes the lock file of the rust peer from the pinned versions and checksums. They are kept without the place that they
 * come from, which cargo itself says when it resolves the packages anew.
 */
async function unpinCargo (): Promise<void> {
  const folder = join(INTEROP, 'rust')
  const file = join(folder, 'Cargo.lock')
  const pinned = await readFile(join(folder, 'pinned.lock'), 'utf8')

  await rm(file, { force: true })
  await run(['cargo', 'generate-lockfile', '--quiet'], folder)

  const [source] = /^source = .*$/m.exec(await readFile(file, 'utf8')) ?? []

  if (source == null) {
    throw new Error('cargo names no source of its packages')
  }

  await writeFile(file, pinned.replace(/^checksum = /gm, `${source}\n$&`))
}

async function build ({ name, prepare, output, version, command, env }: Build): Promise<void> {
  const folder = join(INTEROP, name)
  const stampFile = join(CACHE, `${name}.sha256`)
  const stamp = await fingerprint(folder, await run(version, folder, env))

  if (await readFile(stampFile, 'utf8').catch(() => '') === stamp && await exists(output)) {
    console.info(`${name} peer: unchanged`)
    return
  }
  const started = Date.now()
  await prepare?.()
  await run(command, folder, env)
  await writeFile(stampFile, stamp)
  console.info(`${name} peer: built in ${Math.round((Date.now() - started) / 1000)} s`)
}

/** Of everything in the folder, names included, and of the compiler's version. */
async function fingerprint (folder: string, compiler: string): Promise<string> {
  const hash = createHash('sha256').update(compiler)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && entry.name !== 'Cargo.lock').map(entry => join(entry.parentPath, entry.name)).sort()
  for (const file of files) {
    const content = await readFile(file)
    hash.update(`\n${relative(folder, file)} ${content.byteLength}\n`).update(content)
  }
  return hash.digest('hex')
}

async function exists (file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false)
}

/** Standard output, when it succeeds. */
async function run (command: readonly [string, ...string[]], cwd: string, env?: NodeJS.ProcessEnv): Promise<string> {
  const [program, ...args] = command
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text })
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) {
    throw new Error(`${command.join(' ')} failed (${code})`)
  }
  return output
}

await mkdir(CACHE, { recursive: true })
// one after the other: each of them uses all cores by itself
for (const one of builds) {
  await build(one)
}
