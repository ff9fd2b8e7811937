import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { equals } from 'uint8arrays/equals'
import { ephemeralKeyAgreement } from '../../registry/crypto/key-agreement.js'
import { signProof } from '../../registry/crypto/proof.js'
import { encodeIdentity } from '../../registry/identity.js'
import { MAX_ADDED_NODES, MAX_SYNC_ENTRIES } from '../../registry/wire/requests.js'
import { CallContext } from '../call-context.js'
import { ClientError, protocolError } from '../errors.js'
import { backoffOf, parseNode, REGISTRY_DEFAULTS, withDefaults } from '../options.js'
import { withRetries } from '../retry.js'
import { utf8Length } from '../text.js'
import { pepperFrom, signerOf, userIdFrom } from './arguments.js'
import { HttpRegistryCarrier } from './http-carrier.js'
import { identityJson } from './identity.js'
import { Libp2pRegistryCarrier } from './libp2p-carrier.js'
import { NodeKeyCache } from './node-keys.js'
import { ProofClock } from './proof-clock.js'
import { Work } from './work.js'
import type { ProvenCall } from '../../registry/crypto/proof.js'
import type { SealedEnvelope } from '../../registry/crypto/envelope.js'
import type { PublicIdentity } from '../../registry/identity.js'
import type { ClientLibp2p, NodeAddress } from '../index.js'
import type { RegistryOptions } from '../options.js'
import type { Signer } from './arguments.js'
import type { AttemptOptions, ProofFields, RegistryCarrier } from './carrier.js'
import type { Announced, AnnounceOptions, HttpRegistryClientInit, PresenceEntry, Registered, RegisterOptions, RegistryCallOptions, RegistryClient, RegistryClientInit, Removed, RemoveOptions, UpdateOptions, User } from './types.js'
import type { WorkKind } from './work.js'
import type { PeerId } from '@libp2p/interface'

/** The node's groups of limits, each of which is paced alone. */
type CallGroup = 'register' | 'resolve' | 'check_user' | 'other'

/** After these, what was asked may have been done. */
const UNCERTAIN: ReadonlySet<string> = new Set(['unreachable', 'timed_out', 'storage_error', 'internal_error', 'shutting_down'])
const MAX_ADDR_BYTES = 256
/** In one Sync. */
const MAX_SYNC_BYTES = 768 * 1024

/** What paces and proofs of work have to know of a call. */
interface CallKind {
  readonly group: CallGroup
  readonly work?: WorkKind
}

/** See `registryClient` in `index.ts`. */
export class DefaultRegistryClient implements RegistryClient {
  readonly #context: CallContext<RegistryCarrier, CallGroup>
  readonly #keys: NodeKeyCache
  readonly #work: Work
  readonly #clock = new ProofClock()

  constructor (carrier: RegistryCarrier, options: RegistryOptions) {
    this.#context = new CallContext({
      carrier,
      groups: ['register', 'resolve', 'check_user', 'other'],
      // identities are small
      pace: { maxCalls: options.maxCalls, maxBytes: Infinity },
      backoff: backoffOf(options)
    })
    this.#keys = new NodeKeyCache(options.keysMs, async signal => await withRetries(async () => await carrier.keys({ signal }), this.#context.retryOptions('other', 0, signal)))
    this.#work = new Work({
      challenge: async signal => await carrier.challenge({ signal }),
      maxDifficulty: options.maxDifficulty,
      maxSolveMs: options.maxSolveMs
    })
  }

  static overLibp2p (libp2p: ClientLibp2p, node: NodeAddress, init: RegistryClientInit): DefaultRegistryClient {
    const options = withDefaults(REGISTRY_DEFAULTS, init)

    return new DefaultRegistryClient(new Libp2pRegistryCarrier({ libp2p, node: parseNode(node), timeoutMs: options.timeoutMs }), options)
  }

  static overHttp ({ url, privateKey, node, fetch, pepper, ...init }: HttpRegistryClientInit): DefaultRegistryClient {
    const options = withDefaults(REGISTRY_DEFAULTS, init)

    return new DefaultRegistryClient(new HttpRegistryCarrier({ url, privateKey, node, fetch, pepper: pepperFrom(pepper), timeoutMs: options.timeoutMs }), options)
  }

  async register (identity: PublicIdentity, { privateKey, ...options }: RegisterOptions = {}): Promise<Registered> {
    const json = identityJson(identity)
    const userId = Uint8Array.from(identity.userId)
    const signer = privateKey == null ? undefined : signerOf(privateKey)

    if (signer != null && !equals(signer.publicKey, identity.signingPublicKey)) {
      throw new ClientError('invalid_argument', 'privateKey is not that of the identity\'s signingPublicKey')
    }

    return await this.#sealed({ group: 'register', work: 'writing' }, userId, json, options, async (envelope, attempt) => {
      const proof = signer == null ? undefined : this.#proof('register', userId, signer, json)

      return await this.#context.carrier.register({ userId, envelope, proof }, attempt)
    })
  }

  async update (identity: PublicIdentity, { privateKey, newPrivateKey, ...options }: UpdateOptions): Promise<Registered> {
    const json = identityJson(identity)
    const userId = Uint8Array.from(identity.userId)
    const signer = signerOf(privateKey)
    const newSigner = newPrivateKey == null ? undefined : signerOf(newPrivateKey)
    let isUncertain = false

    if (!equals((newSigner ?? signer).publicKey, identity.signingPublicKey)) {
      throw new ClientError('invalid_argument', 'the identity has a signingPublicKey that none of the keys given is of: give newPrivateKey where it changes')
    }

    try {
      return await this.#sealed({ group: 'register' }, userId, json, options, async (envelope, attempt) => {
        const proof = this.#proof('update', userId, signer, json)
        const newKeyProof = newSigner == null ? undefined : { ...proof, signature: this.#sign('update', userId, newSigner, json, proof.issuedMs) }

        try {
          return await this.#context.carrier.update({ userId, envelope, proof, newKeyProof }, attempt)
        } catch (err) {
          isUncertain ||= err instanceof ClientError && UNCERTAIN.has(err.code)
          throw err
        }
      })
    } catch (err) {
      // the key that was replaced proves nothing any more
      if (isUncertain && err instanceof ClientError && err.code === 'unauthorized' && await this.#isRegistered(userId, json, options)) {
        return { bound: true }
      }

      throw err
    }
  }

  async remove (user: User, { privateKey, ...options }: RemoveOptions): Promise<Removed> {
    const userId = userIdFrom(user)
    const signer = signerOf(privateKey)

    return await this.#call({ group: 'register' }, options, async attempt => await this.#context.carrier.remove({ userId, proof: this.#proof('remove', userId, signer) }, attempt))
  }

  async resolve (user: User, options: RegistryCallOptions = {}): Promise<PublicIdentity | undefined> {
    const userId = userIdFrom(user)
    const signal = this.#context.signal(options.signal)
    const keys = await this.#keys.get(signal)
    const own = ephemeralKeyAgreement()
    const envelope = await this.#call({ group: 'resolve', work: 'reading' }, options, async attempt => await this.#context.carrier.resolve({ userId, requesterPublicKey: own.publicKey }, attempt))

    if (envelope == null) {
      return undefined
    }

    try {
      return keys.open(envelope, userId, own)
    } catch {
      // the node may have changed its keys since it told them
      this.#keys.drop(keys)
    }

    return (await this.#keys.get(signal)).open(envelope, userId, own)
  }

  async checkUser (user: User, options: RegistryCallOptions = {}): Promise<boolean> {
    const userId = userIdFrom(user)

    return await this.#call({ group: 'check_user', work: 'reading' }, options, async attempt => await this.#context.carrier.checkUser(userId, attempt))
  }

  async announce (user: User, { addr = '', readable = false, atMs = Date.now(), privateKey, ...options }: AnnounceOptions = {}): Promise<Announced> {
    const userId = userIdFrom(user)
    const signer = privateKey == null ? undefined : signerOf(privateKey)

    if (utf8Length(addr) > MAX_ADDR_BYTES || !Number.isSafeInteger(atMs) || atMs < 1) {
      throw new ClientError('invalid_argument', `addr is ${MAX_ADDR_BYTES} bytes at most, atMs a whole number of 1 or more`)
    }

    return await this.#call({ group: 'other', work: 'writing' }, options, async attempt => {
      const proof = signer == null ? undefined : this.#proof('announce', userId, signer)

      return await this.#context.carrier.announce({ userId, addr, atMs, readable, proof }, attempt)
    })
  }

  async presence (user: User, options: RegistryCallOptions = {}): Promise<PresenceEntry[]> {
    const userId = userIdFrom(user)
    const entries = await this.#call({ group: 'resolve', work: 'reading' }, options, async attempt => await this.#context.carrier.presence(userId, attempt))

    return entries.map(({ peerId, addrs, ageMs }) => ({ ...(peerId.byteLength === 0 ? {} : { peerId: peerIdOf(peerId) }), addrs: [...addrs], ageMs }))
  }

  async nodes (options: RegistryCallOptions = {}): Promise<string[]> {
    return await this.#call({ group: 'other' }, options, async attempt => await this.#context.carrier.nodes(attempt))
  }

  async addNodes (addresses: readonly string[], options: RegistryCallOptions = {}): Promise<number> {
    let merged = 0

    for (let at = 0; at < addresses.length; at += MAX_ADDED_NODES) {
      const part = addresses.slice(at, at + MAX_ADDED_NODES)

      merged += await this.#call({ group: 'other' }, options, async attempt => await this.#context.carrier.addNodes(part, attempt))
    }

    return merged
  }

  async sync (identities: readonly PublicIdentity[], options: RegistryCallOptions = {}): Promise<number> {
    let merged = 0

    for (const part of partsOf(identities.map(identityJson))) {
      merged += await this.#call({ group: 'other' }, options, async attempt => await this.#context.carrier.sync(part, attempt))
    }

    return merged
  }

  async close (): Promise<void> {
    await this.#context.close()
  }

  /** With retries, at the node's pace, with a proof of work where it asks for one, and once more when this end's clock is wrong. */
  async #call<T> ({ group, work }: CallKind, { signal, onProgress }: RegistryCallOptions, attempt: (options: AttemptOptions) => Promise<T>): Promise<T> {
    const anySignal = this.#context.signal(signal)
    const once = async (): Promise<T> => work == null
      ? await attempt({ signal: anySignal })
      : await this.#work.with(work, { signal: anySignal, onProgress }, async proofOfWork => await attempt({ signal: anySignal, proofOfWork }))

    return await withRetries(async () => {
      try {
        return await once()
      } catch (err) {
        if (!this.#clock.learn(err)) {
          throw err
        }

        return await once()
      }
    }, this.#context.retryOptions(group, 0, anySignal, detail => { onProgress?.({ type: 'registry:retrying', detail }) }))
  }

  /** A call whose identity is sealed to the node's key, and to its new one when it has changed that. */
  async #sealed<T> (kind: CallKind, userId: Uint8Array, json: Uint8Array, options: RegistryCallOptions, attempt: (envelope: SealedEnvelope, options: AttemptOptions) => Promise<T>): Promise<T> {
    const signal = this.#context.signal(options.signal)
    const keys = await this.#keys.get(signal)
    const call = async (envelope: SealedEnvelope): Promise<T> => await this.#call(kind, options, async attemptOptions => await attempt(envelope, attemptOptions))

    try {
      return await call(keys.seal(userId, json))
    } catch (err) {
      if (!(err instanceof ClientError && err.code === 'invalid_input' && /envelope key/i.test(err.message))) {
        throw err
      }

      this.#keys.drop(keys)
    }

    return await call((await this.#keys.get(signal)).seal(userId, json))
  }

  async #isRegistered (userId: Uint8Array, json: Uint8Array, options: RegistryCallOptions): Promise<boolean> {
    const identity = await this.resolve(userId, options)

    return identity != null && equals(encodeIdentity(identity), json)
  }

  #proof (call: ProvenCall, userId: Uint8Array, signer: Signer, identity?: Uint8Array): ProofFields {
    const issuedMs = this.#clock.next()

    return { signature: this.#sign(call, userId, signer, identity, issuedMs), issuedMs }
  }

  #sign (call: ProvenCall, userId: Uint8Array, { secretKey }: Signer, identity: Uint8Array | undefined, issuedMs: bigint): Uint8Array {
    return signProof({ call, userId, identity, peerId: this.#context.carrier.peerId, issuedMs }, secretKey)
  }
}

/** As many as go in one request. */
function partsOf (identities: readonly Uint8Array[]): Uint8Array[][] {
  const parts: Uint8Array[][] = []
  let bytes = 0

  for (const json of identities) {
    const last = parts.at(-1)

    if (last == null || last.length === MAX_SYNC_ENTRIES || bytes + json.byteLength > MAX_SYNC_BYTES) {
      parts.push([json])
      bytes = json.byteLength
    } else {
      last.push(json)
      bytes += json.byteLength
    }
  }

  return parts
}

/** @throws ClientError `protocol_error` */
function peerIdOf (bytes: Uint8Array): PeerId {
  try {
    return peerIdFromMultihash(Digest.decode(Uint8Array.from(bytes)))
  } catch (err) {
    throw protocolError('an entry of presence has a PeerId that is none', { cause: err })
  }
}
