import '../../exact-uint64.js'
// Browser-safe: the client shares this folder with the server.
import { frame } from '../../framing.js'
import { bytes, number, owned, readFields, readRequest } from '../../wire-messages.js'
import { enigma_registry_v1 as pb } from '../pb/registry.js'
import { EMPTY, add, readEnvelope, readNode, readNothing, readProof } from './parts.js'
import type { MessageReaders } from '../../wire-messages.js'
import type { WireReader } from '../../wire-reader.js'

export const REGISTRY_PROTOCOL = '/registry/1'

/** Of a request, without its prefix (specs/registry.md, Part I). */
export const MAX_REQUEST_BYTES = 1024 * 1024
/** In one Sync. */
export const MAX_SYNC_ENTRIES = 1000
/** In one AddNodes. */
export const MAX_ADDED_NODES = 64

export type RegistryRequest = pb.Request

/** Of a request, with all that is in it: its longest list is the nodes of an AddNodes, which are two each. */
const MAX_FIELDS = 1024
/** Of the entries of a Sync, which are seven each. */
const MAX_SYNC_FIELDS = 16 * MAX_SYNC_ENTRIES

type Call = Omit<RegistryRequest, 'id' | 'proofOfWork'>

/** The calls of a request, by the name of their field. */
export type RegistryCallName = keyof Call

/**
 * One request out of a frame. At most one call is set: the last one in the frame. Bytes are parts of the frame; their lengths are not
 * looked at. Fields that are left out are zero or empty.
 *
 * @throws RequestError when it is no request, or one of its lists is too long
 */
export function decodeRequest (bytes: Uint8Array): RegistryRequest {
  return readRequest(bytes, CALLS, { beside: BESIDE, maxFields: MAX_FIELDS })
}

/**
 * What a frame asks for, and under which id, without reading the call itself: before it is known whether that is worth the work.
 *
 * @throws RequestError when it is no message
 */
export function peekRequest (bytes: Uint8Array): { id: bigint, call?: RegistryCallName } {
  return readRequest(bytes, PEEKED, { maxFields: MAX_FIELDS })
}

/** With its length before it. */
export function encodeRequest (request: RegistryRequest): Uint8Array {
  return frame(pb.Request.encode(request))
}

const BESIDE: MessageReaders<Pick<RegistryRequest, 'proofOfWork'>> = { 15: reader => ({ proofOfWork: readProofOfWork(reader) }) }

/** Numbers of the calls' fields. */
const FIELDS: Record<RegistryCallName, number> = { register: 2, resolve: 3, checkUser: 4, announce: 5, presence: 6, sync: 7, listNodes: 8, addNodes: 9, envelopeKeys: 10, challenge: 11, update: 12, remove: 13 }
const CALL_NAMES = Object.keys(FIELDS) as RegistryCallName[]

const CALLS: MessageReaders<Call> = {
  2: reader => ({ register: readRegister(reader) }),
  3: reader => ({ resolve: readResolve(reader) }),
  4: reader => ({ checkUser: readUser(reader) }),
  5: reader => ({ announce: readAnnounce(reader) }),
  6: reader => ({ presence: readUser(reader) }),
  7: reader => ({ sync: readSync(reader) }),
  8: reader => ({ listNodes: readNothing(reader) }),
  9: reader => ({ addNodes: readAddNodes(reader) }),
  10: reader => ({ envelopeKeys: readNothing(reader) }),
  11: reader => ({ challenge: readNothing(reader) }),
  12: reader => ({ update: readUpdate(reader) }),
  13: reader => ({ remove: readRemove(reader) })
}

const PEEKED: MessageReaders<{ call: RegistryCallName }> = Object.fromEntries(CALL_NAMES.map(call => [FIELDS[call], () => ({ call })]))

function readRegister (reader: WireReader): pb.Register {
  const register: pb.Register = { userId: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { register.userId = owned(reader.bytes()) },
    [bytes(2)]: () => { register.envelope = readEnvelope(reader.message()) },
    [bytes(3)]: () => { register.proof = readProof(reader.message()) }
  })

  return register
}

function readUpdate (reader: WireReader): pb.Update {
  const update: pb.Update = { userId: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { update.userId = owned(reader.bytes()) },
    [bytes(2)]: () => { update.envelope = readEnvelope(reader.message()) },
    [bytes(3)]: () => { update.proof = readProof(reader.message()) },
    [bytes(4)]: () => { update.newKeyProof = readProof(reader.message()) }
  })

  return update
}

function readRemove (reader: WireReader): pb.Remove {
  const remove: pb.Remove = { userId: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { remove.userId = owned(reader.bytes()) },
    [bytes(2)]: () => { remove.proof = readProof(reader.message()) }
  })

  return remove
}

function readResolve (reader: WireReader): pb.Resolve {
  const resolve: pb.Resolve = { userId: EMPTY, requesterPublicKey: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { resolve.userId = owned(reader.bytes()) },
    [bytes(2)]: () => { resolve.requesterPublicKey = owned(reader.bytes()) }
  })

  return resolve
}

/** CheckUser and Presence. */
function readUser (reader: WireReader): pb.CheckUser & pb.Presence {
  const user: pb.CheckUser = { userId: EMPTY }

  readFields(reader, { [bytes(1)]: () => { user.userId = owned(reader.bytes()) } })

  return user
}

function readAnnounce (reader: WireReader): pb.Announce {
  const announce: pb.Announce = { userId: EMPTY, addr: '', atMs: 0, readable: false }

  readFields(reader, {
    [bytes(1)]: () => { announce.userId = owned(reader.bytes()) },
    [bytes(2)]: () => { announce.addr = reader.string() },
    [number(3)]: () => { announce.atMs = reader.uint() },
    [number(4)]: () => { announce.readable = reader.uint() !== 0 },
    [bytes(5)]: () => { announce.proof = readProof(reader.message()) }
  })

  return announce
}

function readSync (reader: WireReader): pb.Sync {
  const sync: pb.Sync = { entries: [] }

  reader.allow(MAX_SYNC_FIELDS)
  readFields(reader, { [bytes(1)]: () => { add(sync.entries, MAX_SYNC_ENTRIES, 'entries in a Sync', () => readSyncEntry(reader.message())) } })

  return sync
}

function readSyncEntry (reader: WireReader): pb.Sync.Entry {
  const entry: pb.Sync.Entry = { identityJson: EMPTY, call: '', peerId: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { entry.identityJson = owned(reader.bytes()) },
    [bytes(2)]: () => { entry.proof = readProof(reader.message()) },
    [bytes(3)]: () => { entry.call = reader.string() },
    [bytes(4)]: () => { entry.peerId = owned(reader.bytes()) }
  })

  return entry
}

function readAddNodes (reader: WireReader): pb.AddNodes {
  const addNodes: pb.AddNodes = { nodes: [] }

  readFields(reader, { [bytes(1)]: () => { add(addNodes.nodes, MAX_ADDED_NODES, 'nodes in an AddNodes', () => readNode(reader.message())) } })

  return addNodes
}

function readProofOfWork (reader: WireReader): pb.ProofOfWork {
  const proof: pb.ProofOfWork = { challenge: '', solution: '' }

  readFields(reader, {
    [bytes(1)]: () => { proof.challenge = reader.string() },
    [bytes(2)]: () => { proof.solution = reader.string() }
  })

  return proof
}
