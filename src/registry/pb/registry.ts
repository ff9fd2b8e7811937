/* eslint-disable require-yield */

import { decodeMessage, encodeMessage, MaxLengthError, MaxSizeError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface enigma_registry_v1 {}

export namespace enigma_registry_v1 {
  export interface Request {
    id: bigint
    proofOfWork?: enigma_registry_v1.ProofOfWork
    register?: enigma_registry_v1.Register
    resolve?: enigma_registry_v1.Resolve
    checkUser?: enigma_registry_v1.CheckUser
    announce?: enigma_registry_v1.Announce
    presence?: enigma_registry_v1.Presence
    sync?: enigma_registry_v1.Sync
    listNodes?: enigma_registry_v1.ListNodes
    addNodes?: enigma_registry_v1.AddNodes
    envelopeKeys?: enigma_registry_v1.EnvelopeKeys
    challenge?: enigma_registry_v1.Challenge
    update?: enigma_registry_v1.Update
    remove?: enigma_registry_v1.Remove
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

          if (obj.remove != null) {
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.update != null) {
            obj.remove = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.challenge != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.envelopeKeys != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.addNodes != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.listNodes != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.sync != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.presence != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.announce != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.checkUser != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.resolve = undefined
            obj.register = undefined
          }

          if (obj.resolve != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.register = undefined
          }

          if (obj.register != null) {
            obj.remove = undefined
            obj.update = undefined
            obj.challenge = undefined
            obj.envelopeKeys = undefined
            obj.addNodes = undefined
            obj.listNodes = undefined
            obj.sync = undefined
            obj.presence = undefined
            obj.announce = undefined
            obj.checkUser = undefined
            obj.resolve = undefined
          }

          if ((obj.id != null && obj.id !== 0n)) {
            w.uint32(8)
            w.uint64(obj.id)
          }

          if (obj.proofOfWork != null) {
            w.uint32(122)
            enigma_registry_v1.ProofOfWork.codec().encode(obj.proofOfWork, w)
          }

          if (obj.register != null) {
            w.uint32(18)
            enigma_registry_v1.Register.codec().encode(obj.register, w)
          }

          if (obj.resolve != null) {
            w.uint32(26)
            enigma_registry_v1.Resolve.codec().encode(obj.resolve, w)
          }

          if (obj.checkUser != null) {
            w.uint32(34)
            enigma_registry_v1.CheckUser.codec().encode(obj.checkUser, w)
          }

          if (obj.announce != null) {
            w.uint32(42)
            enigma_registry_v1.Announce.codec().encode(obj.announce, w)
          }

          if (obj.presence != null) {
            w.uint32(50)
            enigma_registry_v1.Presence.codec().encode(obj.presence, w)
          }

          if (obj.sync != null) {
            w.uint32(58)
            enigma_registry_v1.Sync.codec().encode(obj.sync, w)
          }

          if (obj.listNodes != null) {
            w.uint32(66)
            enigma_registry_v1.ListNodes.codec().encode(obj.listNodes, w)
          }

          if (obj.addNodes != null) {
            w.uint32(74)
            enigma_registry_v1.AddNodes.codec().encode(obj.addNodes, w)
          }

          if (obj.envelopeKeys != null) {
            w.uint32(82)
            enigma_registry_v1.EnvelopeKeys.codec().encode(obj.envelopeKeys, w)
          }

          if (obj.challenge != null) {
            w.uint32(90)
            enigma_registry_v1.Challenge.codec().encode(obj.challenge, w)
          }

          if (obj.update != null) {
            w.uint32(98)
            enigma_registry_v1.Update.codec().encode(obj.update, w)
          }

          if (obj.remove != null) {
            w.uint32(106)
            enigma_registry_v1.Remove.codec().encode(obj.remove, w)
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
              case 15: {
                obj.proofOfWork = enigma_registry_v1.ProofOfWork.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.proofOfWork
                })
                break
              }
              case 2: {
                obj.register = enigma_registry_v1.Register.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.register
                })
                break
              }
              case 3: {
                obj.resolve = enigma_registry_v1.Resolve.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.resolve
                })
                break
              }
              case 4: {
                obj.checkUser = enigma_registry_v1.CheckUser.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.checkUser
                })
                break
              }
              case 5: {
                obj.announce = enigma_registry_v1.Announce.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.announce
                })
                break
              }
              case 6: {
                obj.presence = enigma_registry_v1.Presence.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.presence
                })
                break
              }
              case 7: {
                obj.sync = enigma_registry_v1.Sync.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.sync
                })
                break
              }
              case 8: {
                obj.listNodes = enigma_registry_v1.ListNodes.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.listNodes
                })
                break
              }
              case 9: {
                obj.addNodes = enigma_registry_v1.AddNodes.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.addNodes
                })
                break
              }
              case 10: {
                obj.envelopeKeys = enigma_registry_v1.EnvelopeKeys.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.envelopeKeys
                })
                break
              }
              case 11: {
                obj.challenge = enigma_registry_v1.Challenge.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.challenge
                })
                break
              }
              case 12: {
                obj.update = enigma_registry_v1.Update.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.update
                })
                break
              }
              case 13: {
                obj.remove = enigma_registry_v1.Remove.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.remove
                })
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          if (obj.remove != null) {
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.update != null) {
            delete obj.remove
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.challenge != null) {
            delete obj.remove
            delete obj.update
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.envelopeKeys != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.addNodes != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.listNodes != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.sync != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.presence != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.announce != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.checkUser
            delete obj.resolve
            delete obj.register
          }

          if (obj.checkUser != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.resolve
            delete obj.register
          }

          if (obj.resolve != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.register
          }

          if (obj.register != null) {
            delete obj.remove
            delete obj.update
            delete obj.challenge
            delete obj.envelopeKeys
            delete obj.addNodes
            delete obj.listNodes
            delete obj.sync
            delete obj.presence
            delete obj.announce
            delete obj.checkUser
            delete obj.resolve
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
              case 15: {
                yield * enigma_registry_v1.ProofOfWork.codec().stream(reader, reader.uint32(), `${prefix}.proofOfWork`, {
                  limits: opts.limits?.proofOfWork
                })

                break
              }
              case 2: {
                yield * enigma_registry_v1.Register.codec().stream(reader, reader.uint32(), `${prefix}.register`, {
                  limits: opts.limits?.register
                })

                break
              }
              case 3: {
                yield * enigma_registry_v1.Resolve.codec().stream(reader, reader.uint32(), `${prefix}.resolve`, {
                  limits: opts.limits?.resolve
                })

                break
              }
              case 4: {
                yield * enigma_registry_v1.CheckUser.codec().stream(reader, reader.uint32(), `${prefix}.checkUser`, {
                  limits: opts.limits?.checkUser
                })

                break
              }
              case 5: {
                yield * enigma_registry_v1.Announce.codec().stream(reader, reader.uint32(), `${prefix}.announce`, {
                  limits: opts.limits?.announce
                })

                break
              }
              case 6: {
                yield * enigma_registry_v1.Presence.codec().stream(reader, reader.uint32(), `${prefix}.presence`, {
                  limits: opts.limits?.presence
                })

                break
              }
              case 7: {
                yield * enigma_registry_v1.Sync.codec().stream(reader, reader.uint32(), `${prefix}.sync`, {
                  limits: opts.limits?.sync
                })

                break
              }
              case 8: {
                yield * enigma_registry_v1.ListNodes.codec().stream(reader, reader.uint32(), `${prefix}.listNodes`, {
                  limits: opts.limits?.listNodes
                })

                break
              }
              case 9: {
                yield * enigma_registry_v1.AddNodes.codec().stream(reader, reader.uint32(), `${prefix}.addNodes`, {
                  limits: opts.limits?.addNodes
                })

                break
              }
              case 10: {
                yield * enigma_registry_v1.EnvelopeKeys.codec().stream(reader, reader.uint32(), `${prefix}.envelopeKeys`, {
                  limits: opts.limits?.envelopeKeys
                })

                break
              }
              case 11: {
                yield * enigma_registry_v1.Challenge.codec().stream(reader, reader.uint32(), `${prefix}.challenge`, {
                  limits: opts.limits?.challenge
                })

                break
              }
              case 12: {
                yield * enigma_registry_v1.Update.codec().stream(reader, reader.uint32(), `${prefix}.update`, {
                  limits: opts.limits?.update
                })

                break
              }
              case 13: {
                yield * enigma_registry_v1.Remove.codec().stream(reader, reader.uint32(), `${prefix}.remove`, {
                  limits: opts.limits?.remove
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

    export interface RequestProofOfWorkChallengeFieldEvent {
      field: '$.proofOfWork.challenge'
      value: string
    }

    export interface RequestProofOfWorkSolutionFieldEvent {
      field: '$.proofOfWork.solution'
      value: string
    }

    export interface RequestRegisterUserIdFieldEvent {
      field: '$.register.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterEnvelopeKidFieldEvent {
      field: '$.register.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterEnvelopeSenderPublicKeyFieldEvent {
      field: '$.register.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterEnvelopeNonceFieldEvent {
      field: '$.register.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterEnvelopeCiphertextFieldEvent {
      field: '$.register.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterProofSignatureFieldEvent {
      field: '$.register.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRegisterProofIssuedMsFieldEvent {
      field: '$.register.proof.issuedMs'
      value: bigint
    }

    export interface RequestResolveUserIdFieldEvent {
      field: '$.resolve.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestResolveRequesterPublicKeyFieldEvent {
      field: '$.resolve.requesterPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestCheckUserUserIdFieldEvent {
      field: '$.checkUser.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestAnnounceUserIdFieldEvent {
      field: '$.announce.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestAnnounceAddrFieldEvent {
      field: '$.announce.addr'
      value: string
    }

    export interface RequestAnnounceAtMsFieldEvent {
      field: '$.announce.atMs'
      value: number
    }

    export interface RequestAnnounceReadableFieldEvent {
      field: '$.announce.readable'
      value: boolean
    }

    export interface RequestAnnounceProofSignatureFieldEvent {
      field: '$.announce.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestAnnounceProofIssuedMsFieldEvent {
      field: '$.announce.proof.issuedMs'
      value: bigint
    }

    export interface RequestPresenceUserIdFieldEvent {
      field: '$.presence.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestSyncEntriesIdentityJsonFieldEvent {
      field: '$.sync.entries[].identityJson'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface RequestSyncEntriesProofSignatureFieldEvent {
      field: '$.sync.entries[].proof.signature'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface RequestSyncEntriesProofIssuedMsFieldEvent {
      field: '$.sync.entries[].proof.issuedMs'
      value: bigint
      index: number
    }

    export interface RequestSyncEntriesCallFieldEvent {
      field: '$.sync.entries[].call'
      value: string
      index: number
    }

    export interface RequestSyncEntriesPeerIdFieldEvent {
      field: '$.sync.entries[].peerId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface RequestAddNodesNodesAddressFieldEvent {
      field: '$.addNodes.nodes[].address'
      value: string
      index: number
    }

    export interface RequestUpdateUserIdFieldEvent {
      field: '$.update.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateEnvelopeKidFieldEvent {
      field: '$.update.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateEnvelopeSenderPublicKeyFieldEvent {
      field: '$.update.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateEnvelopeNonceFieldEvent {
      field: '$.update.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateEnvelopeCiphertextFieldEvent {
      field: '$.update.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateProofSignatureFieldEvent {
      field: '$.update.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateProofIssuedMsFieldEvent {
      field: '$.update.proof.issuedMs'
      value: bigint
    }

    export interface RequestUpdateNewKeyProofSignatureFieldEvent {
      field: '$.update.newKeyProof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestUpdateNewKeyProofIssuedMsFieldEvent {
      field: '$.update.newKeyProof.issuedMs'
      value: bigint
    }

    export interface RequestRemoveUserIdFieldEvent {
      field: '$.remove.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRemoveProofSignatureFieldEvent {
      field: '$.remove.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RequestRemoveProofIssuedMsFieldEvent {
      field: '$.remove.proof.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Request>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Request.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Request {
      return decodeMessage(buf, Request.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Generator<RequestIdFieldEvent | RequestProofOfWorkChallengeFieldEvent | RequestProofOfWorkSolutionFieldEvent | RequestRegisterUserIdFieldEvent | RequestRegisterEnvelopeKidFieldEvent | RequestRegisterEnvelopeSenderPublicKeyFieldEvent | RequestRegisterEnvelopeNonceFieldEvent | RequestRegisterEnvelopeCiphertextFieldEvent | RequestRegisterProofSignatureFieldEvent | RequestRegisterProofIssuedMsFieldEvent | RequestResolveUserIdFieldEvent | RequestResolveRequesterPublicKeyFieldEvent | RequestCheckUserUserIdFieldEvent | RequestAnnounceUserIdFieldEvent | RequestAnnounceAddrFieldEvent | RequestAnnounceAtMsFieldEvent | RequestAnnounceReadableFieldEvent | RequestAnnounceProofSignatureFieldEvent | RequestAnnounceProofIssuedMsFieldEvent | RequestPresenceUserIdFieldEvent | RequestSyncEntriesIdentityJsonFieldEvent | RequestSyncEntriesProofSignatureFieldEvent | RequestSyncEntriesProofIssuedMsFieldEvent | RequestSyncEntriesCallFieldEvent | RequestSyncEntriesPeerIdFieldEvent | RequestAddNodesNodesAddressFieldEvent | RequestUpdateUserIdFieldEvent | RequestUpdateEnvelopeKidFieldEvent | RequestUpdateEnvelopeSenderPublicKeyFieldEvent | RequestUpdateEnvelopeNonceFieldEvent | RequestUpdateEnvelopeCiphertextFieldEvent | RequestUpdateProofSignatureFieldEvent | RequestUpdateProofIssuedMsFieldEvent | RequestUpdateNewKeyProofSignatureFieldEvent | RequestUpdateNewKeyProofIssuedMsFieldEvent | RequestRemoveUserIdFieldEvent | RequestRemoveProofSignatureFieldEvent | RequestRemoveProofIssuedMsFieldEvent> {
      return streamMessage(buf, Request.codec(), opts)
    }
  }

  export interface Response {
    id: bigint
    failure?: enigma_registry_v1.Failure
    registered?: enigma_registry_v1.Registered
    resolved?: enigma_registry_v1.Resolved
    exists?: enigma_registry_v1.Exists
    announced?: enigma_registry_v1.Announced
    present?: enigma_registry_v1.Present
    merged?: enigma_registry_v1.Merged
    nodes?: enigma_registry_v1.Nodes
    keys?: enigma_registry_v1.Keys
    challenged?: enigma_registry_v1.Challenged
    removed?: enigma_registry_v1.Removed
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

          if (obj.removed != null) {
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.challenged != null) {
            obj.removed = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.keys != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.nodes != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.merged != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.present != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.announced != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.exists != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.resolved = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.resolved != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.registered = undefined
            obj.failure = undefined
          }

          if (obj.registered != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.failure = undefined
          }

          if (obj.failure != null) {
            obj.removed = undefined
            obj.challenged = undefined
            obj.keys = undefined
            obj.nodes = undefined
            obj.merged = undefined
            obj.present = undefined
            obj.announced = undefined
            obj.exists = undefined
            obj.resolved = undefined
            obj.registered = undefined
          }

          if ((obj.id != null && obj.id !== 0n)) {
            w.uint32(8)
            w.uint64(obj.id)
          }

          if (obj.failure != null) {
            w.uint32(18)
            enigma_registry_v1.Failure.codec().encode(obj.failure, w)
          }

          if (obj.registered != null) {
            w.uint32(26)
            enigma_registry_v1.Registered.codec().encode(obj.registered, w)
          }

          if (obj.resolved != null) {
            w.uint32(34)
            enigma_registry_v1.Resolved.codec().encode(obj.resolved, w)
          }

          if (obj.exists != null) {
            w.uint32(42)
            enigma_registry_v1.Exists.codec().encode(obj.exists, w)
          }

          if (obj.announced != null) {
            w.uint32(50)
            enigma_registry_v1.Announced.codec().encode(obj.announced, w)
          }

          if (obj.present != null) {
            w.uint32(58)
            enigma_registry_v1.Present.codec().encode(obj.present, w)
          }

          if (obj.merged != null) {
            w.uint32(66)
            enigma_registry_v1.Merged.codec().encode(obj.merged, w)
          }

          if (obj.nodes != null) {
            w.uint32(74)
            enigma_registry_v1.Nodes.codec().encode(obj.nodes, w)
          }

          if (obj.keys != null) {
            w.uint32(82)
            enigma_registry_v1.Keys.codec().encode(obj.keys, w)
          }

          if (obj.challenged != null) {
            w.uint32(90)
            enigma_registry_v1.Challenged.codec().encode(obj.challenged, w)
          }

          if (obj.removed != null) {
            w.uint32(98)
            enigma_registry_v1.Removed.codec().encode(obj.removed, w)
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
                obj.failure = enigma_registry_v1.Failure.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.failure
                })
                break
              }
              case 3: {
                obj.registered = enigma_registry_v1.Registered.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.registered
                })
                break
              }
              case 4: {
                obj.resolved = enigma_registry_v1.Resolved.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.resolved
                })
                break
              }
              case 5: {
                obj.exists = enigma_registry_v1.Exists.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.exists
                })
                break
              }
              case 6: {
                obj.announced = enigma_registry_v1.Announced.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.announced
                })
                break
              }
              case 7: {
                obj.present = enigma_registry_v1.Present.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.present
                })
                break
              }
              case 8: {
                obj.merged = enigma_registry_v1.Merged.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.merged
                })
                break
              }
              case 9: {
                obj.nodes = enigma_registry_v1.Nodes.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.nodes
                })
                break
              }
              case 10: {
                obj.keys = enigma_registry_v1.Keys.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.keys
                })
                break
              }
              case 11: {
                obj.challenged = enigma_registry_v1.Challenged.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.challenged
                })
                break
              }
              case 12: {
                obj.removed = enigma_registry_v1.Removed.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.removed
                })
                break
              }
              default: {
                reader.skipType(tag & 7)
                break
              }
            }
          }

          if (obj.removed != null) {
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.challenged != null) {
            delete obj.removed
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.keys != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.nodes != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.merged != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.present != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.announced != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.exists
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.exists != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.resolved
            delete obj.registered
            delete obj.failure
          }

          if (obj.resolved != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.registered
            delete obj.failure
          }

          if (obj.registered != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.failure
          }

          if (obj.failure != null) {
            delete obj.removed
            delete obj.challenged
            delete obj.keys
            delete obj.nodes
            delete obj.merged
            delete obj.present
            delete obj.announced
            delete obj.exists
            delete obj.resolved
            delete obj.registered
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
                yield * enigma_registry_v1.Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                  limits: opts.limits?.failure
                })

                break
              }
              case 3: {
                yield * enigma_registry_v1.Registered.codec().stream(reader, reader.uint32(), `${prefix}.registered`, {
                  limits: opts.limits?.registered
                })

                break
              }
              case 4: {
                yield * enigma_registry_v1.Resolved.codec().stream(reader, reader.uint32(), `${prefix}.resolved`, {
                  limits: opts.limits?.resolved
                })

                break
              }
              case 5: {
                yield * enigma_registry_v1.Exists.codec().stream(reader, reader.uint32(), `${prefix}.exists`, {
                  limits: opts.limits?.exists
                })

                break
              }
              case 6: {
                yield * enigma_registry_v1.Announced.codec().stream(reader, reader.uint32(), `${prefix}.announced`, {
                  limits: opts.limits?.announced
                })

                break
              }
              case 7: {
                yield * enigma_registry_v1.Present.codec().stream(reader, reader.uint32(), `${prefix}.present`, {
                  limits: opts.limits?.present
                })

                break
              }
              case 8: {
                yield * enigma_registry_v1.Merged.codec().stream(reader, reader.uint32(), `${prefix}.merged`, {
                  limits: opts.limits?.merged
                })

                break
              }
              case 9: {
                yield * enigma_registry_v1.Nodes.codec().stream(reader, reader.uint32(), `${prefix}.nodes`, {
                  limits: opts.limits?.nodes
                })

                break
              }
              case 10: {
                yield * enigma_registry_v1.Keys.codec().stream(reader, reader.uint32(), `${prefix}.keys`, {
                  limits: opts.limits?.keys
                })

                break
              }
              case 11: {
                yield * enigma_registry_v1.Challenged.codec().stream(reader, reader.uint32(), `${prefix}.challenged`, {
                  limits: opts.limits?.challenged
                })

                break
              }
              case 12: {
                yield * enigma_registry_v1.Removed.codec().stream(reader, reader.uint32(), `${prefix}.removed`, {
                  limits: opts.limits?.removed
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

    export interface ResponseRegisteredBoundFieldEvent {
      field: '$.registered.bound'
      value: boolean
    }

    export interface ResponseResolvedEnvelopeKidFieldEvent {
      field: '$.resolved.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseResolvedEnvelopeSenderPublicKeyFieldEvent {
      field: '$.resolved.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseResolvedEnvelopeNonceFieldEvent {
      field: '$.resolved.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseResolvedEnvelopeCiphertextFieldEvent {
      field: '$.resolved.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseExistsExistsFieldEvent {
      field: '$.exists.exists'
      value: boolean
    }

    export interface ResponseAnnouncedExpiresMsFieldEvent {
      field: '$.announced.expiresMs'
      value: number
    }

    export interface ResponsePresentEntriesPeerIdFieldEvent {
      field: '$.present.entries[].peerId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface ResponsePresentEntriesAddrsFieldEvent {
      field: '$.present.entries[].addrs[]'
      index: number
      value: string
    }

    export interface ResponsePresentEntriesAgeMsFieldEvent {
      field: '$.present.entries[].ageMs'
      value: number
      index: number
    }

    export interface ResponseMergedMergedFieldEvent {
      field: '$.merged.merged'
      value: number
    }

    export interface ResponseNodesNodesAddressFieldEvent {
      field: '$.nodes.nodes[].address'
      value: string
      index: number
    }

    export interface ResponseKeysKeysKidFieldEvent {
      field: '$.keys.keys[].kid'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface ResponseKeysKeysPublicKeyFieldEvent {
      field: '$.keys.keys[].publicKey'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface ResponseKeysKeysActiveFieldEvent {
      field: '$.keys.keys[].active'
      value: boolean
      index: number
    }

    export interface ResponseKeysKeysNotAfterMsFieldEvent {
      field: '$.keys.keys[].notAfterMs'
      value: number
      index: number
    }

    export interface ResponseKeysPepperFieldEvent {
      field: '$.keys.pepper'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResponseChallengedChallengeFieldEvent {
      field: '$.challenged.challenge'
      value: string
    }

    export interface ResponseChallengedDifficultyFieldEvent {
      field: '$.challenged.difficulty'
      value: number
    }

    export interface ResponseChallengedExpiresMsFieldEvent {
      field: '$.challenged.expiresMs'
      value: number
    }

    export interface ResponseRemovedExistedFieldEvent {
      field: '$.removed.existed'
      value: boolean
    }

    export function encode (obj: Partial<Response>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Response.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Response>): Response {
      return decodeMessage(buf, Response.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Response>): Generator<ResponseIdFieldEvent | ResponseFailureCodeFieldEvent | ResponseFailureMessageFieldEvent | ResponseFailureRetryAfterMsFieldEvent | ResponseFailureDetailsFieldEvent | ResponseRegisteredBoundFieldEvent | ResponseResolvedEnvelopeKidFieldEvent | ResponseResolvedEnvelopeSenderPublicKeyFieldEvent | ResponseResolvedEnvelopeNonceFieldEvent | ResponseResolvedEnvelopeCiphertextFieldEvent | ResponseExistsExistsFieldEvent | ResponseAnnouncedExpiresMsFieldEvent | ResponsePresentEntriesPeerIdFieldEvent | ResponsePresentEntriesAddrsFieldEvent | ResponsePresentEntriesAgeMsFieldEvent | ResponseMergedMergedFieldEvent | ResponseNodesNodesAddressFieldEvent | ResponseKeysKeysKidFieldEvent | ResponseKeysKeysPublicKeyFieldEvent | ResponseKeysKeysActiveFieldEvent | ResponseKeysKeysNotAfterMsFieldEvent | ResponseKeysPepperFieldEvent | ResponseChallengedChallengeFieldEvent | ResponseChallengedDifficultyFieldEvent | ResponseChallengedExpiresMsFieldEvent | ResponseRemovedExistedFieldEvent> {
      return streamMessage(buf, Response.codec(), opts)
    }
  }

  export interface Envelope {
    kid: Uint8Array<ArrayBuffer>
    senderPublicKey: Uint8Array<ArrayBuffer>
    nonce: Uint8Array<ArrayBuffer>
    ciphertext: Uint8Array<ArrayBuffer>
  }

  export namespace Envelope {
    let _codec: Codec<Envelope>

    export const codec = (): Codec<Envelope> => {
      if (_codec == null) {
        _codec = message<Envelope>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.kid != null && obj.kid.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.kid)
          }

          if ((obj.senderPublicKey != null && obj.senderPublicKey.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.senderPublicKey)
          }

          if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
            w.uint32(26)
            w.bytes(obj.nonce)
          }

          if ((obj.ciphertext != null && obj.ciphertext.byteLength > 0)) {
            w.uint32(34)
            w.bytes(obj.ciphertext)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            kid: uint8ArrayAlloc(0),
            senderPublicKey: uint8ArrayAlloc(0),
            nonce: uint8ArrayAlloc(0),
            ciphertext: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.kid = reader.bytes()
                break
              }
              case 2: {
                obj.senderPublicKey = reader.bytes()
                break
              }
              case 3: {
                obj.nonce = reader.bytes()
                break
              }
              case 4: {
                obj.ciphertext = reader.bytes()
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
                  field: `${prefix}.kid`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.senderPublicKey`,
                  value: reader.bytes()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.nonce`,
                  value: reader.bytes()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.ciphertext`,
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

    export interface EnvelopeKidFieldEvent {
      field: '$.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface EnvelopeSenderPublicKeyFieldEvent {
      field: '$.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface EnvelopeNonceFieldEvent {
      field: '$.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface EnvelopeCiphertextFieldEvent {
      field: '$.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Envelope>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Envelope.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Envelope>): Envelope {
      return decodeMessage(buf, Envelope.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Envelope>): Generator<EnvelopeKidFieldEvent | EnvelopeSenderPublicKeyFieldEvent | EnvelopeNonceFieldEvent | EnvelopeCiphertextFieldEvent> {
      return streamMessage(buf, Envelope.codec(), opts)
    }
  }

  export interface Proof {
    signature: Uint8Array<ArrayBuffer>
    issuedMs: bigint
  }

  export namespace Proof {
    let _codec: Codec<Proof>

    export const codec = (): Codec<Proof> => {
      if (_codec == null) {
        _codec = message<Proof>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.signature != null && obj.signature.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.signature)
          }

          if ((obj.issuedMs != null && obj.issuedMs !== 0n)) {
            w.uint32(16)
            w.uint64(obj.issuedMs)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            signature: uint8ArrayAlloc(0),
            issuedMs: 0n
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.signature = reader.bytes()
                break
              }
              case 2: {
                obj.issuedMs = reader.uint64()
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
                  field: `${prefix}.signature`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.issuedMs`,
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

    export interface ProofSignatureFieldEvent {
      field: '$.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ProofIssuedMsFieldEvent {
      field: '$.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Proof>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Proof.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Proof>): Proof {
      return decodeMessage(buf, Proof.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Proof>): Generator<ProofSignatureFieldEvent | ProofIssuedMsFieldEvent> {
      return streamMessage(buf, Proof.codec(), opts)
    }
  }

  export interface Register {
    userId: Uint8Array<ArrayBuffer>
    envelope?: enigma_registry_v1.Envelope
    proof?: enigma_registry_v1.Proof
  }

  export namespace Register {
    let _codec: Codec<Register>

    export const codec = (): Codec<Register> => {
      if (_codec == null) {
        _codec = message<Register>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if (obj.envelope != null) {
            w.uint32(18)
            enigma_registry_v1.Envelope.codec().encode(obj.envelope, w)
          }

          if (obj.proof != null) {
            w.uint32(26)
            enigma_registry_v1.Proof.codec().encode(obj.proof, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
                break
              }
              case 2: {
                obj.envelope = enigma_registry_v1.Envelope.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.envelope
                })
                break
              }
              case 3: {
                obj.proof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.proof
                })
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
                  field: `${prefix}.userId`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield * enigma_registry_v1.Envelope.codec().stream(reader, reader.uint32(), `${prefix}.envelope`, {
                  limits: opts.limits?.envelope
                })

                break
              }
              case 3: {
                yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                  limits: opts.limits?.proof
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

    export interface RegisterUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterEnvelopeKidFieldEvent {
      field: '$.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterEnvelopeSenderPublicKeyFieldEvent {
      field: '$.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterEnvelopeNonceFieldEvent {
      field: '$.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterEnvelopeCiphertextFieldEvent {
      field: '$.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterProofSignatureFieldEvent {
      field: '$.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RegisterProofIssuedMsFieldEvent {
      field: '$.proof.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Register>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Register.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Register>): Register {
      return decodeMessage(buf, Register.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Register>): Generator<RegisterUserIdFieldEvent | RegisterEnvelopeKidFieldEvent | RegisterEnvelopeSenderPublicKeyFieldEvent | RegisterEnvelopeNonceFieldEvent | RegisterEnvelopeCiphertextFieldEvent | RegisterProofSignatureFieldEvent | RegisterProofIssuedMsFieldEvent> {
      return streamMessage(buf, Register.codec(), opts)
    }
  }

  export interface Update {
    userId: Uint8Array<ArrayBuffer>
    envelope?: enigma_registry_v1.Envelope
    proof?: enigma_registry_v1.Proof
    newKeyProof?: enigma_registry_v1.Proof
  }

  export namespace Update {
    let _codec: Codec<Update>

    export const codec = (): Codec<Update> => {
      if (_codec == null) {
        _codec = message<Update>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if (obj.envelope != null) {
            w.uint32(18)
            enigma_registry_v1.Envelope.codec().encode(obj.envelope, w)
          }

          if (obj.proof != null) {
            w.uint32(26)
            enigma_registry_v1.Proof.codec().encode(obj.proof, w)
          }

          if (obj.newKeyProof != null) {
            w.uint32(34)
            enigma_registry_v1.Proof.codec().encode(obj.newKeyProof, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
                break
              }
              case 2: {
                obj.envelope = enigma_registry_v1.Envelope.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.envelope
                })
                break
              }
              case 3: {
                obj.proof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.proof
                })
                break
              }
              case 4: {
                obj.newKeyProof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.newKeyProof
                })
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
                  field: `${prefix}.userId`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield * enigma_registry_v1.Envelope.codec().stream(reader, reader.uint32(), `${prefix}.envelope`, {
                  limits: opts.limits?.envelope
                })

                break
              }
              case 3: {
                yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                  limits: opts.limits?.proof
                })

                break
              }
              case 4: {
                yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.newKeyProof`, {
                  limits: opts.limits?.newKeyProof
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

    export interface UpdateUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateEnvelopeKidFieldEvent {
      field: '$.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateEnvelopeSenderPublicKeyFieldEvent {
      field: '$.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateEnvelopeNonceFieldEvent {
      field: '$.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateEnvelopeCiphertextFieldEvent {
      field: '$.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateProofSignatureFieldEvent {
      field: '$.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateProofIssuedMsFieldEvent {
      field: '$.proof.issuedMs'
      value: bigint
    }

    export interface UpdateNewKeyProofSignatureFieldEvent {
      field: '$.newKeyProof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface UpdateNewKeyProofIssuedMsFieldEvent {
      field: '$.newKeyProof.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Update>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Update.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Update>): Update {
      return decodeMessage(buf, Update.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Update>): Generator<UpdateUserIdFieldEvent | UpdateEnvelopeKidFieldEvent | UpdateEnvelopeSenderPublicKeyFieldEvent | UpdateEnvelopeNonceFieldEvent | UpdateEnvelopeCiphertextFieldEvent | UpdateProofSignatureFieldEvent | UpdateProofIssuedMsFieldEvent | UpdateNewKeyProofSignatureFieldEvent | UpdateNewKeyProofIssuedMsFieldEvent> {
      return streamMessage(buf, Update.codec(), opts)
    }
  }

  export interface Registered {
    bound: boolean
  }

  export namespace Registered {
    let _codec: Codec<Registered>

    export const codec = (): Codec<Registered> => {
      if (_codec == null) {
        _codec = message<Registered>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.bound != null && obj.bound !== false)) {
            w.uint32(8)
            w.bool(obj.bound)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            bound: false
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.bound = reader.bool()
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
                  field: `${prefix}.bound`,
                  value: reader.bool()
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

    export interface RegisteredBoundFieldEvent {
      field: '$.bound'
      value: boolean
    }

    export function encode (obj: Partial<Registered>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Registered.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Registered>): Registered {
      return decodeMessage(buf, Registered.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Registered>): Generator<RegisteredBoundFieldEvent> {
      return streamMessage(buf, Registered.codec(), opts)
    }
  }

  export interface Remove {
    userId: Uint8Array<ArrayBuffer>
    proof?: enigma_registry_v1.Proof
  }

  export namespace Remove {
    let _codec: Codec<Remove>

    export const codec = (): Codec<Remove> => {
      if (_codec == null) {
        _codec = message<Remove>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if (obj.proof != null) {
            w.uint32(18)
            enigma_registry_v1.Proof.codec().encode(obj.proof, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
                break
              }
              case 2: {
                obj.proof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.proof
                })
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
                  field: `${prefix}.userId`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                  limits: opts.limits?.proof
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

    export interface RemoveUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RemoveProofSignatureFieldEvent {
      field: '$.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface RemoveProofIssuedMsFieldEvent {
      field: '$.proof.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Remove>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Remove.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Remove>): Remove {
      return decodeMessage(buf, Remove.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Remove>): Generator<RemoveUserIdFieldEvent | RemoveProofSignatureFieldEvent | RemoveProofIssuedMsFieldEvent> {
      return streamMessage(buf, Remove.codec(), opts)
    }
  }

  export interface Removed {
    existed: boolean
  }

  export namespace Removed {
    let _codec: Codec<Removed>

    export const codec = (): Codec<Removed> => {
      if (_codec == null) {
        _codec = message<Removed>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.existed != null && obj.existed !== false)) {
            w.uint32(8)
            w.bool(obj.existed)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            existed: false
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.existed = reader.bool()
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
                  field: `${prefix}.existed`,
                  value: reader.bool()
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

    export interface RemovedExistedFieldEvent {
      field: '$.existed'
      value: boolean
    }

    export function encode (obj: Partial<Removed>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Removed.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Removed>): Removed {
      return decodeMessage(buf, Removed.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Removed>): Generator<RemovedExistedFieldEvent> {
      return streamMessage(buf, Removed.codec(), opts)
    }
  }

  export interface Resolve {
    userId: Uint8Array<ArrayBuffer>
    requesterPublicKey: Uint8Array<ArrayBuffer>
  }

  export namespace Resolve {
    let _codec: Codec<Resolve>

    export const codec = (): Codec<Resolve> => {
      if (_codec == null) {
        _codec = message<Resolve>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if ((obj.requesterPublicKey != null && obj.requesterPublicKey.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.requesterPublicKey)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0),
            requesterPublicKey: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
                break
              }
              case 2: {
                obj.requesterPublicKey = reader.bytes()
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
                  field: `${prefix}.userId`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.requesterPublicKey`,
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

    export interface ResolveUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResolveRequesterPublicKeyFieldEvent {
      field: '$.requesterPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Resolve>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Resolve.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resolve>): Resolve {
      return decodeMessage(buf, Resolve.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resolve>): Generator<ResolveUserIdFieldEvent | ResolveRequesterPublicKeyFieldEvent> {
      return streamMessage(buf, Resolve.codec(), opts)
    }
  }

  export interface Resolved {
    envelope?: enigma_registry_v1.Envelope
  }

  export namespace Resolved {
    let _codec: Codec<Resolved>

    export const codec = (): Codec<Resolved> => {
      if (_codec == null) {
        _codec = message<Resolved>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.envelope != null) {
            w.uint32(10)
            enigma_registry_v1.Envelope.codec().encode(obj.envelope, w)
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
              case 1: {
                obj.envelope = enigma_registry_v1.Envelope.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.envelope
                })
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
                yield * enigma_registry_v1.Envelope.codec().stream(reader, reader.uint32(), `${prefix}.envelope`, {
                  limits: opts.limits?.envelope
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

    export interface ResolvedEnvelopeKidFieldEvent {
      field: '$.envelope.kid'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResolvedEnvelopeSenderPublicKeyFieldEvent {
      field: '$.envelope.senderPublicKey'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResolvedEnvelopeNonceFieldEvent {
      field: '$.envelope.nonce'
      value: Uint8Array<ArrayBuffer>
    }

    export interface ResolvedEnvelopeCiphertextFieldEvent {
      field: '$.envelope.ciphertext'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Resolved>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Resolved.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resolved>): Resolved {
      return decodeMessage(buf, Resolved.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resolved>): Generator<ResolvedEnvelopeKidFieldEvent | ResolvedEnvelopeSenderPublicKeyFieldEvent | ResolvedEnvelopeNonceFieldEvent | ResolvedEnvelopeCiphertextFieldEvent> {
      return streamMessage(buf, Resolved.codec(), opts)
    }
  }

  export interface CheckUser {
    userId: Uint8Array<ArrayBuffer>
  }

  export namespace CheckUser {
    let _codec: Codec<CheckUser>

    export const codec = (): Codec<CheckUser> => {
      if (_codec == null) {
        _codec = message<CheckUser>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
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
                  field: `${prefix}.userId`,
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

    export interface CheckUserUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<CheckUser>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, CheckUser.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CheckUser>): CheckUser {
      return decodeMessage(buf, CheckUser.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CheckUser>): Generator<CheckUserUserIdFieldEvent> {
      return streamMessage(buf, CheckUser.codec(), opts)
    }
  }

  export interface Exists {
    exists: boolean
  }

  export namespace Exists {
    let _codec: Codec<Exists>

    export const codec = (): Codec<Exists> => {
      if (_codec == null) {
        _codec = message<Exists>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.exists != null && obj.exists !== false)) {
            w.uint32(8)
            w.bool(obj.exists)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            exists: false
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.exists = reader.bool()
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
                  field: `${prefix}.exists`,
                  value: reader.bool()
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

    export interface ExistsExistsFieldEvent {
      field: '$.exists'
      value: boolean
    }

    export function encode (obj: Partial<Exists>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Exists.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Exists>): Exists {
      return decodeMessage(buf, Exists.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Exists>): Generator<ExistsExistsFieldEvent> {
      return streamMessage(buf, Exists.codec(), opts)
    }
  }

  export interface Announce {
    userId: Uint8Array<ArrayBuffer>
    addr: string
    atMs: number
    readable: boolean
    proof?: enigma_registry_v1.Proof
  }

  export namespace Announce {
    let _codec: Codec<Announce>

    export const codec = (): Codec<Announce> => {
      if (_codec == null) {
        _codec = message<Announce>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if ((obj.addr != null && obj.addr !== '')) {
            w.uint32(18)
            w.string(obj.addr)
          }

          if ((obj.atMs != null && obj.atMs !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.atMs)
          }

          if ((obj.readable != null && obj.readable !== false)) {
            w.uint32(32)
            w.bool(obj.readable)
          }

          if (obj.proof != null) {
            w.uint32(42)
            enigma_registry_v1.Proof.codec().encode(obj.proof, w)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0),
            addr: '',
            atMs: 0,
            readable: false
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
                break
              }
              case 2: {
                obj.addr = reader.string()
                break
              }
              case 3: {
                obj.atMs = reader.uint64Number()
                break
              }
              case 4: {
                obj.readable = reader.bool()
                break
              }
              case 5: {
                obj.proof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.proof
                })
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
                  field: `${prefix}.userId`,
                  value: reader.bytes()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.addr`,
                  value: reader.string()
                }
                break
              }
              case 3: {
                yield {
                  field: `${prefix}.atMs`,
                  value: reader.uint64Number()
                }
                break
              }
              case 4: {
                yield {
                  field: `${prefix}.readable`,
                  value: reader.bool()
                }
                break
              }
              case 5: {
                yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                  limits: opts.limits?.proof
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

    export interface AnnounceUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export interface AnnounceAddrFieldEvent {
      field: '$.addr'
      value: string
    }

    export interface AnnounceAtMsFieldEvent {
      field: '$.atMs'
      value: number
    }

    export interface AnnounceReadableFieldEvent {
      field: '$.readable'
      value: boolean
    }

    export interface AnnounceProofSignatureFieldEvent {
      field: '$.proof.signature'
      value: Uint8Array<ArrayBuffer>
    }

    export interface AnnounceProofIssuedMsFieldEvent {
      field: '$.proof.issuedMs'
      value: bigint
    }

    export function encode (obj: Partial<Announce>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Announce.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announce>): Announce {
      return decodeMessage(buf, Announce.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announce>): Generator<AnnounceUserIdFieldEvent | AnnounceAddrFieldEvent | AnnounceAtMsFieldEvent | AnnounceReadableFieldEvent | AnnounceProofSignatureFieldEvent | AnnounceProofIssuedMsFieldEvent> {
      return streamMessage(buf, Announce.codec(), opts)
    }
  }

  export interface Announced {
    expiresMs: number
  }

  export namespace Announced {
    let _codec: Codec<Announced>

    export const codec = (): Codec<Announced> => {
      if (_codec == null) {
        _codec = message<Announced>((obj, w, opts = {}) => {
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

    export interface AnnouncedExpiresMsFieldEvent {
      field: '$.expiresMs'
      value: number
    }

    export function encode (obj: Partial<Announced>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Announced.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announced>): Announced {
      return decodeMessage(buf, Announced.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announced>): Generator<AnnouncedExpiresMsFieldEvent> {
      return streamMessage(buf, Announced.codec(), opts)
    }
  }

  export interface Presence {
    userId: Uint8Array<ArrayBuffer>
  }

  export namespace Presence {
    let _codec: Codec<Presence>

    export const codec = (): Codec<Presence> => {
      if (_codec == null) {
        _codec = message<Presence>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.userId != null && obj.userId.byteLength > 0)) {
            w.uint32(10)
            w.bytes(obj.userId)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            userId: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.userId = reader.bytes()
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
                  field: `${prefix}.userId`,
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

    export interface PresenceUserIdFieldEvent {
      field: '$.userId'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Presence>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Presence.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Presence>): Presence {
      return decodeMessage(buf, Presence.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Presence>): Generator<PresenceUserIdFieldEvent> {
      return streamMessage(buf, Presence.codec(), opts)
    }
  }

  export interface Present {
    entries: enigma_registry_v1.Present.Entry[]
  }

  export namespace Present {
    export interface Entry {
      peerId: Uint8Array<ArrayBuffer>
      addrs: string[]
      ageMs: number
    }

    export namespace Entry {
      let _codec: Codec<Entry>

      export const codec = (): Codec<Entry> => {
        if (_codec == null) {
          _codec = message<Entry>((obj, w, opts = {}) => {
            if (opts.lengthDelimited !== false) {
              w.fork()
            }

            if ((obj.peerId != null && obj.peerId.byteLength > 0)) {
              w.uint32(10)
              w.bytes(obj.peerId)
            }

            if (obj.addrs != null && obj.addrs.length > 0) {
              for (const value of obj.addrs) {
                w.uint32(18)
                w.string(value)
              }
            }

            if ((obj.ageMs != null && obj.ageMs !== 0)) {
              w.uint32(24)
              w.uint64Number(obj.ageMs)
            }

            if (opts.lengthDelimited !== false) {
              w.ldelim()
            }
          }, (reader, length, opts = {}) => {
            const obj: any = {
              peerId: uint8ArrayAlloc(0),
              addrs: [],
              ageMs: 0
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  obj.peerId = reader.bytes()
                  break
                }
                case 2: {
                  if (opts.limits?.addrs != null && obj.addrs.length === opts.limits.addrs) {
                    throw new MaxLengthError('Decode error - repeated field "addrs" had too many elements')
                  }

                  obj.addrs.push(reader.string())
                  break
                }
                case 3: {
                  obj.ageMs = reader.uint64Number()
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
              addrs: 0
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  yield {
                    field: `${prefix}.peerId`,
                    value: reader.bytes()
                  }
                  break
                }
                case 2: {
                  if (opts.limits?.addrs != null && obj.addrs === opts.limits.addrs) {
                    throw new MaxLengthError('Streaming decode error - repeated field "addrs" had too many elements')
                  }

                  yield {
                    field: `${prefix}.addrs[]`,
                    index: obj.addrs,
                    value: reader.string()
                  }

                  obj.addrs++

                  break
                }
                case 3: {
                  yield {
                    field: `${prefix}.ageMs`,
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

      export interface EntryPeerIdFieldEvent {
        field: '$.peerId'
        value: Uint8Array<ArrayBuffer>
      }

      export interface EntryAddrsFieldEvent {
        field: '$.addrs[]'
        index: number
        value: string
      }

      export interface EntryAgeMsFieldEvent {
        field: '$.ageMs'
        value: number
      }

      export function encode (obj: Partial<Entry>): Uint8Array<ArrayBuffer> {
        return encodeMessage(obj, Entry.codec())
      }

      export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entry>): Entry {
        return decodeMessage(buf, Entry.codec(), opts)
      }

      export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entry>): Generator<EntryPeerIdFieldEvent | EntryAddrsFieldEvent | EntryAgeMsFieldEvent> {
        return streamMessage(buf, Entry.codec(), opts)
      }
    }

    let _codec: Codec<Present>

    export const codec = (): Codec<Present> => {
      if (_codec == null) {
        _codec = message<Present>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.entries != null && obj.entries.length > 0) {
            for (const value of obj.entries) {
              w.uint32(10)
              enigma_registry_v1.Present.Entry.codec().encode(value, w)
            }
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            entries: []
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                  throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
                }

                obj.entries.push(enigma_registry_v1.Present.Entry.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.entries$
                }))
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
            entries: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                  throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
                }

                for (const evt of enigma_registry_v1.Present.Entry.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                  limits: opts.limits?.entries$
                })) {
                  yield {
                    ...evt,
                    index: obj.entries
                  }
                }

                obj.entries++

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

    export interface PresentEntriesPeerIdFieldEvent {
      field: '$.entries[].peerId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface PresentEntriesAddrsFieldEvent {
      field: '$.entries[].addrs[]'
      index: number
      value: string
    }

    export interface PresentEntriesAgeMsFieldEvent {
      field: '$.entries[].ageMs'
      value: number
      index: number
    }

    export function encode (obj: Partial<Present>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Present.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Present>): Present {
      return decodeMessage(buf, Present.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Present>): Generator<PresentEntriesPeerIdFieldEvent | PresentEntriesAddrsFieldEvent | PresentEntriesAgeMsFieldEvent> {
      return streamMessage(buf, Present.codec(), opts)
    }
  }

  export interface Sync {
    entries: enigma_registry_v1.Sync.Entry[]
  }

  export namespace Sync {
    export interface Entry {
      identityJson: Uint8Array<ArrayBuffer>
      proof?: enigma_registry_v1.Proof
      call: string
      peerId: Uint8Array<ArrayBuffer>
    }

    export namespace Entry {
      let _codec: Codec<Entry>

      export const codec = (): Codec<Entry> => {
        if (_codec == null) {
          _codec = message<Entry>((obj, w, opts = {}) => {
            if (opts.lengthDelimited !== false) {
              w.fork()
            }

            if ((obj.identityJson != null && obj.identityJson.byteLength > 0)) {
              w.uint32(10)
              w.bytes(obj.identityJson)
            }

            if (obj.proof != null) {
              w.uint32(18)
              enigma_registry_v1.Proof.codec().encode(obj.proof, w)
            }

            if ((obj.call != null && obj.call !== '')) {
              w.uint32(26)
              w.string(obj.call)
            }

            if ((obj.peerId != null && obj.peerId.byteLength > 0)) {
              w.uint32(34)
              w.bytes(obj.peerId)
            }

            if (opts.lengthDelimited !== false) {
              w.ldelim()
            }
          }, (reader, length, opts = {}) => {
            const obj: any = {
              identityJson: uint8ArrayAlloc(0),
              call: '',
              peerId: uint8ArrayAlloc(0)
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  obj.identityJson = reader.bytes()
                  break
                }
                case 2: {
                  obj.proof = enigma_registry_v1.Proof.codec().decode(reader, reader.uint32(), {
                    limits: opts.limits?.proof
                  })
                  break
                }
                case 3: {
                  obj.call = reader.string()
                  break
                }
                case 4: {
                  obj.peerId = reader.bytes()
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
                    field: `${prefix}.identityJson`,
                    value: reader.bytes()
                  }
                  break
                }
                case 2: {
                  yield * enigma_registry_v1.Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                    limits: opts.limits?.proof
                  })

                  break
                }
                case 3: {
                  yield {
                    field: `${prefix}.call`,
                    value: reader.string()
                  }
                  break
                }
                case 4: {
                  yield {
                    field: `${prefix}.peerId`,
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

      export interface EntryIdentityJsonFieldEvent {
        field: '$.identityJson'
        value: Uint8Array<ArrayBuffer>
      }

      export interface EntryProofSignatureFieldEvent {
        field: '$.proof.signature'
        value: Uint8Array<ArrayBuffer>
      }

      export interface EntryProofIssuedMsFieldEvent {
        field: '$.proof.issuedMs'
        value: bigint
      }

      export interface EntryCallFieldEvent {
        field: '$.call'
        value: string
      }

      export interface EntryPeerIdFieldEvent {
        field: '$.peerId'
        value: Uint8Array<ArrayBuffer>
      }

      export function encode (obj: Partial<Entry>): Uint8Array<ArrayBuffer> {
        return encodeMessage(obj, Entry.codec())
      }

      export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entry>): Entry {
        return decodeMessage(buf, Entry.codec(), opts)
      }

      export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entry>): Generator<EntryIdentityJsonFieldEvent | EntryProofSignatureFieldEvent | EntryProofIssuedMsFieldEvent | EntryCallFieldEvent | EntryPeerIdFieldEvent> {
        return streamMessage(buf, Entry.codec(), opts)
      }
    }

    let _codec: Codec<Sync>

    export const codec = (): Codec<Sync> => {
      if (_codec == null) {
        _codec = message<Sync>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.entries != null && obj.entries.length > 0) {
            for (const value of obj.entries) {
              w.uint32(10)
              enigma_registry_v1.Sync.Entry.codec().encode(value, w)
            }
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            entries: []
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                  throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
                }

                obj.entries.push(enigma_registry_v1.Sync.Entry.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.entries$
                }))
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
            entries: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                  throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
                }

                for (const evt of enigma_registry_v1.Sync.Entry.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                  limits: opts.limits?.entries$
                })) {
                  yield {
                    ...evt,
                    index: obj.entries
                  }
                }

                obj.entries++

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

    export interface SyncEntriesIdentityJsonFieldEvent {
      field: '$.entries[].identityJson'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface SyncEntriesProofSignatureFieldEvent {
      field: '$.entries[].proof.signature'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface SyncEntriesProofIssuedMsFieldEvent {
      field: '$.entries[].proof.issuedMs'
      value: bigint
      index: number
    }

    export interface SyncEntriesCallFieldEvent {
      field: '$.entries[].call'
      value: string
      index: number
    }

    export interface SyncEntriesPeerIdFieldEvent {
      field: '$.entries[].peerId'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export function encode (obj: Partial<Sync>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Sync.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Sync>): Sync {
      return decodeMessage(buf, Sync.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Sync>): Generator<SyncEntriesIdentityJsonFieldEvent | SyncEntriesProofSignatureFieldEvent | SyncEntriesProofIssuedMsFieldEvent | SyncEntriesCallFieldEvent | SyncEntriesPeerIdFieldEvent> {
      return streamMessage(buf, Sync.codec(), opts)
    }
  }

  export interface Merged {
    merged: number
  }

  export namespace Merged {
    let _codec: Codec<Merged>

    export const codec = (): Codec<Merged> => {
      if (_codec == null) {
        _codec = message<Merged>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.merged != null && obj.merged !== 0)) {
            w.uint32(8)
            w.uint32(obj.merged)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            merged: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.merged = reader.uint32()
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
                  field: `${prefix}.merged`,
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

    export interface MergedMergedFieldEvent {
      field: '$.merged'
      value: number
    }

    export function encode (obj: Partial<Merged>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Merged.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Merged>): Merged {
      return decodeMessage(buf, Merged.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Merged>): Generator<MergedMergedFieldEvent> {
      return streamMessage(buf, Merged.codec(), opts)
    }
  }

  export interface ListNodes {}

  export namespace ListNodes {
    let _codec: Codec<ListNodes>

    export const codec = (): Codec<ListNodes> => {
      if (_codec == null) {
        _codec = message<ListNodes>((obj, w, opts = {}) => {
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

    export function encode (obj: Partial<ListNodes>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, ListNodes.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListNodes>): ListNodes {
      return decodeMessage(buf, ListNodes.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListNodes>): Generator<{}> {
      return streamMessage(buf, ListNodes.codec(), opts)
    }
  }

  export interface AddNodes {
    nodes: enigma_registry_v1.Node[]
  }

  export namespace AddNodes {
    let _codec: Codec<AddNodes>

    export const codec = (): Codec<AddNodes> => {
      if (_codec == null) {
        _codec = message<AddNodes>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.nodes != null && obj.nodes.length > 0) {
            for (const value of obj.nodes) {
              w.uint32(10)
              enigma_registry_v1.Node.codec().encode(value, w)
            }
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            nodes: []
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.nodes != null && obj.nodes.length === opts.limits.nodes) {
                  throw new MaxLengthError('Decode error - repeated field "nodes" had too many elements')
                }

                obj.nodes.push(enigma_registry_v1.Node.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.nodes$
                }))
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
            nodes: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.nodes != null && obj.nodes === opts.limits.nodes) {
                  throw new MaxLengthError('Streaming decode error - repeated field "nodes" had too many elements')
                }

                for (const evt of enigma_registry_v1.Node.codec().stream(reader, reader.uint32(), `${prefix}.nodes[]`, {
                  limits: opts.limits?.nodes$
                })) {
                  yield {
                    ...evt,
                    index: obj.nodes
                  }
                }

                obj.nodes++

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

    export interface AddNodesNodesAddressFieldEvent {
      field: '$.nodes[].address'
      value: string
      index: number
    }

    export function encode (obj: Partial<AddNodes>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, AddNodes.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AddNodes>): AddNodes {
      return decodeMessage(buf, AddNodes.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AddNodes>): Generator<AddNodesNodesAddressFieldEvent> {
      return streamMessage(buf, AddNodes.codec(), opts)
    }
  }

  export interface Nodes {
    nodes: enigma_registry_v1.Node[]
  }

  export namespace Nodes {
    let _codec: Codec<Nodes>

    export const codec = (): Codec<Nodes> => {
      if (_codec == null) {
        _codec = message<Nodes>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.nodes != null && obj.nodes.length > 0) {
            for (const value of obj.nodes) {
              w.uint32(10)
              enigma_registry_v1.Node.codec().encode(value, w)
            }
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            nodes: []
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.nodes != null && obj.nodes.length === opts.limits.nodes) {
                  throw new MaxLengthError('Decode error - repeated field "nodes" had too many elements')
                }

                obj.nodes.push(enigma_registry_v1.Node.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.nodes$
                }))
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
            nodes: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.nodes != null && obj.nodes === opts.limits.nodes) {
                  throw new MaxLengthError('Streaming decode error - repeated field "nodes" had too many elements')
                }

                for (const evt of enigma_registry_v1.Node.codec().stream(reader, reader.uint32(), `${prefix}.nodes[]`, {
                  limits: opts.limits?.nodes$
                })) {
                  yield {
                    ...evt,
                    index: obj.nodes
                  }
                }

                obj.nodes++

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

    export interface NodesNodesAddressFieldEvent {
      field: '$.nodes[].address'
      value: string
      index: number
    }

    export function encode (obj: Partial<Nodes>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Nodes.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Nodes>): Nodes {
      return decodeMessage(buf, Nodes.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Nodes>): Generator<NodesNodesAddressFieldEvent> {
      return streamMessage(buf, Nodes.codec(), opts)
    }
  }

  export interface Node {
    address: string
  }

  export namespace Node {
    let _codec: Codec<Node>

    export const codec = (): Codec<Node> => {
      if (_codec == null) {
        _codec = message<Node>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.address != null && obj.address !== '')) {
            w.uint32(10)
            w.string(obj.address)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            address: ''
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.address = reader.string()
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
                  field: `${prefix}.address`,
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

    export interface NodeAddressFieldEvent {
      field: '$.address'
      value: string
    }

    export function encode (obj: Partial<Node>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Node.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Node>): Node {
      return decodeMessage(buf, Node.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Node>): Generator<NodeAddressFieldEvent> {
      return streamMessage(buf, Node.codec(), opts)
    }
  }

  export interface EnvelopeKeys {}

  export namespace EnvelopeKeys {
    let _codec: Codec<EnvelopeKeys>

    export const codec = (): Codec<EnvelopeKeys> => {
      if (_codec == null) {
        _codec = message<EnvelopeKeys>((obj, w, opts = {}) => {
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

    export function encode (obj: Partial<EnvelopeKeys>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, EnvelopeKeys.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EnvelopeKeys>): EnvelopeKeys {
      return decodeMessage(buf, EnvelopeKeys.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EnvelopeKeys>): Generator<{}> {
      return streamMessage(buf, EnvelopeKeys.codec(), opts)
    }
  }

  export interface Keys {
    keys: enigma_registry_v1.Keys.Key[]
    pepper: Uint8Array<ArrayBuffer>
  }

  export namespace Keys {
    export interface Key {
      kid: Uint8Array<ArrayBuffer>
      publicKey: Uint8Array<ArrayBuffer>
      active: boolean
      notAfterMs: number
    }

    export namespace Key {
      let _codec: Codec<Key>

      export const codec = (): Codec<Key> => {
        if (_codec == null) {
          _codec = message<Key>((obj, w, opts = {}) => {
            if (opts.lengthDelimited !== false) {
              w.fork()
            }

            if ((obj.kid != null && obj.kid.byteLength > 0)) {
              w.uint32(10)
              w.bytes(obj.kid)
            }

            if ((obj.publicKey != null && obj.publicKey.byteLength > 0)) {
              w.uint32(18)
              w.bytes(obj.publicKey)
            }

            if ((obj.active != null && obj.active !== false)) {
              w.uint32(24)
              w.bool(obj.active)
            }

            if ((obj.notAfterMs != null && obj.notAfterMs !== 0)) {
              w.uint32(32)
              w.uint64Number(obj.notAfterMs)
            }

            if (opts.lengthDelimited !== false) {
              w.ldelim()
            }
          }, (reader, length, opts = {}) => {
            const obj: any = {
              kid: uint8ArrayAlloc(0),
              publicKey: uint8ArrayAlloc(0),
              active: false,
              notAfterMs: 0
            }

            const end = length == null ? reader.len : reader.pos + length

            while (reader.pos < end) {
              const tag = reader.uint32()

              switch (tag >>> 3) {
                case 1: {
                  obj.kid = reader.bytes()
                  break
                }
                case 2: {
                  obj.publicKey = reader.bytes()
                  break
                }
                case 3: {
                  obj.active = reader.bool()
                  break
                }
                case 4: {
                  obj.notAfterMs = reader.uint64Number()
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
                    field: `${prefix}.kid`,
                    value: reader.bytes()
                  }
                  break
                }
                case 2: {
                  yield {
                    field: `${prefix}.publicKey`,
                    value: reader.bytes()
                  }
                  break
                }
                case 3: {
                  yield {
                    field: `${prefix}.active`,
                    value: reader.bool()
                  }
                  break
                }
                case 4: {
                  yield {
                    field: `${prefix}.notAfterMs`,
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

      export interface KeyKidFieldEvent {
        field: '$.kid'
        value: Uint8Array<ArrayBuffer>
      }

      export interface KeyPublicKeyFieldEvent {
        field: '$.publicKey'
        value: Uint8Array<ArrayBuffer>
      }

      export interface KeyActiveFieldEvent {
        field: '$.active'
        value: boolean
      }

      export interface KeyNotAfterMsFieldEvent {
        field: '$.notAfterMs'
        value: number
      }

      export function encode (obj: Partial<Key>): Uint8Array<ArrayBuffer> {
        return encodeMessage(obj, Key.codec())
      }

      export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Key>): Key {
        return decodeMessage(buf, Key.codec(), opts)
      }

      export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Key>): Generator<KeyKidFieldEvent | KeyPublicKeyFieldEvent | KeyActiveFieldEvent | KeyNotAfterMsFieldEvent> {
        return streamMessage(buf, Key.codec(), opts)
      }
    }

    let _codec: Codec<Keys>

    export const codec = (): Codec<Keys> => {
      if (_codec == null) {
        _codec = message<Keys>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if (obj.keys != null && obj.keys.length > 0) {
            for (const value of obj.keys) {
              w.uint32(10)
              enigma_registry_v1.Keys.Key.codec().encode(value, w)
            }
          }

          if ((obj.pepper != null && obj.pepper.byteLength > 0)) {
            w.uint32(18)
            w.bytes(obj.pepper)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            keys: [],
            pepper: uint8ArrayAlloc(0)
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                if (opts.limits?.keys != null && obj.keys.length === opts.limits.keys) {
                  throw new MaxLengthError('Decode error - repeated field "keys" had too many elements')
                }

                obj.keys.push(enigma_registry_v1.Keys.Key.codec().decode(reader, reader.uint32(), {
                  limits: opts.limits?.keys$
                }))
                break
              }
              case 2: {
                obj.pepper = reader.bytes()
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
                if (opts.limits?.keys != null && obj.keys === opts.limits.keys) {
                  throw new MaxLengthError('Streaming decode error - repeated field "keys" had too many elements')
                }

                for (const evt of enigma_registry_v1.Keys.Key.codec().stream(reader, reader.uint32(), `${prefix}.keys[]`, {
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
              case 2: {
                yield {
                  field: `${prefix}.pepper`,
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

    export interface KeysKeysKidFieldEvent {
      field: '$.keys[].kid'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface KeysKeysPublicKeyFieldEvent {
      field: '$.keys[].publicKey'
      value: Uint8Array<ArrayBuffer>
      index: number
    }

    export interface KeysKeysActiveFieldEvent {
      field: '$.keys[].active'
      value: boolean
      index: number
    }

    export interface KeysKeysNotAfterMsFieldEvent {
      field: '$.keys[].notAfterMs'
      value: number
      index: number
    }

    export interface KeysPepperFieldEvent {
      field: '$.pepper'
      value: Uint8Array<ArrayBuffer>
    }

    export function encode (obj: Partial<Keys>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Keys.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Keys>): Keys {
      return decodeMessage(buf, Keys.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Keys>): Generator<KeysKeysKidFieldEvent | KeysKeysPublicKeyFieldEvent | KeysKeysActiveFieldEvent | KeysKeysNotAfterMsFieldEvent | KeysPepperFieldEvent> {
      return streamMessage(buf, Keys.codec(), opts)
    }
  }

  export interface Challenge {}

  export namespace Challenge {
    let _codec: Codec<Challenge>

    export const codec = (): Codec<Challenge> => {
      if (_codec == null) {
        _codec = message<Challenge>((obj, w, opts = {}) => {
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

    export function encode (obj: Partial<Challenge>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Challenge.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenge>): Challenge {
      return decodeMessage(buf, Challenge.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenge>): Generator<{}> {
      return streamMessage(buf, Challenge.codec(), opts)
    }
  }

  export interface Challenged {
    challenge: string
    difficulty: number
    expiresMs: number
  }

  export namespace Challenged {
    let _codec: Codec<Challenged>

    export const codec = (): Codec<Challenged> => {
      if (_codec == null) {
        _codec = message<Challenged>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.challenge != null && obj.challenge !== '')) {
            w.uint32(10)
            w.string(obj.challenge)
          }

          if ((obj.difficulty != null && obj.difficulty !== 0)) {
            w.uint32(16)
            w.uint32(obj.difficulty)
          }

          if ((obj.expiresMs != null && obj.expiresMs !== 0)) {
            w.uint32(24)
            w.uint64Number(obj.expiresMs)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            challenge: '',
            difficulty: 0,
            expiresMs: 0
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.challenge = reader.string()
                break
              }
              case 2: {
                obj.difficulty = reader.uint32()
                break
              }
              case 3: {
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
                  field: `${prefix}.challenge`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.difficulty`,
                  value: reader.uint32()
                }
                break
              }
              case 3: {
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

    export interface ChallengedChallengeFieldEvent {
      field: '$.challenge'
      value: string
    }

    export interface ChallengedDifficultyFieldEvent {
      field: '$.difficulty'
      value: number
    }

    export interface ChallengedExpiresMsFieldEvent {
      field: '$.expiresMs'
      value: number
    }

    export function encode (obj: Partial<Challenged>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, Challenged.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenged>): Challenged {
      return decodeMessage(buf, Challenged.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenged>): Generator<ChallengedChallengeFieldEvent | ChallengedDifficultyFieldEvent | ChallengedExpiresMsFieldEvent> {
      return streamMessage(buf, Challenged.codec(), opts)
    }
  }

  export interface ProofOfWork {
    challenge: string
    solution: string
  }

  export namespace ProofOfWork {
    let _codec: Codec<ProofOfWork>

    export const codec = (): Codec<ProofOfWork> => {
      if (_codec == null) {
        _codec = message<ProofOfWork>((obj, w, opts = {}) => {
          if (opts.lengthDelimited !== false) {
            w.fork()
          }

          if ((obj.challenge != null && obj.challenge !== '')) {
            w.uint32(10)
            w.string(obj.challenge)
          }

          if ((obj.solution != null && obj.solution !== '')) {
            w.uint32(18)
            w.string(obj.solution)
          }

          if (opts.lengthDelimited !== false) {
            w.ldelim()
          }
        }, (reader, length, opts = {}) => {
          const obj: any = {
            challenge: '',
            solution: ''
          }

          const end = length == null ? reader.len : reader.pos + length

          while (reader.pos < end) {
            const tag = reader.uint32()

            switch (tag >>> 3) {
              case 1: {
                obj.challenge = reader.string()
                break
              }
              case 2: {
                obj.solution = reader.string()
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
                  field: `${prefix}.challenge`,
                  value: reader.string()
                }
                break
              }
              case 2: {
                yield {
                  field: `${prefix}.solution`,
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

    export interface ProofOfWorkChallengeFieldEvent {
      field: '$.challenge'
      value: string
    }

    export interface ProofOfWorkSolutionFieldEvent {
      field: '$.solution'
      value: string
    }

    export function encode (obj: Partial<ProofOfWork>): Uint8Array<ArrayBuffer> {
      return encodeMessage(obj, ProofOfWork.codec())
    }

    export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProofOfWork>): ProofOfWork {
      return decodeMessage(buf, ProofOfWork.codec(), opts)
    }

    export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProofOfWork>): Generator<ProofOfWorkChallengeFieldEvent | ProofOfWorkSolutionFieldEvent> {
      return streamMessage(buf, ProofOfWork.codec(), opts)
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
              enigma_registry_v1.Failure.Failure$detailsEntry.codec().encode({ key, value }, w)
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

                const entry = enigma_registry_v1.Failure.Failure$detailsEntry.codec().decode(reader, reader.uint32(), {
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

                yield * enigma_registry_v1.Failure.Failure$detailsEntry.codec().stream(reader, reader.uint32(), `${prefix}.details{}`, {
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

  let _codec: Codec<enigma_registry_v1>

  export const codec = (): Codec<enigma_registry_v1> => {
    if (_codec == null) {
      _codec = message<enigma_registry_v1>((obj, w, opts = {}) => {
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

  export function encode (obj: Partial<enigma_registry_v1>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, enigma_registry_v1.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<enigma_registry_v1>): enigma_registry_v1 {
    return decodeMessage(buf, enigma_registry_v1.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<enigma_registry_v1>): Generator<{}> {
    return streamMessage(buf, enigma_registry_v1.codec(), opts)
  }
}
