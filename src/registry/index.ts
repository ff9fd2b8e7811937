import { DefaultRegistryServer } from './server.js'
import type { Limiter } from '../access/index.js'
import type { RegistryCallCounts } from './call-counts.js'
import type { SealedEnvelope } from './crypto/envelope.js'
import type { NodeDialComponents } from './nodes/index.js'
import type { RegistryRequest } from './wire/requests.js'
import type { RegistryResponse } from './wire/responses.js'
import type { Store } from '../storage/index.js'
import type { ComponentLogger, Connection, PeerId, PrivateKey, PublicKey, Startable } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'

export { COUNTED_REGISTRY_CALLS, REGISTRY_OUTCOMES, RegistryCallCounts } from './call-counts.js'
export { EnvelopeError, InvalidRegistryInputError, InvalidRegistryOptionError, RegistryError, toRegistryError } from './errors.js'
export { encodeIdentity } from './identity.js'
export { keyJson } from './key-json.js'
export { listedAddress, NodeRefusedError, nodeVerifier } from './nodes/index.js'
export { RegistryRules } from './registry.js'
export { keptKeys, rotateKeptKeys } from './rules/key-ring.js'
export { ownsIdentities } from './rules/row-owner.js'
export { decodeRequest, encodeRequest, MAX_ADDED_NODES, MAX_REQUEST_BYTES, MAX_SYNC_ENTRIES, REGISTRY_PROTOCOL } from './wire/requests.js'
export { decodeResponse, encodeResponse } from './wire/responses.js'
export type { CountedRegistryCall, RegistryOutcome } from './call-counts.js'
export type { SealedEnvelope } from './crypto/envelope.js'
export type { RegistryErrorCode } from './errors.js'
export type { PublicIdentity } from './identity.js'
export type { KeyJson } from './key-json.js'
export type { RegistryCallName, RegistryRequest } from './wire/requests.js'
export type { RegistryResponse } from './wire/responses.js'

/** Who calls, as far as it was proven, and what it shows beside the request. */
export interface RegistryCaller {
  /** Of the stream, or proven over HTTP. */
  readonly peerId?: PeerId
  /**
   * What the limiter counts the caller by: `callerOf` of a connection, `Remote.group` over HTTP. A challenge is for the PeerId where there
   * is one, else for this.
   */
  readonly group: string
  /**
   * Multiaddrs under which the node sees the caller, best first: what an announce lists. The first 16 of up to 256 bytes count.
   *
   * @default none
   */
  readonly observedAddrs?: readonly string[]
  /** The solution that came with this request, if any: each request has a caller of its own then. */
  readonly proofOfWork?: ProofOfWork
}

/** A challenge of this node as it was given, and any text of 1 to 128 characters that solves it. */
export type ProofOfWork = NonNullable<RegistryRequest['proofOfWork']>

/** A signature of 64 bytes and its time in Unix milliseconds (`Proof` of proto/registry.proto). */
export interface Proof {
  signature: Uint8Array
  issuedMs: bigint
}

// Requests have the shape of their messages in proto/registry.proto, so that a decoded one is one of these. Bytes are read, never kept.

export interface RegisterRequest {
  /** 32 bytes, here and in all requests. */
  userId: Uint8Array
  /** `PublicIdentity` as JSON, sealed to one of the node's keys. Left out: `invalid_input`. */
  envelope?: SealedEnvelope
  proof?: Proof
}

export interface UpdateRequest extends RegisterRequest {
  /** By the new signing key, when the update changes it. */
  newKeyProof?: Proof
}

export interface RemoveRequest {
  userId: Uint8Array
  proof?: Proof
}

export interface ResolveRequest {
  userId: Uint8Array
  /** 32 bytes, X25519, not of low order. */
  requesterPublicKey: Uint8Array
}

/** Also of a request for presence. */
export interface CheckUserRequest {
  userId: Uint8Array
}

export interface AnnounceRequest {
  userId: Uint8Array
  /** 1 to 256 bytes without the white space around it; '' = left out: then the caller must have observed addresses. */
  addr: string
  /** Unix milliseconds, 1 or more; the future counts as now. */
  atMs: number
  /** Presence may be read by others. */
  readable: boolean
  proof?: Proof
}

export interface SyncRequest {
  /** At most 1,000. */
  entries: ReadonlyArray<{
    /** As the registrant sealed it: its proof is about these bytes. */
    identityJson: Uint8Array
    proof?: Proof
    /** Whose proof it is: `register` or `update`. */
    call: string
    /** The PeerId that the proof was made for, as multihash bytes; empty: none. */
    peerId: Uint8Array
  }>
}

export interface AddNodesRequest {
  /** At most 64, each 1 to 256 bytes: `http://…`, `https://…` or a multiaddr that ends in /p2p/<PeerId>. */
  nodes: ReadonlyArray<{ address: string }>
}

/** `bound`: the handle can be changed and removed only by its signing key. */
export type Registered = NonNullable<RegistryResponse['registered']>
export type Removed = NonNullable<RegistryResponse['removed']>
/** Without an envelope: nobody is registered under it. */
export type Resolved = NonNullable<RegistryResponse['resolved']>
export type Exists = NonNullable<RegistryResponse['exists']>
export type Announced = NonNullable<RegistryResponse['announced']>
/** The newest first, 8 at most. */
export type Present = NonNullable<RegistryResponse['present']>
/** How many identities were new, or how many nodes were taken for verification. */
export type Merged = NonNullable<RegistryResponse['merged']>
/** Of all kinds; GET /nodes shows those that are http(s). */
export type Nodes = NonNullable<RegistryResponse['nodes']>
/** In the order of the configuration, or the newest first; expired ones are there, and inactive. The first active one is the node's own key in answers. */
export type Keys = NonNullable<RegistryResponse['keys']>
export type Challenged = NonNullable<RegistryResponse['challenged']>

/** One of the node's envelope keys, from its configuration. */
export interface EnvelopeKeyInit {
  /** 8 bytes, unique. */
  kid: Uint8Array
  /** 32 bytes, X25519. */
  privateKey: Uint8Array
  /** The first active one that has not expired is used in answers; the others are accepted. */
  active: boolean
  /** Unix milliseconds, beyond which it is not accepted any more. @default no end */
  notAfterMs?: number
}

export interface RotateOptions {
  /** Until when the keys that were active before are accepted, in Unix milliseconds; in the past: they are over at once. @default a day from now */
  notAfterMs?: number
}

export interface RegistryTotals {
  identities: number
  /** Entries, of all users. */
  presences: number
  nodes: number
}

/** What the rules have done since they were made, whatever the door. */
export interface RegistryCounts {
  /** Identities by what happened to them; `synced` came in bulk. */
  registered: number
  updated: number
  removed: number
  synced: number
  announced: number
  /** What was over and was collected: entries of presence, nodes, remembered removals. */
  collected: number
  /** Runs of the collector, and those of them that failed. */
  collections: number
  failedCollections: number
  /** Nodes that were looked at, and those of them that were not there. */
  verifiedNodes: number
  failedNodes: number
}

/**
 * The rules of the registry (specs/registry.md, Part I), for every door. All calls reject with `RegistryError`, whose code is one of the
 * error catalogue. Limits of calls are the door's to ask for; proofs of work are asked for here.
 *
 * `invalid_input` has the words of Part II as its message where that has some ("unknown envelope key", "handle does not match identity",
 * "identity", "presence", "node", …): the HTTP door puts "invalid input: " before it. `unauthorized` of a proof whose signature is right
 * has `issued_after_ms` (of the last proof that was accepted) and `now_ms` (the node's clock) in its details: the same call with a later
 * proof may pass.
 */
export interface Registry {
  /** Resolves after it is on disk, as all calls that change something. @throws `conflict` when another identity is registered under it */
  register (request: RegisterRequest, caller: RegistryCaller): Promise<Registered>
  /** @throws `not_found`: of nobody; `unauthorized` without the right proof */
  update (request: UpdateRequest, caller: RegistryCaller): Promise<Registered>
  remove (request: RemoveRequest, caller: RegistryCaller): Promise<Removed>
  resolve (request: ResolveRequest, caller: RegistryCaller): Promise<Resolved>
  check (request: CheckUserRequest, caller: RegistryCaller): Promise<Exists>
  /** @throws `storage_full` when the node keeps as many entries as it may */
  announce (request: AnnounceRequest, caller: RegistryCaller): Promise<Announced>
  /** Asks for a proof of work where `resolve` does. */
  presence (request: CheckUserRequest, caller: RegistryCaller): Promise<Present>
  /** @throws `unauthorized` unless sync is allowed, and to this PeerId */
  sync (request: SyncRequest, caller: RegistryCaller): Promise<Merged>
  /** Those that were verified and seen within a day. */
  nodes (): Promise<Nodes>
  /** Does not wait for the verification. Of one caller 64 nodes at most wait for it. */
  addNodes (request: AddNodesRequest, caller: Pick<RegistryCaller, 'group'>): Promise<Merged>
  keys (): Keys
  /** @throws `not_found` while proof of work is off */
  challenge (caller: RegistryCaller): Challenged
  /** Whether this caller's `sync` would be looked at, for a door that asks before it reads a body. */
  maySync (caller: Pick<RegistryCaller, 'peerId'>): boolean
  /**
   * Makes a new active key; those that were active are accepted for a while. Resolves after it is kept.
   *
   * @returns the keys as they are then
   * @throws `conflict` when the keys come from the configuration: they are changed there
   */
  rotateKey (options?: RotateOptions): Promise<Keys>
  /**
   * The `IdentityLookup` of the mailbox; works before `start`.
   *
   * @param handle 64 lower-case hex
   * @returns the signing key of an identity that is bound
   */
  lookup (handle: string): Promise<PublicKey | undefined>
  totals (): RegistryTotals
  readonly counts: Readonly<RegistryCounts>
}

export interface NodeVerifyOptions {
  signal: AbortSignal
  foundAt?: (ip: string) => void
}

/**
 * Looks at one node (specs/registry.md, Part I, "nodes"). The rules say when: at most eight at a time, before a node is listed and again
 * every hour while it is; whoever was not seen for 24 hours is gone by itself. Addresses that come here have the right form and length.
 */
export interface NodeVerifier {
  /**
   * @param address `http://…`, `https://…`, or a multiaddr that ends in /p2p/<PeerId>
   * @returns whether a registry node answers there now; false also where the address is of a special range. May reject, which is a false.
   *   `foundAt` is told the IP address at which it answered: nodes at one IPv4 address or in one IPv6 /64 have one place in 32 of the list
   *   (8 at least). Not told: the list counts by the address in it, or by the last two labels of its name
   */
  verify (address: string, options: NodeVerifyOptions): Promise<boolean>
}

/** What is left out has the default of `[registry]`. */
export interface RegistryRulesInit {
  store: Pick<Store, 'registry' | 'settings'>
  /** The node's: rows are sealed under a secret that is made of it. */
  privateKey: PrivateKey
  /** Take identities in bulk from `syncPeers`. @default false */
  allowSync?: boolean
  syncPeers?: readonly PeerId[]
  /** Listed nodes. @default 2048 */
  maxNodes?: number
  /** @default none: whatever has the right form is listed */
  nodeVerifier?: NodeVerifier
  /** Nodes at addresses that are not of the public internet, too. @default false */
  allowPrivateNodes?: boolean
  /** 32 bytes. @default made on first start and kept in the store */
  pepper?: Uint8Array
  /** At least one, with one active. @default made on first start and kept in the store */
  envelopeKeys?: readonly EnvelopeKeyInit[]
  /** How long an announce holds. @default 300 */
  presenceTtlSeconds?: number
  /** How often what is over is collected. @default 60 */
  gcIntervalSeconds?: number
  /** Ask for proofs of work. @default false */
  powEnabled?: boolean
  /** In zero bits. @default 18 */
  powDifficulty?: number
  /** How long a challenge holds. @default 120 */
  powTtlSeconds?: number
  /** `rate_limit.endpoints.register_rps`: what load is measured by. @default 1 */
  registerRps?: number
  /** Wall clock in milliseconds. @default Date.now */
  now?: () => number
  /** Monotonic, in milliseconds. @default performance.now */
  monotonic?: () => number
  /** What went wrong beside any call. @default none */
  onError?: (err: unknown) => void
}

/** For each door, what it has answered. */
export type RegistryCalls = Readonly<Record<'libp2p' | 'http', RegistryCallCounts>>

export interface RegistryServerInit extends Omit<RegistryRulesInit, 'privateKey' | 'nodeVerifier' | 'onError'> {
  /** Nodes are dialled or fetched before they are listed; else they are listed at once. @default true */
  verifyNodes?: boolean
  /** Addresses at which no node is looked for. @default none */
  isDeniedIp?(address: string): boolean
  /** Asked for each request. @default none */
  limiter?: Pick<Limiter, 'charge'>
  /** Connections that are counted by PeerId (behind a trusted proxy). @default none */
  isExemptFromIpLimits?(connection: Connection): boolean
}

/** Parts of libp2p. The key is an Ed25519 one. */
export interface RegistryServerComponents extends NodeDialComponents {
  privateKey: PrivateKey
  connectionManager: Pick<ConnectionManager, 'getConnections'>
  registrar: Registrar
  logger: ComponentLogger
}

export interface RegistryServerStats {
  streams: number
  /** Requests on their way in, and answers that wait to be sent, in bytes. */
  inflightBytes: number
  outgoingBytes: number
  totals: RegistryTotals
  counts: Readonly<RegistryCounts>
}

/** Serves /registry/1. The store is the caller's to close, after this has stopped. */
export interface RegistryServer extends Startable {
  /** The rules, for another door to the same registry, and as the mailbox's `identities`. */
  readonly registry: Registry
  /** For each door, which counts here what it has answered. */
  readonly calls: RegistryCalls
  stats (): RegistryServerStats
}

/**
 * @example
 *
 * ```ts
 * const node = await createLibp2p({
 *   // …transports, encrypters, muxers
 *   services: { identify: identify(), registry: registryServer({ store: await memoryStore() }) }
 * })
 * ```
 *
 * @throws InvalidRegistryOptionError for an option outside its bounds or a key that is not Ed25519, when libp2p makes the service
 */
export function registryServer (init: RegistryServerInit): (components: RegistryServerComponents) => RegistryServer {
  return components => new DefaultRegistryServer(components, init)
}
