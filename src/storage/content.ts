import { hash } from 'node:crypto'
import { InvalidStorageInputError } from './errors.js'
import type { AckSelection, NewItem, PullOptions, PushOptions, Terms } from './types.js'

export const MAX_MAILBOX_BYTES = 256
export const MAX_KIND_BYTES = 256
export const MESSAGE_ID_BYTES = 16
export const MAX_BODY_BYTES = 0x7fff_ffff
/** Times are kept in six bytes. */
export const MAX_TIME = 2 ** 48 - 1
export const FINGERPRINT_BYTES = 16

/** chunk_count, total_len, sent_ms and the length of the kind, which comes behind. */
const FIXED_BYTES = 4 + 8 + 8 + 2
export const MAX_META_BYTES = FIXED_BYTES + MAX_KIND_BYTES
const MAX_U32 = 0xffff_ffff
const MAX_U64 = (1n << 64n) - 1n

/** Everything of an item that `differs` compares, less its body: what is hashed, and what is stored. */
export function metaLength (kind: string): number {
  return FIXED_BYTES + Buffer.byteLength(kind)
}

export function writeMeta (target: Buffer, offset: number, item: NewItem): number {
  target.writeUInt32BE(item.chunkCount, offset)
  writeU64(target, offset + 4, item.totalLen)
  writeU64(target, offset + 12, item.sentMs)
  const kindLength = target.write(item.kind, offset + FIXED_BYTES)
  target.writeUInt16BE(kindLength, offset + 20)

  return offset + FIXED_BYTES + kindLength
}

const word = new DataView(new ArrayBuffer(8))

/** As `writeBigUInt64BE`, which makes several numbers of a large size. */
function writeU64 (target: Buffer, offset: number, value: bigint): void {
  word.setBigUint64(0, value)
  target.writeUInt32BE(word.getUint32(0), offset)
  target.writeUInt32BE(word.getUint32(4), offset + 4)
}

/** Undefined when the bytes are no meta. `end` is where the body begins. */
export function readMeta (source: Buffer, offset: number): { meta: Pick<NewItem, 'chunkCount' | 'totalLen' | 'sentMs' | 'kind'>, end: number } | undefined {
  if (offset + FIXED_BYTES > source.byteLength) {
    return undefined
  }

  const end = offset + FIXED_BYTES + source.readUInt16BE(offset + 20)

  if (end > source.byteLength) {
    return undefined
  }

  return {
    meta: {
      chunkCount: source.readUInt32BE(offset),
      totalLen: source.readBigUInt64BE(offset + 4),
      sentMs: source.readBigUInt64BE(offset + 12),
      kind: source.toString('utf8', offset + FIXED_BYTES, end)
    },
    end
  }
}

/**
 * Of meta and body as one piece of memory, a character each byte: V8 keeps account of every buffer. Cut to 16 bytes: it tells a caller that
 * its own retry is another message, no more.
 */
export function fingerprint (metaAndBody: Uint8Array): string {
  return cutFingerprint(hash('sha256', metaAndBody, 'binary'))
}

/** @param digest a character each byte */
export function cutFingerprint (digest: string): string {
  return digest.slice(0, FINGERPRINT_BYTES)
}

export function checkMailbox (mailbox: string): void {
  const bytes = Buffer.byteLength(mailbox)

  if (bytes < 1 || bytes > MAX_MAILBOX_BYTES || !mailbox.isWellFormed()) {
    throw new InvalidStorageInputError(`a mailbox is ${MAX_MAILBOX_BYTES} bytes of UTF-8 at most, and not empty`)
  }
}

export function checkPush (mailbox: string, item: NewItem, options: PushOptions): void {
  checkMailbox(mailbox)
  checkKey(item)
  checkTerms(options)
  within('chunkCount', item.chunkCount, 1, MAX_U32)
  within('the bytes of a kind', Buffer.byteLength(item.kind), 1, MAX_KIND_BYTES)
  within('the bytes of a body', item.body.byteLength, 0, MAX_BODY_BYTES)
  within('ttlMs', options.ttlMs, 1)

  if (item.totalLen < 0n || item.totalLen > MAX_U64 || item.sentMs < 0n || item.sentMs > MAX_U64) {
    throw new InvalidStorageInputError('totalLen and sentMs are unsigned 64-bit numbers')
  }
}

export function checkPull (mailbox: string, { cursor, maxItems, now }: PullOptions): void {
  checkMailbox(mailbox)
  within('cursor', cursor, 0)
  within('maxItems', maxItems, 1)
  within('now', now, 0, MAX_TIME)
}

export function checkAck (mailbox: string, { keys, upToSeq }: AckSelection, terms: Terms): void {
  checkMailbox(mailbox)
  checkTerms(terms)
  keys?.forEach(checkKey)
  within('upToSeq', upToSeq ?? 0, 0)
}

export function checkTerms ({ now, dedupeMs, counterMs }: Terms): void {
  within('now', now, 0, MAX_TIME)
  within('dedupeMs', dedupeMs, 0)
  within('counterMs', counterMs, 1)
}

function checkKey ({ messageId, chunkIndex }: { messageId: Uint8Array, chunkIndex: number }): void {
  within('the bytes of a messageId', messageId.byteLength, MESSAGE_ID_BYTES, MESSAGE_ID_BYTES)
  within('chunkIndex', chunkIndex, 0, MAX_U32)
}

export function within (name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidStorageInputError(`${name} must be a whole number from ${least} to ${most}, not ${value}`)
  }
}

/** A time that six bytes hold. */
export function later (now: number, ms: number): number {
  return Math.min(now + ms, MAX_TIME)
}
