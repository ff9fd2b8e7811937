import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { randomBytes } from 'node:crypto'
import { Collector } from '../collector.js'
import { checkEnvelope } from './crypto/envelope.js'
import { RegistryError, toRegistryError } from './errors.js'
import { Agreements } from './openssl/agreements.js'
import { openAgreed, sealAgreed } from './openssl/envelope.js'
import { RowSeal } from './openssl/row-seal.js'
import { BoundKeys } from './rules/bound-keys.js'
import { Handles } from './rules/handles.js'
import { KeyRing } from './rules/key-ring.js'
import { NodeList } from './rules/node-list.js'
import { registryOptions } from './rules/options.js'
import { Presences } from './rules/presence.js'
import { readIdentityOf } from './read-identity.js'
import { identityOf, openHandle, sealHandle } from './rules/rows.js'
import { WorkGate } from './rules/work-gate.js'
import { KEY_BYTES, USER_ID_BYTES } from './sizes.js'
import { MAX_ADDED_NODES, MAX_SYNC_ENTRIES } from './wire/requests.js'
import type { SealedEnvelope } from './crypto/envelope.js'
import type {
  AddNodesRequest, Announced, AnnounceRequest, Challenged, CheckUserRequest, Exists, Keys, Merged, Nodes, Present, Registered, RegisterRequest, Registry, RegistryCaller, RegistryCounts,
  RegistryRulesInit, RegistryTotals, Removed, RemoveRequest, Resolved, ResolveRequest, RotateOptions, SyncRequest, UpdateRequest
} from './index.js'
import type { NewIdentity } from './rules/handles.js'
import type { RegistryOptions } from './rules/options.js'
import type { Store } from '../storage/index.js'
import type { PublicKey, Startable } from '@libp2p/interface'

const HANDLE = /^[0-9a-f]{64}$/
/** Identities of one Sync that are looked at together. */
const SYNC_SLICE = 32
/** Of the identity that is sealed where there is none: about what an application's has. */
const DECOY_BYTES = 768

/** What a test may hold in its hand. */
export interface RegistryRulesInternals {
  seal?: RowSeal
  agreements?: Agreements
  maxPresences?: number
  sealAgreed?: typeof sealAgreed
}

/** See `Registry` in `index.ts`. Calls that seal or open envelopes want it started. */
export class RegistryRules implements Registry, Startable {
  readonly options: RegistryOptions
  readonly counts: RegistryCounts = {
    registered: 0, updated: 0, removed: 0, synced: 0, announced: 0, collected: 0, collections: 0, failedCollections: 0, verifiedNodes: 0, failedNodes: 0
  }

  readonly #store: Pick<Store, 'registry' | 'settings'>
  readonly #syncPeers: ReadonlySet<string>
  readonly #now: () => number
  readonly #seal: RowSeal
  readonly #agreements: Agreements
  readonly #sealAgreed: typeof sealAgreed
  readonly #ring: KeyRing
  readonly #work: WorkGate
  readonly #handles: Handles
  readonly #boundKeys = new BoundKeys()
  readonly #presences: Presences
  readonly #nodes: NodeList
  readonly #collector: Collector
  readonly #decoy: { readonly userId: Uint8Array, readonly row: Uint8Array }

  /** @throws InvalidRegistryOptionError */
  constructor (init: RegistryRulesInit, internals: RegistryRulesInternals = {}) {
    const { store, privateKey, pepper, envelopeKeys, nodeVerifier, allowPrivateNodes = false, syncPeers = [], now = Date.now, monotonic, onError = () => {} } = init

    this.options = registryOptions(init)
    this.#store = store
    this.#syncPeers = new Set(syncPeers.map(String))
    this.#now = () => Math.floor(now())
    this.#seal = internals.seal ?? new RowSeal(privateKey.raw)
    this.#agreements = internals.agreements ?? new Agreements()
    this.#sealAgreed = internals.sealAgreed ?? sealAgreed
    this.#ring = new KeyRing({ settings: store.settings, pepper, envelopeKeys, now: this.#now })
    this.#work = new WorkGate({
      enabled: this.options.powEnabled,
      difficulty: this.options.powDifficulty,
      ttlSeconds: this.options.powTtlSeconds,
      registerRps: this.options.registerRps,
      now: this.#now,
      monotonic
    })
    this.#handles = new Handles({ store: store.registry, seal: this.#seal, now: this.#now, onChange: userId => { this.#boundKeys.forget(userId) } })
    this.#presences = new Presences({
      store: store.registry,
      seal: this.#seal,
      handles: this.#handles,
      ttlMs: this.options.presenceTtlSeconds * 1000,
      maxPresences: internals.maxPresences,
      now: this.#now
    })
    this.#nodes = new NodeList({ store: store.registry, verifier: nodeVerifier, allowPrivate: allowPrivateNodes, maxNodes: this.options.maxNodes, now: this.#now, counts: this.counts, onError })
    this.#collector = new Collector({
      intervalMs: this.options.gcIntervalSeconds * 1000,
      expire: async () => {
        const expired = await store.registry.expire({ now: this.#now() })

        this.counts.collected += expired.removed

        return expired
      },
      onCollected: () => {},
      onError,
      onRun: failed => {
        this.counts.collections++
        this.counts.failedCollections += failed ? 1 : 0
      }
    })

    const userId = randomBytes(USER_ID_BYTES)

    this.#decoy = { userId, row: sealHandle(this.#seal, userId, { state: 'unbound', lastProofMs: 0n, json: randomBytes(DECOY_BYTES) }) }
  }

  /** Finds or makes the keys. @throws StorageError */
  async start (): Promise<void> {
    await this.#ring.load()
    this.#agreements.start()
    this.#collector.start()
    this.#nodes.start()
  }

  async stop (): Promise<void> {
    await Promise.all([this.#agreements.stop(), this.#collector.stop(), this.#nodes.stop()])
  }

  async register (request: RegisterRequest, caller: RegistryCaller): Promise<Registered> {
    return await this.#answer(async () => {
      this.#work.ofWriting(caller)

      const { bound, isNew } = await this.#handles.register(await this.#open(request, caller), request.proof)

      this.counts.registered += isNew ? 1 : 0

      return { bound }
    })
  }

  async update (request: UpdateRequest, caller: RegistryCaller): Promise<Registered> {
    return await this.#answer(async () => {
      await this.#handles.update(await this.#open(request, caller), request.proof, request.newKeyProof)
      this.counts.updated++

      return { bound: true }
    })
  }

  async remove (request: RemoveRequest, caller: RegistryCaller): Promise<Removed> {
    return await this.#answer(async () => {
      checkHandle(request)

      const existed = await this.#handles.remove(request, peerIdOf(caller))

      this.counts.removed += existed ? 1 : 0

      return { existed }
    })
  }

  /** Whoever is asked for, and nobody: one row is read, two keys agree, one row is opened, and one envelope is sealed. */
  async resolve (request: ResolveRequest, caller: RegistryCaller): Promise<Resolved> {
    return await this.#answer(async () => {
      this.#work.ofReading(caller)
      checkHandle(request)

      const { userId, requesterPublicKey } = request
      const key = this.#ring.active

      if (requesterPublicKey.byteLength !== KEY_BYTES) {
        throw new RegistryError('invalid_input', 'requester_ephemeral_pubkey_hex')
      }

      if (key == null) {
        throw new RegistryError('internal_error', 'no envelope key of the node is active')
      }

      // of the key's time: while the two are waited for, another one may become active
      const { pepper } = this.#ring
      const [row, shared] = await Promise.all([
        this.#store.registry.identity(this.#seal.index(userId), this.#now()),
        this.#agreements.agree(key.agreement, requesterPublicKey)
      ])
      const isThere = row != null && row.forgetAtMs == null
      const { json } = isThere ? openHandle(this.#seal, userId, row.sealed) : openHandle(this.#seal, this.#decoy.userId, this.#decoy.row)
      const envelope = this.#sealAgreed(json, { shared, pepper, userId, kid: key.kid, senderPublicKey: key.publicKey })

      return isThere ? { envelope: asWire(envelope) } : {}
    })
  }

  async check (request: CheckUserRequest, caller: RegistryCaller): Promise<Exists> {
    return await this.#answer(async () => {
      this.#work.ofReading(caller)
      checkHandle(request)

      const row = await this.#store.registry.identity(this.#seal.index(request.userId), this.#now())

      return { exists: row != null && row.forgetAtMs == null }
    })
  }

  async announce (request: AnnounceRequest, caller: RegistryCaller): Promise<Announced> {
    return await this.#answer(async () => {
      this.#work.ofWriting(caller)
      checkHandle(request)

      const expiresMs = await this.#presences.announce(request, caller)

      this.counts.announced++

      return { expiresMs }
    })
  }

  async presence (request: CheckUserRequest, caller: RegistryCaller): Promise<Present> {
    return await this.#answer(async () => {
      this.#work.ofReading(caller)
      checkHandle(request)

      return { entries: await this.#presences.of(request.userId) }
    })
  }

  maySync ({ peerId }: Pick<RegistryCaller, 'peerId'>): boolean {
    return this.options.allowSync && peerId != null && this.#syncPeers.has(peerId.toString())
  }

  async sync ({ entries }: SyncRequest, caller: RegistryCaller): Promise<Merged> {
    return await this.#answer(async () => {
      let merged = 0

      if (!this.maySync(caller)) {
        throw new RegistryError('unauthorized', 'unauthorized')
      }

      if (entries.length > MAX_SYNC_ENTRIES) {
        throw new RegistryError('invalid_input', `a sync has ${MAX_SYNC_ENTRIES} identities at most`)
      }

      for (let at = 0; at < entries.length; at += SYNC_SLICE) {
        const taken = await Promise.all(entries.slice(at, at + SYNC_SLICE).map(async entry => await this.#handles.sync(entry)))

        merged += taken.filter(isTaken => isTaken).length
      }

      this.counts.synced += merged

      return { merged }
    })
  }

  async nodes (): Promise<Nodes> {
    return await this.#answer(async () => ({ nodes: (await this.#nodes.addresses()).map(address => ({ address })) }))
  }

  async addNodes ({ nodes }: AddNodesRequest, { group }: Pick<RegistryCaller, 'group'>): Promise<Merged> {
    return await this.#answer(async () => {
      if (nodes.length > MAX_ADDED_NODES) {
        throw new RegistryError('invalid_input', `${MAX_ADDED_NODES} nodes at most are taken at a time`)
      }

      return { merged: await this.#nodes.add(nodes.map(({ address }) => address), group) }
    })
  }

  keys (): Keys {
    return this.#ring.list()
  }

  challenge (caller: RegistryCaller): Challenged {
    return this.#work.challenge(caller)
  }

  async rotateKey (options: RotateOptions = {}): Promise<Keys> {
    return await this.#answer(async () => await this.#ring.rotate(options))
  }

  async lookup (handle: string): Promise<PublicKey | undefined> {
    if (!HANDLE.test(handle)) {
      return undefined
    }

    return await this.#answer(async () => await this.#boundKeys.get(handle, async () => {
      const { handle: standing } = await this.#handles.read(Buffer.from(handle, 'hex'))

      return standing?.state === 'bound' ? publicKeyFromRaw(identityOf(standing).signingPublicKey) : undefined
    }))
  }

  totals (): RegistryTotals {
    return this.#store.registry.totals()
  }

  /** What an envelope holds, when it may be registered under this handle. */
  async #open ({ userId, envelope }: RegisterRequest, caller: RegistryCaller): Promise<NewIdentity> {
    checkHandle({ userId })

    if (envelope == null) {
      throw new RegistryError('invalid_input', 'envelope')
    }

    const key = this.#ring.find(envelope.kid)

    if (key == null) {
      throw new RegistryError('invalid_input', 'unknown envelope key')
    }

    checkEnvelope(envelope)
    const shared = await this.#agreements.agree(key.agreement, envelope.senderPublicKey)
    const json = openAgreed(envelope, { shared, pepper: this.#ring.pepper, userId })

    return { userId, identity: readIdentityOf(userId, json), json, peerId: peerIdOf(caller) }
  }

  async #answer<T> (call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (err) {
      throw toRegistryError(err)
    }
  }
}

function peerIdOf ({ peerId }: RegistryCaller): Uint8Array | undefined {
  return peerId?.toMultihash().bytes
}

function checkHandle ({ userId }: { userId: Uint8Array }): void {
  if (userId.byteLength !== USER_ID_BYTES) {
    throw new RegistryError('invalid_input', 'handle')
  }
}

/** The bytes are fresh ones. */
function asWire ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): NonNullable<Resolved['envelope']> {
  return { kid: Uint8Array.from(kid), senderPublicKey: Uint8Array.from(senderPublicKey), nonce: Uint8Array.from(nonce), ciphertext: ciphertext as Uint8Array<ArrayBuffer> }
}
