import '../exact-uint64.js'
// Browser-safe: the client shares this file, and those that it imports, with the server.
import { concat } from 'uint8arrays/concat'
import { frame, framePrefix } from '../framing.js'
import { owned, readRequest } from '../wire-messages.js'
import { BYTES, MalformedRequestError, VARINT } from '../wire-reader.js'
import { enigma_mailbox_v1 as pb } from './pb/mailbox.js'
import type { WireReader } from '../wire-reader.js'

export { RequestError } from '../wire-messages.js'

export const MAILBOX_PROTOCOL = '/enigma/mailbox/1'

/** In one Ack. */
export const MAX_ACK_KEYS = 4096

/** Of a request, with all that is in it: the keys of an Ack, which are three each. */
const MAX_FIELDS = 4 * MAX_ACK_KEYS

const KIB = 1024

export type MailboxRequest = pb.Request
export type MailboxResponse = pb.Response
export type MailboxItem = pb.Item
export type MailboxPush = pb.Push
export type MailboxFailure = pb.Failure
export type MailboxDescription = pb.Description

/** The calls of a request, by the name of their field. */
export type CallName = Exclude<keyof MailboxRequest, 'id'>

/** Of a request, in bytes and without its prefix (specs/mailbox.md, "Framing"). */
export function maxRequestBytes (maxMessageBytes: number): number {
  return Math.max(maxMessageBytes, 128 * KIB) + 4 * KIB
}

/**
 * One request out of a frame. At most one call is set: the last one in the frame. `body`, `messageId` and `envelope` are parts of the
 * frame. Fields that are left out are zero or empty.
 *
 * @throws RequestError when it is no request
 */
export function decodeRequest (bytes: Uint8Array): MailboxRequest {
  return readRequest(bytes, CALLS, { maxFields: MAX_FIELDS })
}

/** With its length before it. */
export function encodeRequest (request: MailboxRequest): Uint8Array {
  return frame(pb.Request.encode(request))
}

/** With its length before it. */
export function encodeResponse (response: MailboxResponse): Uint8Array {
  return frame(pb.Response.encode(response))
}

/** The same for an item, whose body is not copied: the parts of the frame in their order. */
export function encodeItem (id: bigint, { body, ...rest }: MailboxItem): Uint8Array[] {
  return encodeAround(pb.Response.encode({ id }), ITEM_TAG, pb.Item.encode({ ...rest, body: EMPTY }), ITEM_BODY_TAG, body)
}

/** The same for a push. */
export function encodePush (id: bigint, { body, ...rest }: MailboxPush): Uint8Array[] {
  return encodeAround(pb.Request.encode({ id }), PUSH_TAG, pb.Push.encode({ ...rest, body: EMPTY }), PUSH_BODY_TAG, body)
}

/** A frame around a body, which is the last field of a message that is the last field of the whole. */
function encodeAround (idField: Uint8Array, tag: Uint8Array, fields: Uint8Array, bodyTag: Uint8Array, body: Uint8Array): Uint8Array[] {
  const bodyHead = body.byteLength === 0 ? EMPTY : concat([bodyTag, framePrefix(body.byteLength)])
  const messageHead = framePrefix(fields.byteLength + bodyHead.byteLength + body.byteLength)
  const head = concat([idField, tag, messageHead, fields, bodyHead])
  const whole = concat([framePrefix(head.byteLength + body.byteLength), head])

  return body.byteLength === 0 ? [whole] : [whole, body]
}

const EMPTY = new Uint8Array(0)
/** Field number and wire type: Response.item, Item.body, Request.push, Push.body. */
const ITEM_TAG = Uint8Array.of(4 << 3 | BYTES)
const ITEM_BODY_TAG = Uint8Array.of(10 << 3 | BYTES)
const PUSH_TAG = Uint8Array.of(2 << 3 | BYTES)
const PUSH_BODY_TAG = Uint8Array.of(9 << 3 | BYTES)

const CALLS: Record<number, (reader: WireReader) => Omit<MailboxRequest, 'id'>> = {
  2: reader => ({ push: readPush(reader) }),
  3: reader => ({ pull: readPull(reader) }),
  4: reader => ({ ack: readAck(reader) }),
  5: reader => ({ subscribe: readSubscribe(reader) }),
  6: reader => ({ credit: readCredit(reader) }),
  7: reader => ({ cancel: readCancel(reader) }),
  8: reader => ({ stat: readStat(reader) }),
  9: reader => ({ grant: readGrant(reader) }),
  10: reader => ({ describe: readDescribe(reader) })
}

function readPush (reader: WireReader): pb.Push {
  const push: pb.Push = { mailbox: '', messageId: EMPTY, chunkIndex: 0, chunkCount: 0, kind: '', totalLen: 0n, sentMs: 0n, ttlSeconds: 0, body: EMPTY }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | BYTES: push.mailbox = reader.string(); break
      case 2 << 3 | BYTES: push.messageId = owned(reader.bytes()); break
      case 3 << 3 | VARINT: push.chunkIndex = reader.uint32(); break
      case 4 << 3 | VARINT: push.chunkCount = reader.uint32(); break
      case 5 << 3 | BYTES: push.kind = reader.string(); break
      case 6 << 3 | VARINT: push.totalLen = reader.uint64(); break
      case 7 << 3 | VARINT: push.sentMs = reader.uint64(); break
      case 8 << 3 | VARINT: push.ttlSeconds = reader.uint(); break
      case 9 << 3 | BYTES: push.body = owned(reader.bytes()); break
      default: reader.skip()
    }
  }

  return push
}

function readPull (reader: WireReader): pb.Pull {
  const pull: pb.Pull = { mailbox: '', cursor: 0n, maxItems: 0, maxBytes: 0 }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | BYTES: pull.mailbox = reader.string(); break
      case 2 << 3 | VARINT: pull.cursor = reader.uint64(); break
      case 3 << 3 | VARINT: pull.maxItems = reader.uint32(); break
      case 4 << 3 | VARINT: pull.maxBytes = reader.uint(); break
      default: reader.skip()
    }
  }

  return pull
}

function readAck (reader: WireReader): pb.Ack {
  const ack: pb.Ack = { mailbox: '', keys: [], upToSeq: 0n }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | BYTES: ack.mailbox = reader.string(); break
      case 2 << 3 | BYTES:
        if (ack.keys.length === MAX_ACK_KEYS) {
          throw new MalformedRequestError(`an Ack has ${MAX_ACK_KEYS} keys at most`)
        }

        ack.keys.push(readKey(reader.message()))
        break
      case 3 << 3 | VARINT: ack.upToSeq = reader.uint64(); break
      default: reader.skip()
    }
  }

  return ack
}

function readKey (reader: WireReader): pb.Ack.Key {
  const key: pb.Ack.Key = { messageId: EMPTY, chunkIndex: 0 }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | BYTES: key.messageId = owned(reader.bytes()); break
      case 2 << 3 | VARINT: key.chunkIndex = reader.uint32(); break
      default: reader.skip()
    }
  }

  return key
}

function readSubscribe (reader: WireReader): pb.Subscribe {
  const subscribe: pb.Subscribe = { mailbox: '', cursor: 0n, credit: 0 }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | BYTES: subscribe.mailbox = reader.string(); break
      case 2 << 3 | VARINT: subscribe.cursor = reader.uint64(); break
      case 3 << 3 | VARINT: subscribe.credit = reader.uint32(); break
      default: reader.skip()
    }
  }

  return subscribe
}

function readCredit (reader: WireReader): pb.Credit {
  const credit: pb.Credit = { subscription: 0n, items: 0 }

  while (reader.next()) {
    switch (reader.field << 3 | reader.wireType) {
      case 1 << 3 | VARINT: credit.subscription = reader.uint64(); break
      case 2 << 3 | VARINT: credit.items = reader.uint32(); break
      default: reader.skip()
    }
  }

  return credit
}

function readCancel (reader: WireReader): pb.Cancel {
  const cancel: pb.Cancel = { request: 0n }

  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === VARINT) {
      cancel.request = reader.uint64()
    } else {
      reader.skip()
    }
  }

  return cancel
}

function readStat (reader: WireReader): pb.Stat {
  const stat: pb.Stat = { mailbox: '' }

  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === BYTES) {
      stat.mailbox = reader.string()
    } else {
      reader.skip()
    }
  }

  return stat
}

function readGrant (reader: WireReader): pb.Grant {
  const grant: pb.Grant = { envelope: EMPTY }

  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === BYTES) {
      grant.envelope = owned(reader.bytes())
    } else {
      reader.skip()
    }
  }

  return grant
}

function readDescribe (reader: WireReader): pb.Describe {
  while (reader.next()) {
    reader.skip()
  }

  return {}
}
