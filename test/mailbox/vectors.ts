import { MESSAGES } from '../support/mailbox-wire.js'
import type { Fields, MessageName } from '../support/mailbox-wire.js'

export type Json = { [name: string]: string | number | boolean | Json | Json[] | number[] }

export interface Vector {
  name: string
  message: 'Request' | 'Response'
  /** The frame: its length and the message. */
  hex: string
  /** The message in protobuf's own JSON mapping. */
  fields: Json
}

export interface RefusedVector {
  name: string
  hex: string
  /** What the answer is under. */
  id: string
  code: string
}

export interface Vectors {
  vectors: Vector[]
  refused: RefusedVector[]
}

const U32 = new Set(['chunkIndex', 'chunkCount', 'maxItems', 'credit', 'items', 'maxPullItems', 'verbs'])
const BOOL = new Set(['stored', 'duplicate', 'differs', 'more'])

/** Protobuf's JSON mapping of what the tests' codec reads (protobuf.dev, "ProtoJSON Format"). */
export function toJson (message: MessageName, fields: Fields): Json {
  const kinds = new Map<string, unknown>(Object.values(MESSAGES[message]).map(([name, kind]) => [name, kind]))

  return Object.fromEntries(Object.entries(fields).map(([name, value]) => {
    const kind = kinds.get(name)
    const inner = Array.isArray(kind) ? kind.at(-1) as MessageName : 'Describe'

    if (Array.isArray(value)) {
      return [name, value.map(one => typeof one === 'object' ? toJson(inner, one) : Number(one))]
    }

    if (value instanceof Uint8Array) {
      return [name, Buffer.from(value).toString('base64')]
    }

    if (typeof value === 'object') {
      return [name, kind === 'map' ? value as Json : toJson(inner, value)]
    }

    return [name, typeof value === 'string' ? value : U32.has(name) ? Number(value) : BOOL.has(name) ? BigInt(value) !== 0n : String(value)]
  })) as Json
}

export function fromJson (message: MessageName, json: Json): Fields {
  const kinds = new Map<string, unknown>(Object.values(MESSAGES[message]).map(([name, kind]) => [name, kind]))

  return Object.fromEntries(Object.entries(json).map(([name, value]) => {
    const kind = kinds.get(name)
    const inner = Array.isArray(kind) ? kind.at(-1) as MessageName : 'Describe'

    if (Array.isArray(value)) {
      return [name, value.map(one => typeof one === 'object' ? fromJson(inner, one) : BigInt(one))]
    }

    if (typeof value === 'object') {
      return [name, kind === 'map' ? value : fromJson(inner, value)]
    }

    return [name, kind === 'bytes' ? new Uint8Array(Buffer.from(String(value), 'base64')) : kind === 'text' ? value : BigInt(value)]
  })) as Fields
}
