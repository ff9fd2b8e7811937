import { bytesField, concat, fieldsOf, varintField } from './wire.js'

/**
 * The wire of /enigma/mailbox/1 as a table, written from specs/mailbox.proto, so that the tests share no code with the node. Nothing here
 * checks a bound: a test must be able to write what no honest peer would.
 */

export const MAILBOX = '/enigma/mailbox/1'

type Kind = 'number' | 'bytes' | 'text' | 'map' | readonly [keyof typeof MESSAGES] | readonly ['*', keyof typeof MESSAGES] | readonly ['*', 'number']

export const MESSAGES = {
  Request: { 1: ['id', 'number'], 2: ['push', ['Push']], 3: ['pull', ['Pull']], 4: ['ack', ['Ack']], 5: ['subscribe', ['Subscribe']], 6: ['credit', ['Credit']], 7: ['cancel', ['Cancel']], 8: ['stat', ['Stat']], 9: ['grant', ['Grant']], 10: ['describe', ['Describe']] },
  Response: { 1: ['id', 'number'], 2: ['failure', ['Failure']], 3: ['pushed', ['Pushed']], 4: ['item', ['Item']], 5: ['pageEnd', ['PageEnd']], 6: ['acked', ['Acked']], 7: ['caughtUp', ['CaughtUp']], 8: ['stats', ['Stats']], 9: ['granted', ['Granted']], 10: ['description', ['Description']] },
  Push: { 1: ['mailbox', 'text'], 2: ['messageId', 'bytes'], 3: ['chunkIndex', 'number'], 4: ['chunkCount', 'number'], 5: ['kind', 'text'], 6: ['totalLen', 'number'], 7: ['sentMs', 'number'], 8: ['ttlSeconds', 'number'], 9: ['body', 'bytes'] },
  Pushed: { 1: ['stored', 'number'], 2: ['duplicate', 'number'], 3: ['differs', 'number'], 4: ['seq', 'number'], 5: ['queueLen', 'number'], 6: ['queueBytes', 'number'], 7: ['deadlineMs', 'number'] },
  Pull: { 1: ['mailbox', 'text'], 2: ['cursor', 'number'], 3: ['maxItems', 'number'], 4: ['maxBytes', 'number'] },
  Item: { 1: ['seq', 'number'], 2: ['messageId', 'bytes'], 3: ['chunkIndex', 'number'], 4: ['chunkCount', 'number'], 5: ['kind', 'text'], 6: ['totalLen', 'number'], 7: ['sentMs', 'number'], 8: ['arrivalMs', 'number'], 9: ['deadlineMs', 'number'], 10: ['body', 'bytes'] },
  PageEnd: { 1: ['nextCursor', 'number'], 2: ['more', 'number'], 3: ['remainingEstimate', 'number'] },
  Ack: { 1: ['mailbox', 'text'], 2: ['keys', ['*', 'Key']], 3: ['upToSeq', 'number'] },
  Key: { 1: ['messageId', 'bytes'], 2: ['chunkIndex', 'number'] },
  Acked: { 1: ['deleted', 'number'], 2: ['missing', 'number'], 3: ['remaining', 'number'] },
  Subscribe: { 1: ['mailbox', 'text'], 2: ['cursor', 'number'], 3: ['credit', 'number'] },
  Credit: { 1: ['subscription', 'number'], 2: ['items', 'number'] },
  Cancel: { 1: ['request', 'number'] },
  CaughtUp: { 1: ['cursor', 'number'] },
  Stat: { 1: ['mailbox', 'text'] },
  Stats: { 1: ['queueLen', 'number'], 2: ['queueBytes', 'number'], 3: ['oldestMs', 'number'], 4: ['newestMs', 'number'], 5: ['nextSeq', 'number'], 6: ['maxQueueLen', 'number'], 7: ['maxQueueBytes', 'number'] },
  Grant: { 1: ['envelope', 'bytes'] },
  Granted: { 1: ['expiresMs', 'number'] },
  GrantRecord: { 1: ['mailbox', 'text'], 2: ['grantee', 'bytes'], 3: ['verbs', ['*', 'number']], 4: ['expiresMs', 'number'] },
  Describe: {},
  Description: { 1: ['maxMessageBytes', 'number'], 2: ['maxPullItems', 'number'], 3: ['maxPullBytes', 'number'], 4: ['messageTtlSeconds', 'number'], 5: ['dedupeSeconds', 'number'], 6: ['ownerProof', 'text'], 7: ['agent', 'text'] },
  Failure: { 1: ['code', 'text'], 2: ['message', 'text'], 3: ['retryAfterMs', 'number'], 4: ['details', 'map'] }
} as const

export type MessageName = keyof typeof MESSAGES
/** Numbers may be given as numbers and are read as bigints; text is given as text or, to be wrong, as bytes. */
export interface Fields { [name: string]: bigint | number | boolean | string | Uint8Array | Fields | Array<bigint | number | Fields> }

/** Fields that are zero or empty are left out, as proto3 has it. */
export function encode (name: MessageName, fields: Fields): Uint8Array {
  const parts: Uint8Array[] = []

  for (const [no, entry] of Object.entries(MESSAGES[name])) {
    const [field, kind] = entry as readonly [string, Kind]
    const value = fields[field]

    if (value == null) {
      continue
    }

    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(encodeField(Number(no), kind, one))
    }
  }

  return concat(...parts)
}

function encodeField (no: number, kind: Kind, value: Exclude<Fields[string], unknown[]>): Uint8Array {
  if (kind === 'map') {
    return concat(...Object.entries(value as Fields).map(([key, text]) => bytesField(no, concat(bytesField(1, utf8(key)), bytesField(2, utf8(String(text)))))))
  }

  if (typeof value === 'string') {
    return value === '' ? new Uint8Array() : bytesField(no, utf8(value))
  }

  if (value instanceof Uint8Array) {
    return value.byteLength === 0 ? new Uint8Array() : bytesField(no, value)
  }

  if (typeof value === 'object') {
    return bytesField(no, encode(messageOf(kind), value as Fields))
  }

  return BigInt(value) === 0n ? new Uint8Array() : varintField(no, BigInt(value))
}

/** Only what is there. */
export function decode (name: MessageName, bytes: Uint8Array): Fields {
  const fields: Fields = {}

  for (const { no, value } of fieldsOf(bytes)) {
    const entry = (MESSAGES[name] as Record<number, readonly [string, Kind]>)[no]

    if (entry == null) {
      continue
    }

    const [field, kind] = entry

    if (kind === 'map') {
      const [key, text] = fieldsOf(value as Uint8Array).map(part => new TextDecoder().decode(part.value as Uint8Array))
      fields[field] = { ...(fields[field] as Fields | undefined), [key ?? '']: text ?? '' }
    } else if (Array.isArray(kind) && kind[0] === '*') {
      fields[field] = [...(fields[field] as Fields[] | undefined ?? []), decodeField(kind[1] === 'number' ? 'number' : [kind[1]] as Kind, value) as Fields]
    } else {
      fields[field] = decodeField(kind, value)
    }
  }

  return fields
}

function decodeField (kind: Kind, value: bigint | Uint8Array): Exclude<Fields[string], unknown[]> {
  if (typeof value === 'bigint' || kind === 'number' || kind === 'bytes') {
    return value
  }

  return kind === 'text' ? new TextDecoder('utf-8', { fatal: true }).decode(value) : decode(messageOf(kind), value)
}

function messageOf (kind: Kind): MessageName {
  return (Array.isArray(kind) ? kind.at(-1) : undefined) as MessageName
}

export function utf8 (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
