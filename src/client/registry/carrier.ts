import type { SealedEnvelope } from '../../registry/crypto/envelope.js'
import type { enigma_registry_v1 as pb } from '../../registry/pb/registry.js'
import type { AbortOptions } from '@libp2p/interface'

/** One attempt of a call. */
export interface AttemptOptions extends AbortOptions {
  signal: AbortSignal
  proofOfWork?: pb.ProofOfWork
}

export interface ProofFields {
  signature: Uint8Array
  issuedMs: bigint
}

export interface RegisterFields {
  userId: Uint8Array
  envelope: SealedEnvelope
  proof?: ProofFields
}

export interface UpdateFields extends RegisterFields {
  newKeyProof?: ProofFields
}

export interface AnnounceFields {
  userId: Uint8Array
  /** '': left out. */
  addr: string
  atMs: number
  readable: boolean
  proof?: ProofFields
}

export interface PresenceFields {
  /** Multihash bytes; empty: not known. */
  peerId: Uint8Array
  addrs: readonly string[]
  ageMs: number
}

export interface NodeKey {
  kid: Uint8Array
  publicKey: Uint8Array
  active: boolean
}

/** The way to a node's registry: one attempt of each call. Rejects with `ClientError`, or with the signal's reason. */
export interface RegistryCarrier {
  /** Whom the node takes for the caller, as multihash bytes: what proofs are made for. */
  readonly peerId?: Uint8Array
  register (request: RegisterFields, options: AttemptOptions): Promise<{ bound: boolean }>
  update (request: UpdateFields, options: AttemptOptions): Promise<{ bound: boolean }>
  remove (request: { userId: Uint8Array, proof: ProofFields }, options: AttemptOptions): Promise<{ existed: boolean }>
  resolve (request: { userId: Uint8Array, requesterPublicKey: Uint8Array }, options: AttemptOptions): Promise<SealedEnvelope | undefined>
  checkUser (userId: Uint8Array, options: AttemptOptions): Promise<boolean>
  announce (request: AnnounceFields, options: AttemptOptions): Promise<{ expiresMs?: number }>
  presence (userId: Uint8Array, options: AttemptOptions): Promise<PresenceFields[]>
  nodes (options: AttemptOptions): Promise<string[]>
  addNodes (addresses: readonly string[], options: AttemptOptions): Promise<number>
  /** @param identities JSON of each */
  sync (identities: readonly Uint8Array[], options: AttemptOptions): Promise<number>
  keys (options: AttemptOptions): Promise<{ keys: NodeKey[], pepper: Uint8Array }>
  challenge (options: AttemptOptions): Promise<{ challenge: string, difficulty: number }>
  close (): Promise<void>
}
