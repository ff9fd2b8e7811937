/* eslint-disable require-yield */

import { decodeMessage, encodeMessage, MaxLengthError, MaxSizeError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface enigma_mailbox_v1 {}

export namespace enigma_mailbox_v1 {
  export interface Request {
    id: bigint
    push?: enigma_mailbox_v1.Push
    pull?: enigma_mailbox_v1.Pull
    ack?: enigma_mailbox_v1.Ack
    subscribe?: enigma_mailbox_v1.Subscribe
    credit?: enigma_mailbox_v1.Credit
    cancel?: enigma_mailbox_v1.Cancel
    stat?: enigma_mailbox_v1.Stat
    grant?: enigma_mailbox_v1.Grant
    describe?: enigma_mailbox_v1.Describe
  }

  export namespace Request {
    let _codec: Codec<Request>

    export const codec = (): Codec<Request> => {
      if (_codec == null) {
        _codec = message<Request>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          obj = { ...obj }

          if (obj.describe != null) {
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.grant != null) {
            obj.describe = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.stat != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.cancel != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.credit != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.subscribe != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.ack = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.ack != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.pull = undefined
            obj.push = undefined
          }

          if (obj.pull != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.push = undefined
          }

          if (obj.push != null) {
            obj.describe = undefined
            obj.grant = undefined
            obj.stat = undefined
            obj.cancel = undefined
            obj.credit = undefined
            obj.subscribe = undefined
            obj.ack = undefined
            obj.pull = undefined
          }

          if ((obj.id != null && obj.id !== 0n)) {
            w.uint32(8)
            w.uint64(obj.id)
          }

          if (obj.push != null) {
            w.uint32(18)
            enigma_mailbox_v1.Push.codec().encode(obj.push, w)
          }

          if (obj.pull != null) {
            w.uint32(26)
            enigma_mailbox_v1.Pull.codec().encode(obj.pull, w)
          }

          if (obj.ack != null) {
            w.uint32(34)
            enigma_mailbox_v1.Ack.codec().encode(obj.ack, w)
          }

          if (obj.subscribe != null) {
            w.uint32(42)
            enigma_mailbox_v1.Subscribe.codec().encode(obj.subscribe, w)
          }

          if (obj.credit != null) {
            w.uint32(50)
            enigma_mailbox_v1.Credit.codec().encode(obj.credit, w)
          }

          if (obj.cancel != null) {
            w.uint32(58)
            enigma_mailbox_v1.Cancel.codec().encode(obj.cancel, w)
          }

          if (obj.stat != null) {
            w.uint32(66)
            enigma_mailbox_v1.Stat.codec().encode(obj.stat, w)
          }

          if (obj.grant != null) {
            w.uint32(74)
            enigma_mailbox_v1.Grant.codec().encode(obj.grant, w)
          }

          if (obj.describe != null) {
            w.uint32(82)
            enigma_mailbox_v1.Describe.codec().encode(obj.describe, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            id: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.id = reader.uint64()
                break
              }
              case 2: {
                obj.push = enigma_mailbox_v1.Push.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.push
                })
                break
              }
              case 3: {
                obj.pull = enigma_mailbox_v1.Pull.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.pull
                })
                break
              }
              case 4: {
                obj.ack = enigma_mailbox_v1.Ack.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.ack
                })
                break
              }
              case 5: {
                obj.subscribe = enigma_mailbox_v1.Subscribe.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.subscribe
                })
                break
              }
              case 6: {
                obj.credit = enigma_mailbox_v1.Credit.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.credit
                })
                break
              }
              case 7: {
                obj.cancel = enigma_mailbox_v1.Cancel.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.cancel
                })
                break
              }
              case 8: {
                obj.stat = enigma_mailbox_v1.Stat.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.stat
                })
                break
              }
              case 9: {
                obj.grant = enigma_mailbox_v1.Grant.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.grant
                })
                break
              }
              case 10: {
                obj.describe = enigma_mailbox_v1.Describe.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.describe
                })
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          if (obj.describe != null) {
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.grant != null) {
            delete obj.describe
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.stat != null) {
            delete obj.describe
            delete obj.grant
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.cancel != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.credit != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.subscribe != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.ack
            delete obj.pull
            delete obj.push
          }

          if (obj.ack != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.pull
            delete obj.push
          }

          if (obj.pull != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.push
          }

          if (obj.push != null) {
            delete obj.describe
            delete obj.grant
            delete obj.stat
            delete obj.cancel
            delete obj.credit
            delete obj.subscribe
            delete obj.ack
            delete obj.pull
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.id`,
                  value: reader.uint64()
                }
                break
              }
              case 2: {
                yield * enigma_mailbox_v1.Push.codec().stream(reader, reader.uint32(), `${prefix}.push`, {
                  limits: opts.limits?.push
                })

                break
              }
              case 3: {
                yield * enigma_mailbox_v1.Pull.codec().stream(reader, reader.uint32(), `${prefix}.pull`, {
                  limits: opts.limits?.pull
                })

                break
              }
              case 4: {
                yield * enigma_mailbox_v1.Ack.codec().stream(reader, reader.uint32(), `${prefix}.ack`, {
                  limits: opts.limits?.ack
                })

                break
              }
              case 5: {
                yield * enigma_mailbox_v1.Subscribe.codec().stream(reader, reader.uint32(), `${prefix}.subscribe`, {
                  limits: opts.limits?.subscribe
                })

                break
              }
              case 6: {
                yield * enigma_mailbox_v1.Credit.codec().stream(reader, reader.uint32(), `${prefix}.credit`, {
                  limits: opts.limits?.credit
                })

                break
              }
              case 7: {
                yield * enigma_mailbox_v1.Cancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                  limits: opts.limits?.cancel
                })

                break
              }
              case 8: {
                yield * enigma_mailbox_v1.Stat.codec().stream(reader, reader.uint32(), `${prefix}.stat`, {
                  limits: opts.limits?.stat
                })

                break
              }
              case 9: {
                yield * enigma_mailbox_v1.Grant.codec().stream(reader, reader.uint32(), `${prefix}.grant`, {
                  limits: opts.limits?.grant
                })

                break
              }
              case 10: {
                yield * enigma_mailbox_v1.Describe.codec().stream(reader, reader.uint32(), `${prefix}.describe`, {
                  limits: opts.limits?.describe
                })

                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface RequestIdFieldEvent {
      field: '$.id'
      value: bigint
    }

    export interface RequestPushMailboxFieldEvent {
      field: '$.push.mailbox'
      value: string
    }

    export interface RequestPushMessageIdFieldEvent {
      field: '$.push.messageId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestPushChunkIndexFieldEvent {
      field: '$.push.chunkIndex'
      value: number
    }

    export interface RequestPushChunkCountFieldEvent {
      field: '$.push.chunkCount'
      value: number
    }

    export interface RequestPushKindFieldEvent {
      field: '$.push.kind'
      value: string
    }

    export interface RequestPushTotalLenFieldEvent {
      field: '$.push.totalLen'
      value: bigint
    }

    export interface RequestPushSentMsFieldEvent {
      field: '$.push.sentMs'
      value: bigint
    }

    export interface RequestPushTtlSecondsFieldEvent {
      field: '$.push.ttlSeconds'
      value: number
    }

    export interface RequestPushBodyFieldEvent {
      field: '$.push.body'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestPullMailboxFieldEvent {
      field: '$.pull.mailbox'
      value: string
    }

    export interface RequestPullCursorFieldEvent {
      field: '$.pull.cursor'
      value: bigint
    }

    export interface RequestPullMaxItemsFieldEvent {
      field: '$.pull.maxItems'
      value: number
    }

    export interface RequestPullMaxBytesFieldEvent {
      field: '$.pull.maxBytes'
      value: number
    }

    export interface RequestAckMailboxFieldEvent {
      field: '$.ack.mailbox'
      value: string
    }

    export interface RequestAckKeysMessageIdFieldEvent {
      field: '$.ack.keys[].messageId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface RequestAckKeysChunkIndexFieldEvent {
      field: '$.ack.keys[].chunkIndex'
      value: number
      index: number
    }

    export interface RequestAckUpToSeqFieldEvent {
      field: '$.ack.upToSeq'
      value: bigint
    }

    export interface RequestSubscribeMailboxFieldEvent {
      field: '$.subscribe.mailbox'
      value: string
    }

    export interface RequestSubscribeCursorFieldEvent {
      field: '$.subscribe.cursor'
      value: bigint
    }

    export interface RequestSubscribeCreditFieldEvent {
      field: '$.subscribe.credit'
      value: number
    }

    export interface RequestCreditSubscriptionFieldEvent {
      field: '$.credit.subscription'
      value: bigint
    }

    export interface RequestCreditItemsFieldEvent {
      field: '$.credit.items'
      value: number
    }

    export interface RequestCancelRequestFieldEvent {
      field: '$.cancel.request'
      value: bigint
    }

    export interface RequestStatMailboxFieldEvent {
      field: '$.stat.mailbox'
      value: string
    }

    export interface RequestGrantEnvelopeFieldEvent {
      field: '$.grant.envelope'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Request>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Request.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Request {
      return decodeMessage(buf, Request.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Generator<RequestIdFieldEvent | RequestPushMailboxFieldEvent | RequestPushMessageIdFieldEvent | RequestPushChunkIndexFieldEvent | RequestPushChunkCountFieldEvent | RequestPushKindFieldEvent | RequestPushTotalLenFieldEvent | RequestPushSentMsFieldEvent | RequestPushTtlSecondsFieldEvent | RequestPushBodyFieldEvent | RequestPullMailboxFieldEvent | RequestPullCursorFieldEvent | RequestPullMaxItemsFieldEvent | RequestPullMaxBytesFieldEvent | RequestAckMailboxFieldEvent | RequestAckKeysMessageIdFieldEvent | RequestAckKeysChunkIndexFieldEvent | RequestAckUpToSeqFieldEvent | RequestSubscribeMailboxFieldEvent | RequestSubscribeCursorFieldEvent | RequestSubscribeCreditFieldEvent | RequestCreditSubscriptionFieldEvent | RequestCreditItemsFieldEvent | RequestCancelRequestFieldEvent | RequestStatMailboxFieldEvent | RequestGrantEnvelopeFieldEvent> {
      return streamMessage(buf, Request.codec(), opts)
    }
  }

  export interface Response {
    id: bigint
    failure?: enigma_mailbox_v1.Failure
    pushed?: enigma_mailbox_v1.Pushed
    item?: enigma_mailbox_v1.Item
    pageEnd?: enigma_mailbox_v1.PageEnd
    acked?: enigma_mailbox_v1.Acked
    caughtUp?: enigma_mailbox_v1.CaughtUp
    stats?: enigma_mailbox_v1.Stats
    granted?: enigma_mailbox_v1.Granted
    description?: enigma_mailbox_v1.Description
  }

  export namespace Response {
    let _codec: Codec<Response>

    export const codec = (): Codec<Response> => {
      if (_codec == null) {
        _codec = message<Response>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          obj = { ...obj }

          if (obj.description != null) {
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.granted != null) {
            obj.description = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.stats != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.caughtUp != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.acked != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.pageEnd != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.item = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.item != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.pushed = undefined
            obj.failure = undefined
          }

          if (obj.pushed != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.failure = undefined
          }

          if (obj.failure != null) {
            obj.description = undefined
            obj.granted = undefined
            obj.stats = undefined
            obj.caughtUp = undefined
            obj.acked = undefined
            obj.pageEnd = undefined
            obj.item = undefined
            obj.pushed = undefined
          }

          if ((obj.id != null && obj.id !== 0n)) {
            w.uint32(8)
            w.uint64(obj.id)
          }

          if (obj.failure != null) {
            w.uint32(18)
            enigma_mailbox_v1.Failure.codec().encode(obj.failure, w)
          }

          if (obj.pushed != null) {
            w.uint32(26)
            enigma_mailbox_v1.Pushed.codec().encode(obj.pushed, w)
          }

          if (obj.item != null) {
            w.uint32(34)
            enigma_mailbox_v1.Item.codec().encode(obj.item, w)
          }

          if (obj.pageEnd != null) {
            w.uint32(42)
            enigma_mailbox_v1.PageEnd.codec().encode(obj.pageEnd, w)
          }

          if (obj.acked != null) {
            w.uint32(50)
            enigma_mailbox_v1.Acked.codec().encode(obj.acked, w)
          }

          if (obj.caughtUp != null) {
            w.uint32(58)
            enigma_mailbox_v1.CaughtUp.codec().encode(obj.caughtUp, w)
          }

          if (obj.stats != null) {
            w.uint32(66)
            enigma_mailbox_v1.Stats.codec().encode(obj.stats, w)
          }

          if (obj.granted != null) {
            w.uint32(74)
            enigma_mailbox_v1.Granted.codec().encode(obj.granted, w)
          }

          if (obj.description != null) {
            w.uint32(82)
            enigma_mailbox_v1.Description.codec().encode(obj.description, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            id: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.id = reader.uint64()
                break
              }
              case 2: {
                obj.failure = enigma_mailbox_v1.Failure.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.failure
                })
                break
              }
              case 3: {
                obj.pushed = enigma_mailbox_v1.Pushed.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.pushed
                })
                break
              }
              case 4: {
                obj.item = enigma_mailbox_v1.Item.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.item
                })
                break
              }
              case 5: {
                obj.pageEnd = enigma_mailbox_v1.PageEnd.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.pageEnd
                })
                break
              }
              case 6: {
                obj.acked = enigma_mailbox_v1.Acked.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.acked
                })
                break
              }
              case 7: {
                obj.caughtUp = enigma_mailbox_v1.CaughtUp.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.caughtUp
                })
                break
              }
              case 8: {
                obj.stats = enigma_mailbox_v1.Stats.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.stats
                })
                break
              }
              case 9: {
                obj.granted = enigma_mailbox_v1.Granted.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.granted
                })
                break
              }
              case 10: {
                obj.description = enigma_mailbox_v1.Description.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.description
                })
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          if (obj.description != null) {
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.granted != null) {
            delete obj.description
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.stats != null) {
            delete obj.description
            delete obj.granted
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.caughtUp != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.acked != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.pageEnd != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.item
            delete obj.pushed
            delete obj.failure
          }

          if (obj.item != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.pushed
            delete obj.failure
          }

          if (obj.pushed != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.failure
          }

          if (obj.failure != null) {
            delete obj.description
            delete obj.granted
            delete obj.stats
            delete obj.caughtUp
            delete obj.acked
            delete obj.pageEnd
            delete obj.item
            delete obj.pushed
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.id`,
                  value: reader.uint64()
                }
                break
              }
              case 2: {
                yield * enigma_mailbox_v1.Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                  limits: opts.limits?.failure
                })

                break
              }
              case 3: {
                yield * enigma_mailbox_v1.Pushed.codec().stream(reader, reader.uint32(), `${prefix}.pushed`, {
                  limits: opts.limits?.pushed
                })

                break
              }
              case 4: {
                yield * enigma_mailbox_v1.Item.codec().stream(reader, reader.uint32(), `${prefix}.item`, {
                  limits: opts.limits?.item
                })

                break
              }
              case 5: {
                yield * enigma_mailbox_v1.PageEnd.codec().stream(reader, reader.uint32(), `${prefix}.pageEnd`, {
                  limits: opts.limits?.pageEnd
                })

                break
              }
              case 6: {
                yield * enigma_mailbox_v1.Acked.codec().stream(reader, reader.uint32(), `${prefix}.acked`, {
                  limits: opts.limits?.acked
                })

                break
              }
              case 7: {
                yield * enigma_mailbox_v1.CaughtUp.codec().stream(reader, reader.uint32(), `${prefix}.caughtUp`, {
                  limits: opts.limits?.caughtUp
                })

                break
              }
              case 8: {
                yield * enigma_mailbox_v1.Stats.codec().stream(reader, reader.uint32(), `${prefix}.stats`, {
                  limits: opts.limits?.stats
                })

                break
              }
              case 9: {
                yield * enigma_mailbox_v1.Granted.codec().stream(reader, reader.uint32(), `${prefix}.granted`, {
                  limits: opts.limits?.granted
                })

                break
              }
              case 10: {
                yield * enigma_mailbox_v1.Description.codec().stream(reader, reader.uint32(), `${prefix}.description`, {
                  limits: opts.limits?.description
                })

                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface ResponseIdFieldEvent {
      field: '$.id'
      value: bigint
    }

    export interface ResponseFailureCodeFieldEvent {
      field: '$.failure.code'
      value: string
    }

    export interface ResponseFailureMessageFieldEvent {
      field: '$.failure.message'
      value: string
    }

    export interface ResponseFailureRetryAfterMsFieldEvent {
      field: '$.failure.retryAfterMs'
      value: number
    }

    export interface ResponseFailureDetailsFieldEvent {
      field: '$.failure.details{}'
      key: string
      value: string
    }

    export interface ResponsePushedStoredFieldEvent {
      field: '$.pushed.stored'
      value: boolean
    }

    export interface ResponsePushedDuplicateFieldEvent {
      field: '$.pushed.duplicate'
      value: boolean
    }

    export interface ResponsePushedDiffersFieldEvent {
      field: '$.pushed.differs'
      value: boolean
    }

    export interface ResponsePushedSeqFieldEvent {
      field: '$.pushed.seq'
      value: number
    }

    export interface ResponsePushedQueueLenFieldEvent {
      field: '$.pushed.queueLen'
      value: number
    }

    export interface ResponsePushedQueueBytesFieldEvent {
      field: '$.pushed.queueBytes'
      value: number
    }

    export interface ResponsePushedDeadlineMsFieldEvent {
      field: '$.pushed.deadlineMs'
      value: number
    }

    export interface ResponseItemSeqFieldEvent {
      field: '$.item.seq'
      value: number
    }

    export interface ResponseItemMessageIdFieldEvent {
      field: '$.item.messageId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseItemChunkIndexFieldEvent {
      field: '$.item.chunkIndex'
      value: number
    }

    export interface ResponseItemChunkCountFieldEvent {
      field: '$.item.chunkCount'
      value: number
    }

    export interface ResponseItemKindFieldEvent {
      field: '$.item.kind'
      value: string
    }

    export interface ResponseItemTotalLenFieldEvent {
      field: '$.item.totalLen'
      value: bigint
    }

    export interface ResponseItemSentMsFieldEvent {
      field: '$.item.sentMs'
      value: bigint
    }

    export interface ResponseItemArrivalMsFieldEvent {
      field: '$.item.arrivalMs'
      value: number
    }

    export interface ResponseItemDeadlineMsFieldEvent {
      field: '$.item.deadlineMs'
      value: number
    }

    export interface ResponseItemBodyFieldEvent {
      field: '$.item.body'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponsePageEndNextCursorFieldEvent {
      field: '$.pageEnd.nextCursor'
      value: bigint
    }

    export interface ResponsePageEndMoreFieldEvent {
      field: '$.pageEnd.more'
      value: boolean
    }

    export interface ResponsePageEndRemainingEstimateFieldEvent {
      field: '$.pageEnd.remainingEstimate'
      value: number
    }

    export interface ResponseAckedDeletedFieldEvent {
      field: '$.acked.deleted'
      value: number
    }

    export interface ResponseAckedMissingFieldEvent {
      field: '$.acked.missing'
      value: number
    }

    export interface ResponseAckedRemainingFieldEvent {
      field: '$.acked.remaining'
      value: number
    }

    export interface ResponseCaughtUpCursorFieldEvent {
      field: '$.caughtUp.cursor'
      value: bigint
    }

    export interface ResponseStatsQueueLenFieldEvent {
      field: '$.stats.queueLen'
      value: number
    }

    export interface ResponseStatsQueueBytesFieldEvent {
      field: '$.stats.queueBytes'
      value: number
    }

    export interface ResponseStatsOldestMsFieldEvent {
      field: '$.stats.oldestMs'
      value: number
    }

    export interface ResponseStatsNewestMsFieldEvent {
      field: '$.stats.newestMs'
      value: number
    }

    export interface ResponseStatsNextSeqFieldEvent {
      field: '$.stats.nextSeq'
      value: number
    }

    export interface ResponseStatsMaxQueueLenFieldEvent {
      field: '$.stats.maxQueueLen'
      value: number
    }

    export interface ResponseStatsMaxQueueBytesFieldEvent {
      field: '$.stats.maxQueueBytes'
      value: number
    }

    export interface ResponseGrantedExpiresMsFieldEvent {
      field: '$.granted.expiresMs'
      value: number
    }

    export interface ResponseDescriptionMaxMessageBytesFieldEvent {
      field: '$.description.maxMessageBytes'
      value: number
    }

    export interface ResponseDescriptionMaxPullItemsFieldEvent {
      field: '$.description.maxPullItems'
      value: number
    }

    export interface ResponseDescriptionMaxPullBytesFieldEvent {
      field: '$.description.maxPullBytes'
      value: number
    }

    export interface ResponseDescriptionMessageTtlSecondsFieldEvent {
      field: '$.description.messageTtlSeconds'
      value: number
    }

    export interface ResponseDescriptionDedupeSecondsFieldEvent {
      field: '$.description.dedupeSeconds'
      value: number
    }

    export interface ResponseDescriptionOwnerProofFieldEvent {
      field: '$.description.ownerProof'
      value: string
    }

    export interface ResponseDescriptionAgentFieldEvent {
      field: '$.description.agent'
      value: string
    }

    export function encode (obj: Partial<Response>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Response.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Response>): Response {
      return decodeMessage(buf, Response.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Response>): Generator<ResponseIdFieldEvent | ResponseFailureCodeFieldEvent | ResponseFailureMessageFieldEvent | ResponseFailureRetryAfterMsFieldEvent | ResponseFailureDetailsFieldEvent | ResponsePushedStoredFieldEvent | ResponsePushedDuplicateFieldEvent | ResponsePushedDiffersFieldEvent | ResponsePushedSeqFieldEvent | ResponsePushedQueueLenFieldEvent | ResponsePushedQueueBytesFieldEvent | ResponsePushedDeadlineMsFieldEvent | ResponseItemSeqFieldEvent | ResponseItemMessageIdFieldEvent | ResponseItemChunkIndexFieldEvent | ResponseItemChunkCountFieldEvent | ResponseItemKindFieldEvent | ResponseItemTotalLenFieldEvent | ResponseItemSentMsFieldEvent | ResponseItemArrivalMsFieldEvent | ResponseItemDeadlineMsFieldEvent | ResponseItemBodyFieldEvent | ResponsePageEndNextCursorFieldEvent | ResponsePageEndMoreFieldEvent | ResponsePageEndRemainingEstimateFieldEvent | ResponseAckedDeletedFieldEvent | ResponseAckedMissingFieldEvent | ResponseAckedRemainingFieldEvent | ResponseCaughtUpCursorFieldEvent | ResponseStatsQueueLenFieldEvent | ResponseStatsQueueBytesFieldEvent | ResponseStatsOldestMsFieldEvent | ResponseStatsNewestMsFieldEvent | ResponseStatsNextSeqFieldEvent | ResponseStatsMaxQueueLenFieldEvent | ResponseStatsMaxQueueBytesFieldEvent | ResponseGrantedExpiresMsFieldEvent | ResponseDescriptionMaxMessageBytesFieldEvent | ResponseDescriptionMaxPullItemsFieldEvent | ResponseDescriptionMaxPullBytesFieldEvent | ResponseDescriptionMessageTtlSecondsFieldEvent | ResponseDescriptionDedupeSecondsFieldEvent | ResponseDescriptionOwnerProofFieldEvent | ResponseDescriptionAgentFieldEvent> {
      return streamMessage(buf, Response.codec(), opts)
    }
  }

  export interface Push {
    mailbox: string
    messageId: Uint8Array<ArrayBuffer>
    chunkIndex: number
    chunkCount: number
    kind: string
    totalLen: bigint
    sentMs: bigint
    ttlSeconds: number
    body: Uint8Array<ArrayBuffer>
  }

  export namespace Push {
    let _codec: Codec<Push>

    export const codec = (): Codec<Push> => {
      if (_codec == null) {
        _codec = message<Push>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if ((obj.messageId != null && obj.messageId.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.messageId)
          }

          if ((obj.chunkIndex != null && obj.chunkIndex !== 0)) {
            w.uint32(24)
            w.uint32(obj.chunkIndex)
          }

          if ((obj.chunkCount != null && obj.chunkCount !== 0)) {
            w.uint32(32)
            w.uint32(obj.chunkCount)
          }

          if ((obj.kind != null && obj.kind !== '')) {
            w.uint32(42)
            w.string(obj.kind)
          }

          if ((obj.totalLen != null && obj.totalLen !== 0n)) {
            w.uint32(48)
            w.uint64(obj.totalLen)
          }

          if ((obj.sentMs != null && obj.sentMs !== 0n)) {
            w.uint32(56)
            w.uint64(obj.sentMs)
          }

          if ((obj.ttlSeconds != null && obj.ttlSeconds !== 0)) {
            w.uint32(64)
            w.uint64Number(obj.ttlSeconds)
          }

          if ((obj.body != null && obj.body.byteLength > 0)) {
            w.uint32(74)
            w.bytes(obj.body)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: '',
            messageId: uint8ArrayAlloc(0),
            chunkIndex: 0,
            chunkCount: 0,
            kind: '',
            totalLen: 0n,
            sentMs: 0n,
            ttlSeconds: 0,
            body: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              case 2: {
                obj.messageId = reader.bytes()
                break
              }
              case 3: {
                obj.chunkIndex = reader.uint32()
                break
              }
              case 4: {
                obj.chunkCount = reader.uint32()
                break
              }
              case 5: {
                obj.kind = reader.string()
                break
              }
              case 6: {
                obj.totalLen = reader.uint64()
                break
              }
              case 7: {
                obj.sentMs = reader.uint64()
                break
              }
              case 8: {
                obj.ttlSeconds = reader.uint64Number()
                break
              }
              case 9: {
                obj.body = reader.bytes()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.messageId`,
                  value: reader.bytes()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.chunkIndex`,
                  value: reader.uint32()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.chunkCount`,
                  value: reader.uint32()
                }
                break
              }
              case 5: {
                yield {
                  field: `${prefix}.kind`,
                  value: reader.string()
                }
                break
              }
              case 6: {
                yield {
                  field: `${prefix}.totalLen`,
                  value: reader.uint64()
                }
                break
              }
              case 7: {
                yield {
                  field: `${prefix}.sentMs`,
                  value: reader.uint64()
                }
                break
              }
              case 8: {
                yield {
                  field: `${prefix}.ttlSeconds`,
                  value: reader.uint64Number()
                }
                break
              }
              case 9: {
                yield {
                  field: `${prefix}.body`,
                  value: reader.bytes()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface PushMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export interface PushMessageIdFieldEvent {
      field: '$.messageId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface PushChunkIndexFieldEvent {
      field: '$.chunkIndex'
      value: number
    }

    export interface PushChunkCountFieldEvent {
      field: '$.chunkCount'
      value: number
    }

    export interface PushKindFieldEvent {
      field: '$.kind'
      value: string
    }

    export interface PushTotalLenFieldEvent {
      field: '$.totalLen'
      value: bigint
    }

    export interface PushSentMsFieldEvent {
      field: '$.sentMs'
      value: bigint
    }

    export interface PushTtlSecondsFieldEvent {
      field: '$.ttlSeconds'
      value: number
    }

    export interface PushBodyFieldEvent {
      field: '$.body'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Push>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Push.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Push>): Push {
      return decodeMessage(buf, Push.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Push>): Generator<PushMailboxFieldEvent | PushMessageIdFieldEvent | PushChunkIndexFieldEvent | PushChunkCountFieldEvent | PushKindFieldEvent | PushTotalLenFieldEvent | PushSentMsFieldEvent | PushTtlSecondsFieldEvent | PushBodyFieldEvent> {
      return streamMessage(buf, Push.codec(), opts)
    }
  }

  export interface Pushed {
    stored: boolean
    duplicate: boolean
    differs: boolean
    seq: number
    queueLen: number
    queueBytes: number
    deadlineMs: number
  }

  export namespace Pushed {
    let _codec: Codec<Pushed>

    export const codec = (): Codec<Pushed> => {
      if (_codec == null) {
        _codec = message<Pushed>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.stored != null && obj.stored !== false)) {
            w.uint32(8)
            w.bool(obj.stored)
          }

          if ((obj.duplicate != null && obj.duplicate !== false)) {
            w.uint32(16)
            w.bool(obj.duplicate)
          }

          if ((obj.differs != null && obj.differs !== false)) {
            w.uint32(24)
            w.bool(obj.differs)
          }

          if ((obj.seq != null && obj.seq !== 0)) {
            w.uint32(32)
            w.uint64Number(obj.seq)
          }

          if ((obj.queueLen != null && obj.queueLen !== 0)) {
            w.uint32(40)
            w.uint64Number(obj.queueLen)
          }

          if ((obj.queueBytes != null && obj.queueBytes !== 0)) {
            w.uint32(48)
            w.uint64Number(obj.queueBytes)
          }

          if ((obj.deadlineMs != null && obj.deadlineMs !== 0)) {
            w.uint32(56)
            w.uint64Number(obj.deadlineMs)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            stored: false,
            duplicate: false,
            differs: false,
            seq: 0,
            queueLen: 0,
            queueBytes: 0,
            deadlineMs: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.stored = reader.bool()
                break
              }
              case 2: {
                obj.duplicate = reader.bool()
                break
              }
              case 3: {
                obj.differs = reader.bool()
                break
              }
              case 4: {
                obj.seq = reader.uint64Number()
                break
              }
              case 5: {
                obj.queueLen = reader.uint64Number()
                break
              }
              case 6: {
                obj.queueBytes = reader.uint64Number()
                break
              }
              case 7: {
                obj.deadlineMs = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.stored`,
                  value: reader.bool()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.duplicate`,
                  value: reader.bool()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.differs`,
                  value: reader.bool()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.seq`,
                  value: reader.uint64Number()
                }
                break
              }
              case 5: {
                yield {
                  field: `${prefix}.queueLen`,
                  value: reader.uint64Number()
                }
                break
              }
              case 6: {
                yield {
                  field: `${prefix}.queueBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              case 7: {
                yield {
                  field: `${prefix}.deadlineMs`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface PushedStoredFieldEvent {
      field: '$.stored'
      value: boolean
    }

    export interface PushedDuplicateFieldEvent {
      field: '$.duplicate'
      value: boolean
    }

    export interface PushedDiffersFieldEvent {
      field: '$.differs'
      value: boolean
    }

    export interface PushedSeqFieldEvent {
      field: '$.seq'
      value: number
    }

    export interface PushedQueueLenFieldEvent {
      field: '$.queueLen'
      value: number
    }

    export interface PushedQueueBytesFieldEvent {
      field: '$.queueBytes'
      value: number
    }

    export interface PushedDeadlineMsFieldEvent {
      field: '$.deadlineMs'
      value: number
    }

    export function encode (obj: Partial<Pushed>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Pushed.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Pushed>): Pushed {
      return decodeMessage(buf, Pushed.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Pushed>): Generator<PushedStoredFieldEvent | PushedDuplicateFieldEvent | PushedDiffersFieldEvent | PushedSeqFieldEvent | PushedQueueLenFieldEvent | PushedQueueBytesFieldEvent | PushedDeadlineMsFieldEvent> {
      return streamMessage(buf, Pushed.codec(), opts)
    }
  }

  export interface Pull {
    mailbox: string
    cursor: bigint
    maxItems: number
    maxBytes: number
  }

  export namespace Pull {
    let _codec: Codec<Pull>

    export const codec = (): Codec<Pull> => {
      if (_codec == null) {
        _codec = message<Pull>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if ((obj.cursor != null && obj.cursor !== 0n)) {
            w.uint32(16)
            w.uint64(obj.cursor)
          }

          if ((obj.maxItems != null && obj.maxItems !== 0)) {
            w.uint32(24)
            w.uint32(obj.maxItems)
          }

          if ((obj.maxBytes != null && obj.maxBytes !== 0)) {
            w.uint32(32)
            w.uint64Number(obj.maxBytes)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: '',
            cursor: 0n,
            maxItems: 0,
            maxBytes: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              case 2: {
                obj.cursor = reader.uint64()
                break
              }
              case 3: {
                obj.maxItems = reader.uint32()
                break
              }
              case 4: {
                obj.maxBytes = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.cursor`,
                  value: reader.uint64()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.maxItems`,
                  value: reader.uint32()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.maxBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface PullMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export interface PullCursorFieldEvent {
      field: '$.cursor'
      value: bigint
    }

    export interface PullMaxItemsFieldEvent {
      field: '$.maxItems'
      value: number
    }

    export interface PullMaxBytesFieldEvent {
      field: '$.maxBytes'
      value: number
    }

    export function encode (obj: Partial<Pull>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Pull.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Pull>): Pull {
      return decodeMessage(buf, Pull.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Pull>): Generator<PullMailboxFieldEvent | PullCursorFieldEvent | PullMaxItemsFieldEvent | PullMaxBytesFieldEvent> {
      return streamMessage(buf, Pull.codec(), opts)
    }
  }

  export interface Item {
    seq: number
    messageId: Uint8Array<ArrayBuffer>
    chunkIndex: number
    chunkCount: number
    kind: string
    totalLen: bigint
    sentMs: bigint
    arrivalMs: number
    deadlineMs: number
    body: Uint8Array<ArrayBuffer>
  }

  export namespace Item {
    let _codec: Codec<Item>

    export const codec = (): Codec<Item> => {
      if (_codec == null) {
        _codec = message<Item>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.seq != null && obj.seq !== 0)) {
            w.uint32(8)
            w.uint64Number(obj.seq)
          }

          if ((obj.messageId != null && obj.messageId.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.messageId)
          }

          if ((obj.chunkIndex != null && obj.chunkIndex !== 0)) {
            w.uint32(24)
            w.uint32(obj.chunkIndex)
          }

          if ((obj.chunkCount != null && obj.chunkCount !== 0)) {
            w.uint32(32)
            w.uint32(obj.chunkCount)
          }

          if ((obj.kind != null && obj.kind !== '')) {
            w.uint32(42)
            w.string(obj.kind)
          }

          if ((obj.totalLen != null && obj.totalLen !== 0n)) {
            w.uint32(48)
            w.uint64(obj.totalLen)
          }

          if ((obj.sentMs != null && obj.sentMs !== 0n)) {
            w.uint32(56)
            w.uint64(obj.sentMs)
          }

          if ((obj.arrivalMs != null && obj.arrivalMs !== 0)) {
            w.uint32(64)
            w.uint64Number(obj.arrivalMs)
          }

          if ((obj.deadlineMs != null && obj.deadlineMs !== 0)) {
            w.uint32(72)
            w.uint64Number(obj.deadlineMs)
          }

          if ((obj.body != null && obj.body.byteLength > 0)) {
            w.uint32(82)
            w.bytes(obj.body)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            seq: 0,
            messageId: uint8ArrayAlloc(0),
            chunkIndex: 0,
            chunkCount: 0,
            kind: '',
            totalLen: 0n,
            sentMs: 0n,
            arrivalMs: 0,
            deadlineMs: 0,
            body: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.seq = reader.uint64Number()
                break
              }
              case 2: {
                obj.messageId = reader.bytes()
                break
              }
              case 3: {
                obj.chunkIndex = reader.uint32()
                break
              }
              case 4: {
                obj.chunkCount = reader.uint32()
                break
              }
              case 5: {
                obj.kind = reader.string()
                break
              }
              case 6: {
                obj.totalLen = reader.uint64()
                break
              }
              case 7: {
                obj.sentMs = reader.uint64()
                break
              }
              case 8: {
                obj.arrivalMs = reader.uint64Number()
                break
              }
              case 9: {
                obj.deadlineMs = reader.uint64Number()
                break
              }
              case 10: {
                obj.body = reader.bytes()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.seq`,
                  value: reader.uint64Number()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.messageId`,
                  value: reader.bytes()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.chunkIndex`,
                  value: reader.uint32()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.chunkCount`,
                  value: reader.uint32()
                }
                break
              }
              case 5: {
                yield {
                  field: `${prefix}.kind`,
                  value: reader.string()
                }
                break
              }
              case 6: {
                yield {
                  field: `${prefix}.totalLen`,
                  value: reader.uint64()
                }
                break
              }
              case 7: {
                yield {
                  field: `${prefix}.sentMs`,
                  value: reader.uint64()
                }
                break
              }
              case 8: {
                yield {
                  field: `${prefix}.arrivalMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 9: {
                yield {
                  field: `${prefix}.deadlineMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 10: {
                yield {
                  field: `${prefix}.body`,
                  value: reader.bytes()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface ItemSeqFieldEvent {
      field: '$.seq'
      value: number
    }

    export interface ItemMessageIdFieldEvent {
      field: '$.messageId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ItemChunkIndexFieldEvent {
      field: '$.chunkIndex'
      value: number
    }

    export interface ItemChunkCountFieldEvent {
      field: '$.chunkCount'
      value: number
    }

    export interface ItemKindFieldEvent {
      field: '$.kind'
      value: string
    }

    export interface ItemTotalLenFieldEvent {
      field: '$.totalLen'
      value: bigint
    }

    export interface ItemSentMsFieldEvent {
      field: '$.sentMs'
      value: bigint
    }

    export interface ItemArrivalMsFieldEvent {
      field: '$.arrivalMs'
      value: number
    }

    export interface ItemDeadlineMsFieldEvent {
      field: '$.deadlineMs'
      value: number
    }

    export interface ItemBodyFieldEvent {
      field: '$.body'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Item>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Item.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Item>): Item {
      return decodeMessage(buf, Item.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Item>): Generator<ItemSeqFieldEvent | ItemMessageIdFieldEvent | ItemChunkIndexFieldEvent | ItemChunkCountFieldEvent | ItemKindFieldEvent | ItemTotalLenFieldEvent | ItemSentMsFieldEvent | ItemArrivalMsFieldEvent | ItemDeadlineMsFieldEvent | ItemBodyFieldEvent> {
      return streamMessage(buf, Item.codec(), opts)
    }
  }

  export interface PageEnd {
    nextCursor: bigint
    more: boolean
    remainingEstimate: number
  }

  export namespace PageEnd {
    let _codec: Codec<PageEnd>

    export const codec = (): Codec<PageEnd> => {
      if (_codec == null) {
        _codec = message<PageEnd>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.nextCursor != null && obj.nextCursor !== 0n)) {
            w.uint32(8)
            w.uint64(obj.nextCursor)
          }

          if ((obj.more != null && obj.more !== false)) {
            w.uint32(16)
            w.bool(obj.more)
          }

          if ((obj.remainingEstimate != null && obj.remainingEstimate !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.remainingEstimate)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            nextCursor: 0n,
            more: false,
            remainingEstimate: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.nextCursor = reader.uint64()
                break
              }
              case 2: {
                obj.more = reader.bool()
                break
              }
              case 3: {
                obj.remainingEstimate = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.nextCursor`,
                  value: reader.uint64()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.more`,
                  value: reader.bool()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.remainingEstimate`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface PageEndNextCursorFieldEvent {
      field: '$.nextCursor'
      value: bigint
    }

    export interface PageEndMoreFieldEvent {
      field: '$.more'
      value: boolean
    }

    export interface PageEndRemainingEstimateFieldEvent {
      field: '$.remainingEstimate'
      value: number
    }

    export function encode (obj: Partial<PageEnd>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, PageEnd.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PageEnd>): PageEnd {
      return decodeMessage(buf, PageEnd.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PageEnd>): Generator<PageEndNextCursorFieldEvent | PageEndMoreFieldEvent | PageEndRemainingEstimateFieldEvent> {
      return streamMessage(buf, PageEnd.codec(), opts)
    }
  }

  export interface Ack {
    mailbox: string
    keys: enigma_mailbox_v1.Ack.Key[]
    upToSeq: bigint
  }

  export namespace Ack {
    export interface Key {
      messageId: Uint8Array<ArrayBuffer>
      chunkIndex: number
    }

    export namespace Key {
      let _codec: Codec<Key>

      export const codec = (): Codec<Key> => {
        if (_codec == null) {
          _codec = message<Key>((obj, w, opts = {}) => {
            if (opts.lengthDelimited !== false) {
              w.fork()
            }

            if ((obj.messageId != null && obj.messageId.byteLength > 0)) {
              w.uint32(10)
              w.bytes(obj.messageId)
            }

            if ((obj.chunkIndex != null && obj.chunkIndex !== 0)) {
              w.uint32(16)
              w.uint32(obj.chunkIndex)
            }

            if (opts.lengthDelimited !== false) {
              w.ldelim()
            }
          }, (reader, length, opts = {}) => {
            const obj: any = {
              messageId: uint8ArrayAlloc(0),
              chunkIndex: 0
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  obj.messageId = reader.bytes()
                  break
                }
                case 2: {
                  obj.chunkIndex = reader.uint32()
                  break
                }
                default: {
                  reader.skipType(tag & 7)
                  break
                }
              }
            }

            return obj
          }, function * (reader, length, prefix, opts = {}) {
            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  yield {
                    field: `${prefix}.messageId`,
                    value: reader.bytes()
                  }
                  break
                }
                case 2: {
                  yield {
                    field: `${prefix}.chunkIndex`,
                    value: reader.uint32()
                  }
                  break
                }
                default: {
                  reader.skipType(tag & 7)
                  break
                }
              }
            }
          })
        }

        return _codec
      }

      export interface KeyMessageIdFieldEvent {
        field: '$.messageId'
        value: Uint8Array<ArrayBuffer>
      }

      export interface KeyChunkIndexFieldEvent {
        field: '$.chunkIndex'
        value: number
      }

      export function encode (obj: Partial<Key>): Uint8Array<ArrayBuffer> {
        return encodeMessage(obj, Key.codec())
      }

      export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Key>): Key {
        return decodeMessage(buf, Key.codec(), opts)
      }

      export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Key>): Generator<KeyMessageIdFieldEvent | KeyChunkIndexFieldEvent> {
        return streamMessage(buf, Key.codec(), opts)
      }
    }

    let _codec: Codec<Ack>

    export const codec = (): Codec<Ack> => {
      if (_codec == null) {
        _codec = message<Ack>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if (obj.keys != null && obj.keys.length > 0) {
            for (const value of obj.keys) {
              w.uint32(18)
              enigma_mailbox_v1.Ack.Key.codec().encode(value, w)
            }
          }

          if ((obj.upToSeq != null && obj.upToSeq !== 0n)) {
            w.uint32(24)
            w.uint64(obj.upToSeq)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: '',
            keys: [],
            upToSeq: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              case 2: {
                if (opts.limits?.keys != null && obj.keys.length === opts.limits.keys) {
                  throw new MaxLengthError('Decode error - repeated field "keys" had too many elements')
                }

                obj.keys.push(enigma_mailbox_v1.Ack.Key.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.keys$
                }))
                break
              }
              case 3: {
                obj.upToSeq = reader.uint64()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const obj = {
            keys: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                if (opts.limits?.keys != null && obj.keys === opts.limits.keys) {
                  throw new MaxLengthError('Streaming decode error - repeated field "keys" had too many elements')
                }

                for (const evt of enigma_mailbox_v1.Ack.Key.codec().stream(reader, reader.uint32(), `${prefix}.keys[]`, {
                  limits: opts.limits?.keys$
                })) {
                  yield {
                    ...evt,
                    index: obj.keys
                  }
                }

                obj.keys++

                break
              }
              case 3: {
                yield {
                  field: `${prefix}.upToSeq`,
                  value: reader.uint64()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface AckMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export interface AckKeysMessageIdFieldEvent {
      field: '$.keys[].messageId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface AckKeysChunkIndexFieldEvent {
      field: '$.keys[].chunkIndex'
      value: number
      index: number
    }

    export interface AckUpToSeqFieldEvent {
      field: '$.upToSeq'
      value: bigint
    }

    export function encode (obj: Partial<Ack>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Ack.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ack>): Ack {
      return decodeMessage(buf, Ack.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ack>): Generator<AckMailboxFieldEvent | AckKeysMessageIdFieldEvent | AckKeysChunkIndexFieldEvent | AckUpToSeqFieldEvent> {
      return streamMessage(buf, Ack.codec(), opts)
    }
  }

  export interface Acked {
    deleted: number
    missing: number
    remaining: number
  }

  export namespace Acked {
    let _codec: Codec<Acked>

    export const codec = (): Codec<Acked> => {
      if (_codec == null) {
        _codec = message<Acked>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.deleted != null && obj.deleted !== 0)) {
            w.uint32(8)
            w.uint64Number(obj.deleted)
          }

          if ((obj.missing != null && obj.missing !== 0)) {
            w.uint32(16)
            w.uint64Number(obj.missing)
          }

          if ((obj.remaining != null && obj.remaining !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.remaining)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            deleted: 0,
            missing: 0,
            remaining: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.deleted = reader.uint64Number()
                break
              }
              case 2: {
                obj.missing = reader.uint64Number()
                break
              }
              case 3: {
                obj.remaining = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.deleted`,
                  value: reader.uint64Number()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.missing`,
                  value: reader.uint64Number()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.remaining`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface AckedDeletedFieldEvent {
      field: '$.deleted'
      value: number
    }

    export interface AckedMissingFieldEvent {
      field: '$.missing'
      value: number
    }

    export interface AckedRemainingFieldEvent {
      field: '$.remaining'
      value: number
    }

    export function encode (obj: Partial<Acked>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Acked.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acked>): Acked {
      return decodeMessage(buf, Acked.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acked>): Generator<AckedDeletedFieldEvent | AckedMissingFieldEvent | AckedRemainingFieldEvent> {
      return streamMessage(buf, Acked.codec(), opts)
    }
  }

  export interface Subscribe {
    mailbox: string
    cursor: bigint
    credit: number
  }

  export namespace Subscribe {
    let _codec: Codec<Subscribe>

    export const codec = (): Codec<Subscribe> => {
      if (_codec == null) {
        _codec = message<Subscribe>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if ((obj.cursor != null && obj.cursor !== 0n)) {
            w.uint32(16)
            w.uint64(obj.cursor)
          }

          if ((obj.credit != null && obj.credit !== 0)) {
            w.uint32(24)
            w.uint32(obj.credit)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: '',
            cursor: 0n,
            credit: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              case 2: {
                obj.cursor = reader.uint64()
                break
              }
              case 3: {
                obj.credit = reader.uint32()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.cursor`,
                  value: reader.uint64()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.credit`,
                  value: reader.uint32()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface SubscribeMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export interface SubscribeCursorFieldEvent {
      field: '$.cursor'
      value: bigint
    }

    export interface SubscribeCreditFieldEvent {
      field: '$.credit'
      value: number
    }

    export function encode (obj: Partial<Subscribe>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Subscribe.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Subscribe>): Subscribe {
      return decodeMessage(buf, Subscribe.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Subscribe>): Generator<SubscribeMailboxFieldEvent | SubscribeCursorFieldEvent | SubscribeCreditFieldEvent> {
      return streamMessage(buf, Subscribe.codec(), opts)
    }
  }

  export interface Credit {
    subscription: bigint
    items: number
  }

  export namespace Credit {
    let _codec: Codec<Credit>

    export const codec = (): Codec<Credit> => {
      if (_codec == null) {
        _codec = message<Credit>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.subscription != null && obj.subscription !== 0n)) {
            w.uint32(8)
            w.uint64(obj.subscription)
          }

          if ((obj.items != null && obj.items !== 0)) {
            w.uint32(16)
            w.uint32(obj.items)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            subscription: 0n,
            items: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.subscription = reader.uint64()
                break
              }
              case 2: {
                obj.items = reader.uint32()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.subscription`,
                  value: reader.uint64()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.items`,
                  value: reader.uint32()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface CreditSubscriptionFieldEvent {
      field: '$.subscription'
      value: bigint
    }

    export interface CreditItemsFieldEvent {
      field: '$.items'
      value: number
    }

    export function encode (obj: Partial<Credit>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Credit.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Credit {
      return decodeMessage(buf, Credit.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Generator<CreditSubscriptionFieldEvent | CreditItemsFieldEvent> {
      return streamMessage(buf, Credit.codec(), opts)
    }
  }

  export interface Cancel {
    request: bigint
  }

  export namespace Cancel {
    let _codec: Codec<Cancel>

    export const codec = (): Codec<Cancel> => {
      if (_codec == null) {
        _codec = message<Cancel>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.request != null && obj.request !== 0n)) {
            w.uint32(8)
            w.uint64(obj.request)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            request: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.request = reader.uint64()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.request`,
                  value: reader.uint64()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface CancelRequestFieldEvent {
      field: '$.request'
      value: bigint
    }

    export function encode (obj: Partial<Cancel>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Cancel.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Cancel {
      return decodeMessage(buf, Cancel.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Generator<CancelRequestFieldEvent> {
      return streamMessage(buf, Cancel.codec(), opts)
    }
  }

  export interface CaughtUp {
    cursor: bigint
  }

  export namespace CaughtUp {
    let _codec: Codec<CaughtUp>

    export const codec = (): Codec<CaughtUp> => {
      if (_codec == null) {
        _codec = message<CaughtUp>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.cursor != null && obj.cursor !== 0n)) {
            w.uint32(8)
            w.uint64(obj.cursor)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            cursor: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.cursor = reader.uint64()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.cursor`,
                  value: reader.uint64()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface CaughtUpCursorFieldEvent {
      field: '$.cursor'
      value: bigint
    }

    export function encode (obj: Partial<CaughtUp>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, CaughtUp.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CaughtUp>): CaughtUp {
      return decodeMessage(buf, CaughtUp.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CaughtUp>): Generator<CaughtUpCursorFieldEvent> {
      return streamMessage(buf, CaughtUp.codec(), opts)
    }
  }

  export interface Stat {
    mailbox: string
  }

  export namespace Stat {
    let _codec: Codec<Stat>

    export const codec = (): Codec<Stat> => {
      if (_codec == null) {
        _codec = message<Stat>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: ''
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface StatMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export function encode (obj: Partial<Stat>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Stat.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Stat>): Stat {
      return decodeMessage(buf, Stat.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Stat>): Generator<StatMailboxFieldEvent> {
      return streamMessage(buf, Stat.codec(), opts)
    }
  }

  export interface Stats {
    queueLen: number
    queueBytes: number
    oldestMs: number
    newestMs: number
    nextSeq: number
    maxQueueLen: number
    maxQueueBytes: number
  }

  export namespace Stats {
    let _codec: Codec<Stats>

    export const codec = (): Codec<Stats> => {
      if (_codec == null) {
        _codec = message<Stats>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.queueLen != null && obj.queueLen !== 0)) {
            w.uint32(8)
            w.uint64Number(obj.queueLen)
          }

          if ((obj.queueBytes != null && obj.queueBytes !== 0)) {
            w.uint32(16)
            w.uint64Number(obj.queueBytes)
          }

          if ((obj.oldestMs != null && obj.oldestMs !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.oldestMs)
          }

          if ((obj.newestMs != null && obj.newestMs !== 0)) {
            w.uint32(32)
            w.uint64Number(obj.newestMs)
          }

          if ((obj.nextSeq != null && obj.nextSeq !== 0)) {
            w.uint32(40)
            w.uint64Number(obj.nextSeq)
          }

          if ((obj.maxQueueLen != null && obj.maxQueueLen !== 0)) {
            w.uint32(48)
            w.uint64Number(obj.maxQueueLen)
          }

          if ((obj.maxQueueBytes != null && obj.maxQueueBytes !== 0)) {
            w.uint32(56)
            w.uint64Number(obj.maxQueueBytes)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            queueLen: 0,
            queueBytes: 0,
            oldestMs: 0,
            newestMs: 0,
            nextSeq: 0,
            maxQueueLen: 0,
            maxQueueBytes: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.queueLen = reader.uint64Number()
                break
              }
              case 2: {
                obj.queueBytes = reader.uint64Number()
                break
              }
              case 3: {
                obj.oldestMs = reader.uint64Number()
                break
              }
              case 4: {
                obj.newestMs = reader.uint64Number()
                break
              }
              case 5: {
                obj.nextSeq = reader.uint64Number()
                break
              }
              case 6: {
                obj.maxQueueLen = reader.uint64Number()
                break
              }
              case 7: {
                obj.maxQueueBytes = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.queueLen`,
                  value: reader.uint64Number()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.queueBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.oldestMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.newestMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 5: {
                yield {
                  field: `${prefix}.nextSeq`,
                  value: reader.uint64Number()
                }
                break
              }
              case 6: {
                yield {
                  field: `${prefix}.maxQueueLen`,
                  value: reader.uint64Number()
                }
                break
              }
              case 7: {
                yield {
                  field: `${prefix}.maxQueueBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface StatsQueueLenFieldEvent {
      field: '$.queueLen'
      value: number
    }

    export interface StatsQueueBytesFieldEvent {
      field: '$.queueBytes'
      value: number
    }

    export interface StatsOldestMsFieldEvent {
      field: '$.oldestMs'
      value: number
    }

    export interface StatsNewestMsFieldEvent {
      field: '$.newestMs'
      value: number
    }

    export interface StatsNextSeqFieldEvent {
      field: '$.nextSeq'
      value: number
    }

    export interface StatsMaxQueueLenFieldEvent {
      field: '$.maxQueueLen'
      value: number
    }

    export interface StatsMaxQueueBytesFieldEvent {
      field: '$.maxQueueBytes'
      value: number
    }

    export function encode (obj: Partial<Stats>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Stats.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Stats>): Stats {
      return decodeMessage(buf, Stats.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Stats>): Generator<StatsQueueLenFieldEvent | StatsQueueBytesFieldEvent | StatsOldestMsFieldEvent | StatsNewestMsFieldEvent | StatsNextSeqFieldEvent | StatsMaxQueueLenFieldEvent | StatsMaxQueueBytesFieldEvent> {
      return streamMessage(buf, Stats.codec(), opts)
    }
  }

  export interface Grant {
    envelope: Uint8Array<ArrayBuffer>
  }

  export namespace Grant {
    let _codec: Codec<Grant>

    export const codec = (): Codec<Grant> => {
      if (_codec == null) {
        _codec = message<Grant>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.envelope != null && obj.envelope.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.envelope)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            envelope: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.envelope = reader.bytes()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.envelope`,
                  value: reader.bytes()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface GrantEnvelopeFieldEvent {
      field: '$.envelope'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Grant>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Grant.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Grant>): Grant {
      return decodeMessage(buf, Grant.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Grant>): Generator<GrantEnvelopeFieldEvent> {
      return streamMessage(buf, Grant.codec(), opts)
    }
  }

  export interface Granted {
    expiresMs: number
  }

  export namespace Granted {
    let _codec: Codec<Granted>

    export const codec = (): Codec<Granted> => {
      if (_codec == null) {
        _codec = message<Granted>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.expiresMs != null && obj.expiresMs !== 0)) {
            w.uint32(8)
            w.uint64Number(obj.expiresMs)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            expiresMs: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.expiresMs = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.expiresMs`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface GrantedExpiresMsFieldEvent {
      field: '$.expiresMs'
      value: number
    }

    export function encode (obj: Partial<Granted>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Granted.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Granted>): Granted {
      return decodeMessage(buf, Granted.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Granted>): Generator<GrantedExpiresMsFieldEvent> {
      return streamMessage(buf, Granted.codec(), opts)
    }
  }

  export interface GrantRecord {
    mailbox: string
    grantee: Uint8Array<ArrayBuffer>
    verbs: number[]
    expiresMs: number
  }

  export namespace GrantRecord {
    let _codec: Codec<GrantRecord>

    export const codec = (): Codec<GrantRecord> => {
      if (_codec == null) {
        _codec = message<GrantRecord>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.mailbox != null && obj.mailbox !== '')) {
            w.uint32(10)
            w.string(obj.mailbox)
          }

          if ((obj.grantee != null && obj.grantee.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.grantee)
          }

          if (obj.verbs != null && obj.verbs.length > 0) {
            for (const value of obj.verbs) {
              w.uint32(24)
              w.uint32(value)
            }
          }

          if ((obj.expiresMs != null && obj.expiresMs !== 0)) {
            w.uint32(32)
            w.uint64Number(obj.expiresMs)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            mailbox: '',
            grantee: uint8ArrayAlloc(0),
            verbs: [],
            expiresMs: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.mailbox = reader.string()
                break
              }
              case 2: {
                obj.grantee = reader.bytes()
                break
              }
              case 3: {
                if (opts.limits?.verbs != null && obj.verbs.length === opts.limits.verbs) {
                  throw new MaxLengthError('Decode error - repeated field "verbs" had too many elements')
                }

                obj.verbs.push(reader.uint32())
                break
              }
              case 4: {
                obj.expiresMs = reader.uint64Number()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const obj = {
            verbs: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.mailbox`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.grantee`,
                  value: reader.bytes()
                }
                break
              }
              case 3: {
                if (opts.limits?.verbs != null && obj.verbs === opts.limits.verbs) {
                  throw new MaxLengthError('Streaming decode error - repeated field "verbs" had too many elements')
                }

                yield {
                  field: `${prefix}.verbs[]`,
                  index: obj.verbs,
                  value: reader.uint32()
                }

                obj.verbs++

                break
              }
              case 4: {
                yield {
                  field: `${prefix}.expiresMs`,
                  value: reader.uint64Number()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface GrantRecordMailboxFieldEvent {
      field: '$.mailbox'
      value: string
    }

    export interface GrantRecordGranteeFieldEvent {
      field: '$.grantee'
      value: Uint8Array<ArrayBuffer>
    }

    export interface GrantRecordVerbsFieldEvent {
      field: '$.verbs[]'
      index: number
      value: number
    }

    export interface GrantRecordExpiresMsFieldEvent {
      field: '$.expiresMs'
      value: number
    }

    export function encode (obj: Partial<GrantRecord>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, GrantRecord.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GrantRecord>): GrantRecord {
      return decodeMessage(buf, GrantRecord.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GrantRecord>): Generator<GrantRecordMailboxFieldEvent | GrantRecordGranteeFieldEvent | GrantRecordVerbsFieldEvent | GrantRecordExpiresMsFieldEvent> {
      return streamMessage(buf, GrantRecord.codec(), opts)
    }
  }

  export interface Describe {}

  export namespace Describe {
    let _codec: Codec<Describe>

    export const codec = (): Codec<Describe> => {
      if (_codec == null) {
        _codec = message<Describe>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {}

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export function encode (obj: Partial<Describe>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Describe.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Describe>): Describe {
      return decodeMessage(buf, Describe.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Describe>): Generator<{}> {
      return streamMessage(buf, Describe.codec(), opts)
    }
  }

  export interface Description {
    maxMessageBytes: number
    maxPullItems: number
    maxPullBytes: number
    messageTtlSeconds: number
    dedupeSeconds: number
    ownerProof: string
    agent: string
  }

  export namespace Description {
    let _codec: Codec<Description>

    export const codec = (): Codec<Description> => {
      if (_codec == null) {
        _codec = message<Description>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.maxMessageBytes != null && obj.maxMessageBytes !== 0)) {
            w.uint32(8)
            w.uint64Number(obj.maxMessageBytes)
          }

          if ((obj.maxPullItems != null && obj.maxPullItems !== 0)) {
            w.uint32(16)
            w.uint32(obj.maxPullItems)
          }

          if ((obj.maxPullBytes != null && obj.maxPullBytes !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.maxPullBytes)
          }

          if ((obj.messageTtlSeconds != null && obj.messageTtlSeconds !== 0)) {
            w.uint32(32)
            w.uint64Number(obj.messageTtlSeconds)
          }

          if ((obj.dedupeSeconds != null && obj.dedupeSeconds !== 0)) {
            w.uint32(40)
            w.uint64Number(obj.dedupeSeconds)
          }

          if ((obj.ownerProof != null && obj.ownerProof !== '')) {
            w.uint32(50)
            w.string(obj.ownerProof)
          }

          if ((obj.agent != null && obj.agent !== '')) {
            w.uint32(58)
            w.string(obj.agent)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            maxMessageBytes: 0,
            maxPullItems: 0,
            maxPullBytes: 0,
            messageTtlSeconds: 0,
            dedupeSeconds: 0,
            ownerProof: '',
            agent: ''
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.maxMessageBytes = reader.uint64Number()
                break
              }
              case 2: {
                obj.maxPullItems = reader.uint32()
                break
              }
              case 3: {
                obj.maxPullBytes = reader.uint64Number()
                break
              }
              case 4: {
                obj.messageTtlSeconds = reader.uint64Number()
                break
              }
              case 5: {
                obj.dedupeSeconds = reader.uint64Number()
                break
              }
              case 6: {
                obj.ownerProof = reader.string()
                break
              }
              case 7: {
                obj.agent = reader.string()
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.maxMessageBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.maxPullItems`,
                  value: reader.uint32()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.maxPullBytes`,
                  value: reader.uint64Number()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.messageTtlSeconds`,
                  value: reader.uint64Number()
                }
                break
              }
              case 5: {
                yield {
                  field: `${prefix}.dedupeSeconds`,
                  value: reader.uint64Number()
                }
                break
              }
              case 6: {
                yield {
                  field: `${prefix}.ownerProof`,
                  value: reader.string()
                }
                break
              }
              case 7: {
                yield {
                  field: `${prefix}.agent`,
                  value: reader.string()
                }
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface DescriptionMaxMessageBytesFieldEvent {
      field: '$.maxMessageBytes'
      value: number
    }

    export interface DescriptionMaxPullItemsFieldEvent {
      field: '$.maxPullItems'
      value: number
    }

    export interface DescriptionMaxPullBytesFieldEvent {
      field: '$.maxPullBytes'
      value: number
    }

    export interface DescriptionMessageTtlSecondsFieldEvent {
      field: '$.messageTtlSeconds'
      value: number
    }

    export interface DescriptionDedupeSecondsFieldEvent {
      field: '$.dedupeSeconds'
      value: number
    }

    export interface DescriptionOwnerProofFieldEvent {
      field: '$.ownerProof'
      value: string
    }

    export interface DescriptionAgentFieldEvent {
      field: '$.agent'
      value: string
    }

    export function encode (obj: Partial<Description>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Description.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Description>): Description {
      return decodeMessage(buf, Description.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Description>): Generator<DescriptionMaxMessageBytesFieldEvent | DescriptionMaxPullItemsFieldEvent | DescriptionMaxPullBytesFieldEvent | DescriptionMessageTtlSecondsFieldEvent | DescriptionDedupeSecondsFieldEvent | DescriptionOwnerProofFieldEvent | DescriptionAgentFieldEvent> {
      return streamMessage(buf, Description.codec(), opts)
    }
  }

  export interface Failure {
    code: string
    message: string
    retryAfterMs: number
    details: Map<string, string>
  }

  export namespace Failure {
    export interface Failure$detailsEntry {
      key: string
      value: string
    }

    export namespace Failure$detailsEntry {
      let _codec: Codec<Failure$detailsEntry>

      export const codec = (): Codec<Failure$detailsEntry> => {
        if (_codec == null) {
          _codec = message<Failure$detailsEntry>((obj, w, opts = {}) => {
            if (opts.lengthDelimited !== false) {
              w.fork()
            }

            if ((obj.key != null && obj.key !== '')) {
              w.uint32(10)
              w.string(obj.key)
            }

            if ((obj.value != null && obj.value !== '')) {
              w.uint32(18)
              w.string(obj.value)
            }

            if (opts.lengthDelimited !== false) {
              w.ldelim()
            }
          }, (reader, length, opts = {}) => {
            const obj: any = {
              key: '',
              value: ''
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  obj.key = reader.string()
                  break
                }
                case 2: {
                  obj.value = reader.string()
                  break
                }
                default: {
                  reader.skipType(tag & 7)
                  break
                }
              }
            }

            return obj
          }, function * (reader, length, prefix, opts = {}) {
            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  yield {
                    field: `${prefix}.key`,
                    value: reader.string()
                  }
                  break
                }
                case 2: {
                  yield {
                    field: `${prefix}.value`,
                    value: reader.string()
                  }
                  break
                }
                default: {
                  reader.skipType(tag & 7)
                  break
                }
              }
            }
          })
        }

        return _codec
      }

      export interface Failure$detailsEntryKeyFieldEvent {
        field: '$.key'
        value: string
      }

      export interface Failure$detailsEntryValueFieldEvent {
        field: '$.value'
        value: string
      }

      export function encode (obj: Partial<Failure$detailsEntry>): Uint8Array<ArrayBuffer> {
        return encodeMessage(obj, Failure$detailsEntry.codec())
      }

      export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure$detailsEntry>): Failure$detailsEntry {
        return decodeMessage(buf, Failure$detailsEntry.codec(), opts)
      }

      export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure$detailsEntry>): Generator<Failure$detailsEntryKeyFieldEvent | Failure$detailsEntryValueFieldEvent> {
        return streamMessage(buf, Failure$detailsEntry.codec(), opts)
      }
    }

    let _codec: Codec<Failure>

    export const codec = (): Codec<Failure> => {
      if (_codec == null) {
        _codec = message<Failure>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.code != null && obj.code !== '')) {
            w.uint32(10)
            w.string(obj.code)
          }

          if ((obj.message != null && obj.message !== '')) {
            w.uint32(18)
            w.string(obj.message)
          }

          if ((obj.retryAfterMs != null && obj.retryAfterMs !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.retryAfterMs)
          }

          if (obj.details != null && obj.details.size > 0) {
            for (const [key, value] of obj.details.entries()) {
              w.uint32(34)
              enigma_mailbox_v1.Failure.Failure$detailsEntry.codec().encode({ key, value }, w)
            }
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            code: '',
            message: '',
            retryAfterMs: 0,
            details: new Map<string, string>()
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.code = reader.string()
                break
              }
              case 2: {
                obj.message = reader.string()
                break
              }
              case 3: {
                obj.retryAfterMs = reader.uint64Number()
                break
              }
              case 4: {
                if (opts.limits?.details != null && obj.details.size === opts.limits.details) {
                  throw new MaxSizeError('Decode error - map field "details" had too many elements')
                }

                const entry = enigma_mailbox_v1.Failure.Failure$detailsEntry.codec().decode(reader, reader.uint32(), {
                  limits: {
                    value: opts.limits?.details$value
                  }
                })
                obj.details.set(entry.key, entry.value)
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          return obj
        }, function * (reader, length, prefix, opts = {}) {
          const obj = {
            details: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                yield {
                  field: `${prefix}.code`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.message`,
                  value: reader.string()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.retryAfterMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 4: {
                if (opts.limits?.details != null && obj.details === opts.limits.details) {
                  throw new MaxLengthError('Decode error - map field "details" had too many elements')
                }

                yield * enigma_mailbox_v1.Failure.Failure$detailsEntry.codec().stream(reader, reader.uint32(), `${prefix}.details{}`, {
                  limits: {
                    value: opts.limits?.details$value
                  }
                })

                obj.details++

                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }
        })
      }

      return _codec
    }

    export interface FailureCodeFieldEvent {
      field: '$.code'
      value: string
    }

    export interface FailureMessageFieldEvent {
      field: '$.message'
      value: string
    }

    export interface FailureRetryAfterMsFieldEvent {
      field: '$.retryAfterMs'
      value: number
    }

    export interface FailureDetailsFieldEvent {
      field: '$.details{}'
      key: string
      value: string
    }

    export function encode (obj: Partial<Failure>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Failure.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Failure {
      return decodeMessage(buf, Failure.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Generator<FailureCodeFieldEvent | FailureMessageFieldEvent | FailureRetryAfterMsFieldEvent | FailureDetailsFieldEvent> {
      return streamMessage(buf, Failure.codec(), opts)
    }
  }

  let _codec: Codec<enigma_mailbox_v1>

  export const codec = (): Codec<enigma_mailbox_v1> => {
    if (_codec == null) {
      _codec = message<enigma_mailbox_v1>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export function encode (obj: Partial<enigma_mailbox_v1>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, enigma_mailbox_v1.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<enigma_mailbox_v1>): enigma_mailbox_v1 {
    return decodeMessage(buf, enigma_mailbox_v1.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<enigma_mailbox_v1>): Generator<{}> {
    return streamMessage(buf, enigma_mailbox_v1.codec(), opts)
  }
}
