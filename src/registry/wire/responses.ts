import '../../exact-uint64.js'
import { frame } from '../../framing.js'
import { bytes, number, owned, readFailure, readFields, readMessage } from '../../wire-messages.js'
import { enigma_registry_v1 as pb } from '../pb/registry.js'
import { EMPTY, add, readEnvelope, readNode } from './parts.js'
import type { MessageReaders } from '../../wire-messages.js'
import type { WireReader } from '../../wire-reader.js'

/** What a node says at most that keeps its own bounds: nodes it lists, keys, devices of a user, addresses of one. */
const MAX_NODES = 65_536
const MAX_KEYS = 1024
const MAX_PRESENT = 64
const MAX_ADDRS = 64

export type RegistryResponse = pb.Response
type Result = Omit<RegistryResponse, 'id'>

/**
 * One response out of a frame. At most one result is set: the last one in the frame. Bytes are parts of the frame. Fields that are left
 * out are zero or empty; numbers over 2^53 - 1 are read as that.
 *
 * @throws MalformedRequestError when it is no response, or one of its lists is longer than any node's
 */
export function decodeResponse (bytes: Uint8Array): RegistryResponse {
  return readMessage(bytes, RESULTS)
}

/** With its length before it. */
export function encodeResponse (response: RegistryResponse): Uint8Array {
  return frame(pb.Response.encode(response))
}

const RESULTS: MessageReaders<Result> = {
  2: reader => ({ failure: readFailure(reader) }),
  3: reader => ({ registered: { bound: readFlag(reader) } }),
  4: reader => ({ resolved: readResolved(reader) }),
  5: reader => ({ exists: { exists: readFlag(reader) } }),
  6: reader => ({ announced: readAnnounced(reader) }),
  7: reader => ({ present: readPresent(reader) }),
  8: reader => ({ merged: readMerged(reader) }),
  9: reader => ({ nodes: readNodes(reader) }),
  10: reader => ({ keys: readKeys(reader) }),
  11: reader => ({ challenged: readChallenged(reader) }),
  12: reader => ({ removed: { existed: readFlag(reader) } })
}

/** A message whose one field is field 1, a bool. */
function readFlag (reader: WireReader): boolean {
  let flag = false

  readFields(reader, { [number(1)]: () => { flag = reader.uint() !== 0 } })

  return flag
}

function readResolved (reader: WireReader): pb.Resolved {
  const resolved: pb.Resolved = {}

  readFields(reader, { [bytes(1)]: () => { resolved.envelope = readEnvelope(reader.message()) } })

  return resolved
}

function readAnnounced (reader: WireReader): pb.Announced {
  const announced: pb.Announced = { expiresMs: 0 }

  readFields(reader, { [number(1)]: () => { announced.expiresMs = reader.uint() } })

  return announced
}

function readPresent (reader: WireReader): pb.Present {
  const present: pb.Present = { entries: [] }

  readFields(reader, { [bytes(1)]: () => { add(present.entries, MAX_PRESENT, 'entries of a user', () => readPresentEntry(reader.message())) } })

  return present
}

function readPresentEntry (reader: WireReader): pb.Present.Entry {
  const entry: pb.Present.Entry = { peerId: EMPTY, addrs: [], ageMs: 0 }

  readFields(reader, {
    [bytes(1)]: () => { entry.peerId = owned(reader.bytes()) },
    [bytes(2)]: () => { add(entry.addrs, MAX_ADDRS, 'addresses of an entry', () => reader.string()) },
    [number(3)]: () => { entry.ageMs = reader.uint() }
  })

  return entry
}

function readMerged (reader: WireReader): pb.Merged {
  const merged: pb.Merged = { merged: 0 }

  readFields(reader, { [number(1)]: () => { merged.merged = reader.uint32() } })

  return merged
}

function readNodes (reader: WireReader): pb.Nodes {
  const nodes: pb.Nodes = { nodes: [] }

  readFields(reader, { [bytes(1)]: () => { add(nodes.nodes, MAX_NODES, 'nodes', () => readNode(reader.message())) } })

  return nodes
}

function readKeys (reader: WireReader): pb.Keys {
  const keys: pb.Keys = { keys: [], pepper: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { add(keys.keys, MAX_KEYS, 'keys', () => readKey(reader.message())) },
    [bytes(2)]: () => { keys.pepper = owned(reader.bytes()) }
  })

  return keys
}

function readKey (reader: WireReader): pb.Keys.Key {
  const key: pb.Keys.Key = { kid: EMPTY, publicKey: EMPTY, active: false, notAfterMs: 0 }

  readFields(reader, {
    [bytes(1)]: () => { key.kid = owned(reader.bytes()) },
    [bytes(2)]: () => { key.publicKey = owned(reader.bytes()) },
    [number(3)]: () => { key.active = reader.uint() !== 0 },
    [number(4)]: () => { key.notAfterMs = reader.uint() }
  })

  return key
}

function readChallenged (reader: WireReader): pb.Challenged {
  const challenged: pb.Challenged = { challenge: '', difficulty: 0, expiresMs: 0 }

  readFields(reader, {
    [bytes(1)]: () => { challenged.challenge = reader.string() },
    [number(2)]: () => { challenged.difficulty = reader.uint32() },
    [number(3)]: () => { challenged.expiresMs = reader.uint() }
  })

  return challenged
}
