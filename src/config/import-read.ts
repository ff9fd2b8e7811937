import { isIP } from 'node:net'
import { isTable } from './check.js'
import { collect } from './collect.js'
import { formatOrigin } from './errors.js'
import { findKey, getKey } from './keys.js'
import { parseToml } from './load.js'
import { locateKeys } from './locate.js'
import { MOVES, recogniseProgram, valueAt } from './programs.js'
import { quote, showKey } from './show.js'
import type { Origin } from './errors.js'
import type { KnownKey } from './keys.js'
import type { ProgramName } from './programs.js'

/** A value of an old file under its key of today. */
export interface Imported {
  readonly known: KnownKey
  readonly value: unknown
  /** File, line and old name, for comments. */
  readonly place: string
  /** What changed with it. */
  readonly remark?: string
}

export interface ImportedFile {
  readonly path: string
  readonly title: string
  readonly settings: readonly Imported[]
  /** What has no counterpart, with the reason. */
  readonly dropped: readonly string[]
  /** Keys that the file leaves out and whose default was another one there. */
  readonly left: ReadonlyArray<{ key: string, text: string }>
}

const TITLES: Readonly<Record<ProgramName, string>> = {
  'enigma-relay': 'of enigma-relay',
  'enigma-node-registry': 'of enigma-node-registry',
  'relay-server': 'of the Rust relay, or an older one of relay-server'
}

/** Defaults of the registry that are others here (specs/registry.md, 2.3). */
const REGISTRY_DEFAULTS: Readonly<Record<string, string>> = {
  address: '"0.0.0.0:8443"',
  mode: '"tls"',
  allow_sync: 'true',
  'rate_limit.per_ip_rps': '5',
  'rate_limit.burst': '10'
}

/** @throws ConfigError when it is no TOML */
export function readForeign (path: string, text: string): ImportedFile {
  const root = parseToml(path, text)
  const locator = locateKeys(text)
  const program = recogniseProgram(root)
  const locate = (at: ReadonlyArray<string | number>): Origin => ({ kind: 'file', file: path, line: locator.line(at) })
  const read = program === 'relay-server' ? readOurs(root, locate) : readMoved(program, root, locate)
  const left = program === 'enigma-node-registry' ? missing(root) : []

  return { path, title: TITLES[program], ...read, left }
}

/** The Rust relay's file has our own names, but for the aliases. */
function readOurs (root: Record<string, unknown>, locate: (at: ReadonlyArray<string | number>) => Origin): Pick<ImportedFile, 'settings' | 'dropped'> {
  const layer = collect(root, 'toml', locate)
  const oldNames = Object.entries(MOVES['relay-server'])

  const settings = layer.settings.map(({ known, value, origin }) => {
    const renamed = valueAt(root, known.path) === undefined ? oldNames.filter(([from, { to }]) => to === known.key && valueAt(root, from.split('.')) !== undefined).map(([from]) => from) : []
    const note = (renamed[0] === undefined ? MOVES['relay-server'][known.key] : MOVES['relay-server'][renamed[0]])?.note
    const remark = [...(renamed.length === 0 ? [] : [`renamed, was ${renamed.join(' and ')}`]), ...(note === undefined ? [] : [note])].join('; ')

    return { known, value, place: formatOrigin(origin), ...(remark === '' ? {} : { remark }) }
  })

  const hidden = layer.warnings.filter(warning => warning.includes('ignored') || warning.includes('names no file'))
  const dropped = layer.problems.map(({ origin, key, message }) => `${formatOrigin(origin)} ${key}: ${message}`)

  return { settings, dropped: [...dropped, ...hidden] }
}

function readMoved (program: ProgramName, root: Record<string, unknown>, locate: (at: ReadonlyArray<string | number>) => Origin): Pick<ImportedFile, 'settings' | 'dropped'> {
  const settings: Imported[] = []
  const dropped: string[] = []

  for (const { path, value } of leaves(root, [])) {
    const key = path.join('.')
    const move = MOVES[program][key] ?? (findKey(key) === undefined ? undefined : { to: key })
    const place = `${formatOrigin(locate(path))} ${showKey(path)}`

    if (move === undefined) {
      dropped.push(`${place}: no such key here`)
    } else if (move.to === null) {
      dropped.push(`${place}: ${move.note}`)
    } else {
      const { value: converted, remark } = convert(move.to, value)
      const remarks = [...(move.to === key ? [] : ['renamed']), ...(remark === undefined ? [] : [remark]), ...(move.note === undefined ? [] : [move.note])].join('; ')
      settings.push({ known: getKey(move.to), value: converted, place, ...(remarks === '' ? {} : { remark: remarks }) })
    }
  }

  return { settings, dropped }
}

/** Values that are written in another way here. */
function convert (key: string, value: unknown): { value: unknown, remark?: string } {
  const { spec } = getKey(key)

  if (key === 'storage.kind' && value === 'sled') {
    return { value: 'level' }
  }

  if (key === 'registry.max_nodes' && value === 0n) {
    return { value: 1n, remark: '0 acted as 1' }
  }

  if (key === 'http.trusted_proxies' && Array.isArray(value)) {
    const texts = value.filter((entry): entry is string => typeof entry === 'string')
    const ranges = texts.map(text => isIP(text) === 0 ? text : `${text}/${isIP(text) === 4 ? 32 : 128}`)
    const kept = ranges.filter(range => isIP(range.split('/')[0] ?? '') !== 0)
    const lost = ranges.filter(range => !kept.includes(range))

    return { value: kept, ...(lost.length === 0 ? {} : { remark: `left out, no addresses: ${lost.map(quote).join(', ')}` }) }
  }

  if (spec.type === 'integer' && typeof value === 'bigint' && value > spec.max) {
    return { value: BigInt(spec.max), remark: `${value} is more than the ${spec.max} that is allowed` }
  }

  return { value }
}

function missing (root: Record<string, unknown>): Array<{ key: string, text: string }> {
  return Object.entries(REGISTRY_DEFAULTS).flatMap(([from, value]) => {
    const to = MOVES['enigma-node-registry'][from]?.to

    return typeof to === 'string' && valueAt(root, from.split('.')) === undefined ? [{ key: to, text: `has no ${from}, which was ${value} by default; here the default is the value below.` }] : []
  })
}

function * leaves (table: Record<string, unknown>, path: readonly string[]): Generator<{ path: readonly string[], value: unknown }> {
  for (const [name, value] of Object.entries(table)) {
    if (isTable(value)) {
      yield * leaves(value, [...path, name])
    } else {
      yield { path: [...path, name], value }
    }
  }
}
