import { encodeRequest, REGISTRY_PROTOCOL } from '../../registry/wire/requests.js'
import { decodeResponse } from '../../registry/wire/responses.js'
import { owned } from '../../wire-messages.js'
import { Link } from '../libp2p/link.js'
import type { SealedEnvelope } from '../../registry/crypto/envelope.js'
import type { enigma_registry_v1 as pb } from '../../registry/pb/registry.js'
import type { RegistryRequest } from '../../registry/wire/requests.js'
import type { RegistryResponse } from '../../registry/wire/responses.js'
import type { ClientLibp2p } from '../index.js'
import type { ClientProtocol } from '../libp2p/protocol.js'
import type { AnnounceFields, AttemptOptions, NodeKey, PresenceFields, ProofFields, RegisterFields, RegistryCarrier, UpdateFields } from './carrier.js'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

type RegistryCall = Omit<RegistryRequest, 'id'>

/** /registry/1. It has no Cancel: an answer that nobody waits for any more is left. */
const registryProtocol: ClientProtocol<RegistryCall, RegistryResponse> = {
  id: REGISTRY_PROTOCOL,
  encode: (id, call) => [encodeRequest({ id, ...call })],
  decode: decodeResponse,
  bodyBytes: ({ register, update, sync }) => (register ?? update)?.envelope?.ciphertext.byteLength ?? (sync == null ? 0 : Number.MAX_SAFE_INTEGER)
}

/** Of an answer, in bytes: as many nodes as any node lists. */
const MAX_FRAME_BYTES = 17 * 1024 * 1024

export interface Libp2pRegistryCarrierInit {
  libp2p: ClientLibp2p
  node: PeerId | Multiaddr[]
  timeoutMs: number
}

/** All calls on one stream of one connection, in any number at a time. */
export class Libp2pRegistryCarrier implements RegistryCarrier {
  readonly peerId: Uint8Array
  readonly #link: Link<RegistryCall, RegistryResponse>

  constructor ({ libp2p, node, timeoutMs }: Libp2pRegistryCarrierInit) {
    this.peerId = libp2p.peerId.toMultihash().bytes
    this.#link = new Link({ protocol: registryProtocol, libp2p, node, maxFrameBytes: MAX_FRAME_BYTES, timeoutMs })
  }

  async register ({ userId, envelope, proof }: RegisterFields, options: AttemptOptions): Promise<{ bound: boolean }> {
    return await this.#call({ register: { userId: owned(userId), envelope: asWire(envelope), proof: proofOf(proof) } }, 'registered', options)
  }

  async update ({ userId, envelope, proof, newKeyProof }: UpdateFields, options: AttemptOptions): Promise<{ bound: boolean }> {
    return await this.#call({ update: { userId: owned(userId), envelope: asWire(envelope), proof: proofOf(proof), newKeyProof: proofOf(newKeyProof) } }, 'registered', options)
  }

  async remove ({ userId, proof }: { userId: Uint8Array, proof: ProofFields }, options: AttemptOptions): Promise<{ existed: boolean }> {
    return await this.#call({ remove: { userId: owned(userId), proof: proofOf(proof) } }, 'removed', options)
  }

  async resolve ({ userId, requesterPublicKey }: { userId: Uint8Array, requesterPublicKey: Uint8Array }, options: AttemptOptions): Promise<SealedEnvelope | undefined> {
    return (await this.#call({ resolve: { userId: owned(userId), requesterPublicKey: owned(requesterPublicKey) } }, 'resolved', options)).envelope
  }

  async checkUser (userId: Uint8Array, options: AttemptOptions): Promise<boolean> {
    return (await this.#call({ checkUser: { userId: owned(userId) } }, 'exists', options)).exists
  }

  async announce ({ userId, addr, atMs, readable, proof }: AnnounceFields, options: AttemptOptions): Promise<{ expiresMs: number }> {
    return await this.#call({ announce: { userId: owned(userId), addr, atMs, readable, proof: proofOf(proof) } }, 'announced', options)
  }

  async presence (userId: Uint8Array, options: AttemptOptions): Promise<PresenceFields[]> {
    return (await this.#call({ presence: { userId: owned(userId) } }, 'present', options)).entries
  }

  async nodes (options: AttemptOptions): Promise<string[]> {
    return (await this.#call({ listNodes: {} }, 'nodes', options)).nodes.map(({ address }) => address)
  }

  async addNodes (addresses: readonly string[], options: AttemptOptions): Promise<number> {
    return (await this.#call({ addNodes: { nodes: addresses.map(address => ({ address })) } }, 'merged', options)).merged
  }

  async sync (identities: readonly Uint8Array[], options: AttemptOptions): Promise<number> {
    const entries = identities.map(json => ({ identityJson: owned(json), call: '', peerId: new Uint8Array(0) }))

    return (await this.#call({ sync: { entries } }, 'merged', options)).merged
  }

  async keys (options: AttemptOptions): Promise<{ keys: NodeKey[], pepper: Uint8Array }> {
    return await this.#call({ envelopeKeys: {} }, 'keys', options)
  }

  async challenge (options: AttemptOptions): Promise<{ challenge: string, difficulty: number }> {
    return await this.#call({ challenge: {} }, 'challenged', options)
  }

  async close (): Promise<void> {
    await this.#link.close()
  }

  async #call<Answer extends keyof RegistryResponse> (call: RegistryCall, wanted: Answer, { signal, proofOfWork }: AttemptOptions): Promise<NonNullable<RegistryResponse[Answer]>> {
    const calls = await this.#link.calls(signal)

    return (await calls.call({ ...call, proofOfWork }, wanted, signal))[wanted]
  }
}

function asWire ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): pb.Envelope {
  return { kid: owned(kid), senderPublicKey: owned(senderPublicKey), nonce: owned(nonce), ciphertext: owned(ciphertext) }
}

function proofOf (proof: ProofFields | undefined): pb.Proof | undefined {
  return proof == null ? undefined : { signature: owned(proof.signature), issuedMs: proof.issuedMs }
}
