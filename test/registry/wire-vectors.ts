import { readFileSync } from 'node:fs'

export type Json = string | number | boolean | Json[] | { [name: string]: Json }

export interface WireVector {
  name: string
  message: 'Request' | 'Response'
  /** The frame: its length and the message. */
  hex: string
  /** The message in protobuf's own JSON mapping. */
  fields: Json
}

const FILE = new URL('../../../docs/protocol-registry-vectors.json', import.meta.url)
/** Numbers in JavaScript, and 64 bits on the wire: text in JSON. */
const U64 = new Set(['atMs', 'expiresMs', 'ageMs', 'notAfterMs', 'retryAfterMs'])

export function readWireVectors (): WireVector[] {
  return (JSON.parse(readFileSync(FILE, 'utf8')) as { frames: WireVector[] }).frames
}

/** Protobuf's JSON mapping of what the codec reads: fields that are zero or empty are left out (protobuf.dev, "ProtoJSON Format"). */
export function toJson (message: object): Json {
  const entries = message instanceof Map ? [...message] as Array<[string, unknown]> : Object.entries(message)

  return Object.fromEntries(entries.map(([name, value]) => [name, valueOf(name, value)] as const).filter(([, value]) => !isDefault(value)))
}

function valueOf (name: string, value: unknown): Json {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64')
  }

  if (Array.isArray(value)) {
    return value.map(one => valueOf(name, one))
  }

  if (typeof value === 'object' && value != null) {
    return toJson(value)
  }

  return typeof value === 'bigint' || U64.has(name) ? String(value) : value as Json
}

/** A message without fields is there all the same. */
function isDefault (value: Json): boolean {
  return value === '' || value === 0 || value === '0' || value === false || (Array.isArray(value) && value.length === 0)
}
