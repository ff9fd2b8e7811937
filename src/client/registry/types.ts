import type { PublicIdentity } from '../../registry/identity.js'
import type { CallerOptions, ClientInit, ClientLibp2p, HttpInit, NodeAddress } from '../index.js'
import type { Retrying } from '../progress.js'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/**
 * Who is meant: a user name (1 to 64 bytes of UTF-8; case counts, white space around it does not), or the user id that is made of it, as
 * 64 hex or 32 bytes.
 */
export type User = string | Uint8Array

/** An Ed25519 private key: of libp2p, or its 32 secret bytes (RFC 8032: the seed). */
export type SigningKey = PrivateKey | Uint8Array

/** Times are milliseconds. As `ClientInit`. */
export interface RegistryClientInit extends ClientInit {
  /** How long the node's envelope keys are used before they are asked for again. @default 300000 */
  keysMs?: number
  /** Proofs of work are made up to so many zero bits: 2 to the power of this hashes; at most 30. @default 24 */
  maxDifficulty?: number
  /** For one proof of work. @default 60000 */
  maxSolveMs?: number
}

/** For a node on libp2p. */
export type Libp2pRegistryClientInit = RegistryClientInit & { libp2p: ClientLibp2p, node: NodeAddress }

/** For a node's HTTP door. With a `privateKey` each call proves who calls. */
export type HttpRegistryClientInit = RegistryClientInit & HttpInit & {
  /** 32 bytes, or 64 hex: what `relay-server keys show` prints. Over libp2p the node tells it. */
  pepper: Uint8Array | string
}

/** What `onProgress` is told. More may come: ignore what you do not know. */
export type RegistryProgress =
  | { readonly type: 'registry:retrying', readonly detail: Retrying }
  /** The node asks for a proof of work, which takes about 2 to the power of `difficulty` hashes. */
  | { readonly type: 'registry:solving', readonly detail: { readonly difficulty: number } }

export interface RegistryCallOptions extends CallerOptions {
  onProgress?: (event: RegistryProgress) => void
}

export interface RegisterOptions extends RegistryCallOptions {
  /** Of the identity's `signingPublicKey`: binds the handle to it. @default unproven: it is bound by the first proof that comes */
  privateKey?: SigningKey
}

export interface UpdateOptions extends RegistryCallOptions {
  /** Of the `signingPublicKey` that is registered now. */
  privateKey: SigningKey
  /** Of the identity's `signingPublicKey`, when that is another one from now on. */
  newPrivateKey?: SigningKey
}

export interface RemoveOptions extends RegistryCallOptions {
  /** Of the `signingPublicKey` that is registered. */
  privateKey: SigningKey
}

export interface AnnounceOptions extends RegistryCallOptions {
  /** Where the user can be reached: any text of 1 to 256 bytes. Over HTTP there must be one. @default the caller's addresses as the node sees them */
  addr?: string
  /** Others may read it. @default false */
  readable?: boolean
  /** Unix milliseconds. An announce that is older than the one that stands changes nothing. @default now */
  atMs?: number
  /** Of the identity's `signingPublicKey`: needed where the handle is bound. */
  privateKey?: SigningKey
}

export interface Registered {
  /** The identity can be changed and removed with its signing key only. Over HTTP not told of what was registered without a key. */
  readonly bound: boolean
}

export interface Removed {
  /** False: there was nobody, or an attempt of this call whose answer was lost has removed it. */
  readonly existed: boolean
}

export interface Announced {
  /** When the entry that stands is over, in Unix milliseconds of the node. Not told over HTTP. */
  readonly expiresMs?: number
}

export interface PresenceEntry {
  /** Proven by the connection it was announced over; not known of what came over HTTP without a proof. */
  readonly peerId?: PeerId
  readonly addrs: readonly string[]
  /** Milliseconds since the announce. */
  readonly ageMs: number
}

/**
 * Identities on one node. All calls reject with `ClientError` or, when the signal aborts, with its reason. What is registered goes sealed to
 * the node, and comes so from it.
 */
export interface RegistryClient {
  /**
   * Resolves when it is on the node's disk; the same again is no error.
   *
   * @throws ClientError `conflict` when another identity is registered under the user id
   */
  register (identity: PublicIdentity, options?: RegisterOptions): Promise<Registered>
  /** Puts this identity in the place of the one that is registered. @throws ClientError `not_found`, `unauthorized` */
  update (identity: PublicIdentity, options: UpdateOptions): Promise<Registered>
  /** @throws ClientError `unauthorized` */
  remove (user: User, options: RemoveOptions): Promise<Removed>
  /** Resolves to undefined when nobody is registered. Says what the node says: whether it is the right one, its `signature` has to tell. */
  resolve (user: User, options?: RegistryCallOptions): Promise<PublicIdentity | undefined>
  checkUser (user: User, options?: RegistryCallOptions): Promise<boolean>
  /** Says that a user can be reached, for as long as the node keeps it (`registry.presence.ttl_seconds`). @throws ClientError `unauthorized` */
  announce (user: User, options?: AnnounceOptions): Promise<Announced>
  /** Where a user can be reached, as far as it lets others know; the newest first. */
  presence (user: User, options?: RegistryCallOptions): Promise<PresenceEntry[]>
  /** Other nodes, as far as this one has found them there: `http(s)://…`, and over libp2p also multiaddrs. */
  nodes (options?: RegistryCallOptions): Promise<string[]>
  /** Names other nodes. Resolves to how many are taken for verification. */
  addNodes (addresses: readonly string[], options?: RegistryCallOptions): Promise<number>
  /** Gives identities in bulk to a node that takes them from this peer. Resolves to how many were new. @throws ClientError `unauthorized` */
  sync (identities: readonly PublicIdentity[], options?: RegistryCallOptions): Promise<number>
  /** Ends what is under way with `closed`. Connections are libp2p's and stay. */
  close (): Promise<void>
}
