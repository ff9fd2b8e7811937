import type { MailboxResponse } from './messages.js'

type Pushed = NonNullable<MailboxResponse['pushed']>

/** Field numbers of Response and Pushed with their wire type, as in `proto/mailbox.proto`. */
const RESPONSE = { id: 0x08, pushed: 0x1a }
const PUSHED = { stored: 0x08, duplicate: 0x10, differs: 0x18, seq: 0x20, queueLen: 0x28, queueBytes: 0x30, deadlineMs: 0x38 }

const MAX_VARINT_BYTES = 10
/** Of a frame: below 128, so that each length is one byte. */
const MAX_BYTES = 3 + 1 + MAX_VARINT_BYTES + 3 * 2 + 4 * (1 + MAX_VARINT_BYTES)
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const scratch = Buffer.alloc(MAX_BYTES)

/**
 * What `encodeResponse` makes of a Pushed, byte for byte, at a tenth of its cost: there is one of these for every push, which is what a
 * mailbox answers most. Numbers are safe integers, 0 or more.
 */
export function encodePushed (id: bigint, { stored, duplicate, differs, seq, queueLen, queueBytes, deadlineMs }: Pushed): Uint8Array {
  let at = writeId(id)
  const lengthAt = at + 1

  scratch[at] = RESPONSE.pushed
  at = lengthAt + 1
  at = writeFlag(at, PUSHED.stored, stored)
  at = writeFlag(at, PUSHED.duplicate, duplicate)
  at = writeFlag(at, PUSHED.differs, differs)
  at = writeNumber(at, PUSHED.seq, seq)
  at = writeNumber(at, PUSHED.queueLen, queueLen)
  at = writeNumber(at, PUSHED.queueBytes, queueBytes)
  at = writeNumber(at, PUSHED.deadlineMs, deadlineMs)
  scratch[lengthAt] = at - lengthAt - 1
  scratch[0] = at - 1

  const frame = Buffer.allocUnsafe(at)

  // shorter than a call of `copy`
  for (let i = 0; i < at; i++) {
    frame[i] = scratch[i] as number
  }

  return frame
}

/** Behind the frame's length. */
function writeId (id: bigint): number {
  if (id <= MAX_SAFE) {
    return writeNumber(1, RESPONSE.id, Number(id))
  }

  let at = 1
  let rest = id

  scratch[at++] = RESPONSE.id

  for (; rest > 0x7fn; rest >>= 7n) {
    scratch[at++] = Number(rest & 0x7fn) | 0x80
  }

  scratch[at++] = Number(rest)

  return at
}

function writeFlag (at: number, tag: number, value: boolean): number {
  if (!value) {
    return at
  }

  scratch[at] = tag
  scratch[at + 1] = 1

  return at + 2
}

/** 0 is left out. */
function writeNumber (at: number, tag: number, value: number): number {
  if (value === 0) {
    return at
  }

  let rest = value

  scratch[at++] = tag

  // no shifts: they are of 32 bits
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) {
    scratch[at++] = (rest % 128) | 0x80
  }

  for (; rest > 0x7f; rest >>>= 7) {
    scratch[at++] = (rest & 0x7f) | 0x80
  }

  scratch[at++] = rest

  return at
}
