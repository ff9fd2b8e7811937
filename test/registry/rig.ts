import assert from 'node:assert/strict'
import { generateKeyPair, generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ed25519 } from '@noble/curves/ed25519.js'
import { openEnvelope, sealEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { signProof } from '../../src/registry/crypto/proof.js'
import { userIdOf } from '../../src/registry/crypto/user-id.js'
import { encodeIdentity } from '../../src/registry/identity.js'
import { RegistryRules } from '../../src/registry/registry.js'
import { levelStore, memoryStore } from '../../src/storage/index.js'
import { withFolder } from '../storage/folder.js'
import type { ProvenCall } from '../../src/registry/crypto/proof.js'
import type { KeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import type { AnnounceRequest, Proof, PublicIdentity, RegisterRequest, Registry, RegistryCaller, RegistryRulesInit, RemoveRequest, SyncRequest, UpdateRequest } from '../../src/registry/index.js'
import type { RegistryRulesInternals } from '../../src/registry/registry.js'
import type { Store } from '../../src/storage/index.js'
import type { PeerId } from '@libp2p/interface'

export const NOW = 1_800_000_000_000

/** Of a node in tests. */
export const NODE_KEY = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(3))

/** Somebody on the web who proves nothing. */
export const NOBODY: RegistryCaller = { group: '192.0.2.1' }

export interface TestRules {
  rules: RegistryRules
  store: Store
  clock: { now: number, monotonic: number }
}

type Init = Partial<RegistryRulesInit> & { internals?: RegistryRulesInternals }

/** Rules over a store, started, with clocks that a test holds. */
export async function withRules (store: Store, test: (rig: TestRules) => Promise<void>, init: Init = {}): Promise<void> {
  const clock = { now: NOW, monotonic: 1_000_000 }
  const rules = new RegistryRules({ store, privateKey: NODE_KEY, now: () => clock.now, monotonic: () => clock.monotonic, onError: err => { throw err }, ...init }, init.internals)

  try {
    await rules.start()
    await test({ rules, store, clock })
  } finally {
    await rules.stop()
    await store.close()
  }
}

export async function withMemory (test: (rig: TestRules) => Promise<void>, init?: Init): Promise<void> {
  await withRules(await memoryStore(), test, init)
}

/** What the rules are tested on. */
export const ENGINES: ReadonlyArray<[name: string, run: typeof withMemory]> = [
  ['memory', withMemory],
  ['level', async (test, init) => { await withFolder(async folder => { await withRules(await levelStore(folder), test, init) }) }]
]

interface Sealing {
  identity?: PublicIdentity
  /** In place of the identity's own bytes. */
  json?: Uint8Array
  /** When the proof says that it was made; left out: no proof. */
  at?: number
  /** Whom it was made for. */
  peerId?: PeerId
}

/** Whose keys are to be sealed to. */
type KeyHolder = Pick<Registry, 'keys'>

/** Making one takes long. */
const PUBLIC_KEYS = new Map<number, Uint8Array>()

/** Somebody with a handle and an Ed25519 key. */
export class Person {
  readonly userId: Uint8Array
  readonly secretKey: Uint8Array
  readonly identity: PublicIdentity

  constructor (name: string, key = 1) {
    this.userId = userIdOf(name)
    this.secretKey = new Uint8Array(32).fill(key)
    const signingPublicKey = PUBLIC_KEYS.get(key) ?? ed25519.getPublicKey(this.secretKey)

    PUBLIC_KEYS.set(key, signingPublicKey)
    this.identity = {
      userId: this.userId,
      usernameHint: name,
      signingPublicKey,
      encryptionPublicKey: new Uint8Array(32).fill(0xe0 + key % 16),
      signature: Uint8Array.of(7, 8, 9),
      createdAtMs: 1n
    }
  }

  get handle (): string {
    return Buffer.from(this.userId).toString('hex')
  }

  /** The same one with other keys for messages. */
  changed (byte = 0x77): PublicIdentity {
    return { ...this.identity, encryptionPublicKey: new Uint8Array(32).fill(byte) }
  }

  prove (call: ProvenCall, issuedMs: number | bigint, { identity, peerId, secretKey = this.secretKey, userId = this.userId }: { identity?: Uint8Array, peerId?: PeerId, secretKey?: Uint8Array, userId?: Uint8Array } = {}): Proof {
    const issued = BigInt(issuedMs)

    return { issuedMs: issued, signature: signProof({ call, userId, identity, peerId: peerId?.toMultihash().bytes, issuedMs: issued }, secretKey) }
  }

  register (rules: KeyHolder, { identity = this.identity, json = encodeIdentity(identity), at, peerId }: Sealing = {}): RegisterRequest {
    return { userId: this.userId, envelope: this.seal(rules, json), ...(at == null ? {} : { proof: this.prove('register', at, { identity: json, peerId }) }) }
  }

  update (rules: KeyHolder, { identity = this.changed(), json = encodeIdentity(identity), at, peerId }: Sealing = {}): UpdateRequest {
    return { userId: this.userId, envelope: this.seal(rules, json), ...(at == null ? {} : { proof: this.prove('update', at, { identity: json, peerId }) }) }
  }

  remove (at: number, peerId?: PeerId): RemoveRequest {
    return { userId: this.userId, proof: this.prove('remove', at, { peerId }) }
  }

  announce (more: Partial<AnnounceRequest> = {}): AnnounceRequest {
    return { userId: this.userId, addr: 'https://alice.example', atMs: NOW, readable: true, ...more }
  }

  entry (call: string, at?: number, { identity = this.identity, peerId }: { identity?: PublicIdentity, peerId?: PeerId } = {}): SyncRequest['entries'][number] {
    const identityJson = encodeIdentity(identity)

    return { identityJson, call, peerId: peerId?.toMultihash().bytes ?? new Uint8Array(), ...(at == null ? {} : { proof: this.prove(call as ProvenCall, at, { identity: identityJson, peerId }) }) }
  }

  /** To the node's active key. */
  seal (rules: KeyHolder, json: Uint8Array, kid?: Uint8Array): NonNullable<RegisterRequest['envelope']> {
    const { keys, pepper } = rules.keys()
    const key = keys.find(key => kid == null ? key.active : Buffer.compare(key.kid, kid) === 0)

    assert.ok(key != null)

    return sealEnvelope(json, { own: ephemeralKeyAgreement(), pepper, userId: this.userId, to: key.publicKey, kid: key.kid })
  }
}

/** What the node says about a handle, opened; undefined: nobody. */
export async function resolved (rules: RegistryRules, { userId }: Person, own: KeyAgreement = ephemeralKeyAgreement()): Promise<string | undefined> {
  const { envelope } = await rules.resolve({ userId, requesterPublicKey: own.publicKey }, NOBODY)

  return envelope == null ? undefined : Buffer.from(openEnvelope(envelope, { own, pepper: rules.keys().pepper, userId })).toString()
}

/** The identity as it is resolved. */
export function jsonOf (identity: PublicIdentity): string {
  return Buffer.from(encodeIdentity(identity)).toString()
}

export async function makePeer (): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

/** The code that a call is refused with. */
export async function codeOf (call: Promise<unknown>): Promise<string> {
  return await call.then(() => 'ok', (err: unknown) => (err as { code?: string }).code ?? String(err))
}
