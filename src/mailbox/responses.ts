import { bytes, number, owned, readFailure, readFields, readMessage } from '../wire-messages.js'
import { BYTES, VARINT } from '../wire-reader.js'
import type { WireReader } from '../wire-reader.js'
import type { MailboxResponse } from './messages.js'

type Result = Omit<MailboxResponse, 'id'>

/**
 * One response out of a frame. At most one result is set: the last one in the frame. `body` and `messageId` are parts of the frame.
 * Fields that are left out are zero or empty; numbers over 2^53 - 1 are read as that.
 *
 * @throws MalformedRequestError when it is no response
 */
export function decodeResponse (frame: Uint8Array): MailboxResponse {
  return readMessage(frame, RESULTS)
}

const EMPTY = new Uint8Array(0)

const RESULTS: Record<number, (reader: WireReader) => Result> = {
  2: reader => ({ failure: readFailure(reader) }),
  3: readPushed,
  4: readItem,
  5: readPageEnd,
  6: readAcked,
  7: readCaughtUp,
  8: readStats,
  9: readGranted,
  10: readDescription
}

function readPushed (reader: WireReader): Result {
  const pushed: NonNullable<Result['pushed']> = { stored: false, duplicate: false, differs: false, seq: 0, queueLen: 0, queueBytes: 0, deadlineMs: 0 }

  readFields(reader, {
    [number(1)]: () => { pushed.stored = reader.uint() !== 0 },
    [number(2)]: () => { pushed.duplicate = reader.uint() !== 0 },
    [number(3)]: () => { pushed.differs = reader.uint() !== 0 },
    [number(4)]: () => { pushed.seq = reader.uint() },
    [number(5)]: () => { pushed.queueLen = reader.uint() },
    [number(6)]: () => { pushed.queueBytes = reader.uint() },
    [number(7)]: () => { pushed.deadlineMs = reader.uint() }
  })

  return { pushed }
}

/** Not by a table: the client reads many of them. */
function readItem (reader: WireReader): Result {
  const item: NonNullable<Result['item']> = { seq: 0, messageId: EMPTY, chunkIndex: 0, chunkCount: 0, kind: '', totalLen: 0n, sentMs: 0n, arrivalMs: 0, deadlineMs: 0, body: EMPTY }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | VARINT: item.seq = reader.uint(); break
      case 2 << 3 | BYTES: item.messageId = owned(reader.bytes()); break
      case 3 << 3 | VARINT: item.chunkIndex = reader.uint32(); break
      case 4 << 3 | VARINT: item.chunkCount = reader.uint32(); break
      case 5 << 3 | BYTES: item.kind = reader.string(); break
      case 6 << 3 | VARINT: item.totalLen = reader.uint64(); break
      case 7 << 3 | VARINT: item.sentMs = reader.uint64(); break
      case 8 << 3 | VARINT: item.arrivalMs = reader.uint(); break
      case 9 << 3 | VARINT: item.deadlineMs = reader.uint(); break
      case 10 << 3 | BYTES: item.body = owned(reader.bytes()); break
      default: reader.skip()
    }
  }

  return { item }
}

function readPageEnd (reader: WireReader): Result {
  const pageEnd: NonNullable<Result['pageEnd']> = { nextCursor: 0n, more: false, remainingEstimate: 0 }

  readFields(reader, {
    [number(1)]: () => { pageEnd.nextCursor = reader.uint64() },
    [number(2)]: () => { pageEnd.more = reader.uint() !== 0 },
    [number(3)]: () => { pageEnd.remainingEstimate = reader.uint() }
  })

  return { pageEnd }
}

function readAcked (reader: WireReader): Result {
  const acked: NonNullable<Result['acked']> = { deleted: 0, missing: 0, remaining: 0 }

  readFields(reader, {
    [number(1)]: () => { acked.deleted = reader.uint() },
    [number(2)]: () => { acked.missing = reader.uint() },
    [number(3)]: () => { acked.remaining = reader.uint() }
  })

  return { acked }
}

function readCaughtUp (reader: WireReader): Result {
  const caughtUp: NonNullable<Result['caughtUp']> = { cursor: 0n }

  readFields(reader, { [number(1)]: () => { caughtUp.cursor = reader.uint64() } })

  return { caughtUp }
}

function readStats (reader: WireReader): Result {
  const stats: NonNullable<Result['stats']> = { queueLen: 0, queueBytes: 0, oldestMs: 0, newestMs: 0, nextSeq: 0, maxQueueLen: 0, maxQueueBytes: 0 }

  readFields(reader, {
    [number(1)]: () => { stats.queueLen = reader.uint() },
    [number(2)]: () => { stats.queueBytes = reader.uint() },
    [number(3)]: () => { stats.oldestMs = reader.uint() },
    [number(4)]: () => { stats.newestMs = reader.uint() },
    [number(5)]: () => { stats.nextSeq = reader.uint() },
    [number(6)]: () => { stats.maxQueueLen = reader.uint() },
    [number(7)]: () => { stats.maxQueueBytes = reader.uint() }
  })

  return { stats }
}

function readGranted (reader: WireReader): Result {
  const granted: NonNullable<Result['granted']> = { expiresMs: 0 }

  readFields(reader, { [number(1)]: () => { granted.expiresMs = reader.uint() } })

  return { granted }
}

function readDescription (reader: WireReader): Result {
  const description: NonNullable<Result['description']> = { maxMessageBytes: 0, maxPullItems: 0, maxPullBytes: 0, messageTtlSeconds: 0, dedupeSeconds: 0, ownerProof: '', agent: '' }

  readFields(reader, {
    [number(1)]: () => { description.maxMessageBytes = reader.uint() },
    [number(2)]: () => { description.maxPullItems = reader.uint32() },
    [number(3)]: () => { description.maxPullBytes = reader.uint() },
    [number(4)]: () => { description.messageTtlSeconds = reader.uint() },
    [number(5)]: () => { description.dedupeSeconds = reader.uint() },
    [bytes(6)]: () => { description.ownerProof = reader.string() },
    [bytes(7)]: () => { description.agent = reader.string() }
  })

  return { description }
}
