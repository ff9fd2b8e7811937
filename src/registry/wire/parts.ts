import { bytes, number, owned, readFields } from '../../wire-messages.js'
import { MalformedRequestError } from '../../wire-reader.js'
import type { enigma_registry_v1 as pb } from '../pb/registry.js'
import type { WireReader } from '../../wire-reader.js'

// Messages that go both ways, and what all readers of /registry/1 use.

export const EMPTY = new Uint8Array(0)

export function readEnvelope (reader: WireReader): pb.Envelope {
  const envelope: pb.Envelope = { kid: EMPTY, senderPublicKey: EMPTY, nonce: EMPTY, ciphertext: EMPTY }

  readFields(reader, {
    [bytes(1)]: () => { envelope.kid = owned(reader.bytes()) },
    [bytes(2)]: () => { envelope.senderPublicKey = owned(reader.bytes()) },
    [bytes(3)]: () => { envelope.nonce = owned(reader.bytes()) },
    [bytes(4)]: () => { envelope.ciphertext = owned(reader.bytes()) }
  })

  return envelope
}

export function readProof (reader: WireReader): pb.Proof {
  const proof: pb.Proof = { signature: EMPTY, issuedMs: 0n }

  readFields(reader, {
    [bytes(1)]: () => { proof.signature = owned(reader.bytes()) },
    [number(2)]: () => { proof.issuedMs = reader.uint64() }
  })

  return proof
}

export function readNode (reader: WireReader): pb.Node {
  const node: pb.Node = { address: '' }

  readFields(reader, { [bytes(1)]: () => { node.address = reader.string() } })

  return node
}

export function readNothing (reader: WireReader): Record<string, never> {
  readFields(reader, {})

  return {}
}

/** @throws MalformedRequestError when there are as many as there may be */
export function add<T> (list: T[], most: number, what: string, read: () => T): void {
  if (list.length === most) {
    throw new MalformedRequestError(`there are ${most} ${what} at most`)
  }

  list.push(read())
}
