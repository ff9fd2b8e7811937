import { equals } from 'uint8arrays/equals'
import { RegistryError } from '../errors.js'
import { encodeIdentity } from '../identity.js'
import { PROOF_WINDOW_MS, isSignedBy, requireLater, requireProof } from './proofs.js'
import { isWithinRules, readIdentity } from '../read-identity.js'
import { identityOf, openHandle, sealHandle } from './rows.js'
import type { PublicIdentity } from '../identity.js'
import type { Proof, RemoveRequest, SyncRequest } from '../index.js'
import type { RowSeal } from '../openssl/row-seal.js'
import type { HandleState } from './rows.js'
import type { AnnounceOptions, IdentityRow, RegistryStore, ReplaceOptions } from '../../storage/index.js'

/** As often as others may be faster: each time one of them was done. */
const MAX_TRIES = 256
const NO_BYTES = new Uint8Array(0)

export interface HandlesInit {
  store: RegistryStore
  seal: RowSeal
  /** Unix milliseconds. */
  now: () => number
  /** Whose key may be another one. */
  onChange: (userId: Uint8Array) => void
}

/** An identity as it came, opened and checked. */
export interface NewIdentity {
  userId: Uint8Array
  identity: PublicIdentity
  /** What was sealed: a proof is about these bytes. */
  json: Uint8Array
  /** The caller's PeerId as multihash bytes, where it is proven. */
  peerId?: Uint8Array
}

/** What stands under a handle when it is looked at. */
export interface Standing {
  /** For the next change. */
  sealed: Uint8Array | undefined
  /** Who has it now. */
  handle?: HandleState
  /** Of the last proof that is remembered, by whoever has it or had it. */
  lastProofMs: bigint
}

/** Whose announce it is, and what stands there for the store to compare with. */
export interface AdmittedAnnounce {
  of: 'nobody' | 'unbound' | 'bound'
  identity: NonNullable<AnnounceOptions['identity']>
}

interface Change<T> {
  result: T
  /** Left out: nothing is to be done. */
  next?: HandleState
  dropPresence?: boolean
}

/**
 * Who has a handle, and who may change that. All changes go by comparing with what was read: two at a time on one handle are one after the
 * other, the second judged by what the first has left.
 */
export class Handles {
  readonly #store: RegistryStore
  readonly #seal: RowSeal
  readonly #now: () => number
  readonly #onChange: (userId: Uint8Array) => void

  constructor ({ store, seal, now, onChange }: HandlesInit) {
    this.#store = store
    this.#seal = seal
    this.#now = now
    this.#onChange = onChange
  }

  async read (userId: Uint8Array): Promise<Standing> {
    return this.#open(userId, await this.#store.identity(this.#seal.index(userId), this.#now()))
  }

  /** @returns whether it is bound, and whether it is new */
  async register (given: NewIdentity, proof: Proof | undefined): Promise<{ bound: boolean, isNew: boolean }> {
    const { userId, identity, json, peerId } = given
    const subject = { call: 'register', userId, identity: json, peerId } as const
    const canonical = encodeIdentity(identity)

    return await this.#change<{ bound: boolean, isNew: boolean }>(userId, ({ handle, lastProofMs }, now) => {
      // whoever brings the key, too: that is what an update is for
      if (handle != null && !equals(encodeIdentity(identityOf(handle)), canonical)) {
        throw new RegistryError('conflict', 'conflict')
      }

      const proven = proof == null ? undefined : requireProof(proof, identity.signingPublicKey, subject, { now, lastProofMs })

      if (handle == null) {
        if (proven != null) {
          requireLater(proven, { now, lastProofMs })
        }

        const next: HandleState = { state: proven == null ? 'unbound' : 'bound', lastProofMs: proven?.issuedMs ?? lastProofMs, json }

        return { result: { bound: proven != null, isNew: true }, next, dropPresence: proven != null }
      }

      const isBound = handle.state === 'bound'

      // the very request that bound it, once more: its answer may have been lost
      if (proven == null || (isBound && proven.issuedMs === lastProofMs)) {
        return { result: { bound: isBound, isNew: false } }
      }

      requireLater(proven, { now, lastProofMs })

      return { result: { bound: true, isNew: false }, next: { ...handle, state: 'bound', lastProofMs: proven.issuedMs }, dropPresence: !isBound }
    })
  }

  /** By the key that stands there, and by the new one where that is another. */
  async update (given: NewIdentity, proof: Proof | undefined, newKeyProof: Proof | undefined): Promise<void> {
    const { userId, identity, json, peerId } = given
    const subject = { call: 'update', userId, identity: json, peerId } as const

    await this.#change(userId, ({ handle, lastProofMs }, now) => {
      if (handle == null) {
        throw new RegistryError('not_found', 'nobody is registered under this handle')
      }

      const { signingPublicKey } = identityOf(handle)
      const proven = [requireProof(proof, signingPublicKey, subject, { now, lastProofMs })]

      if (!equals(signingPublicKey, identity.signingPublicKey)) {
        proven.push(requireProof(newKeyProof, identity.signingPublicKey, subject, { now, lastProofMs }))
      }

      proven.forEach(one => { requireLater(one, { now, lastProofMs }) })

      return { result: undefined, next: { state: 'bound', lastProofMs: latest(proven), json }, dropPresence: handle.state !== 'bound' }
    })
  }

  /** @returns whether there was anybody */
  async remove ({ userId, proof }: RemoveRequest, peerId: Uint8Array | undefined): Promise<boolean> {
    return await this.#change(userId, ({ handle, lastProofMs }, now) => {
      if (handle == null) {
        return { result: false }
      }

      const proven = requireProof(proof, identityOf(handle).signingPublicKey, { call: 'remove', userId, peerId }, { now, lastProofMs })

      requireLater(proven, { now, lastProofMs })

      return { result: true, next: { state: 'removed', lastProofMs: proven.issuedMs, json: NO_BYTES } }
    })
  }

  /** One identity that another node has. @returns whether it was taken: only where there is nobody, and none that was removed here since */
  async sync ({ identityJson, proof, call, peerId }: SyncRequest['entries'][number]): Promise<boolean> {
    const identity = readable(identityJson)

    if (identity == null) {
      return false
    }

    const { userId, signingPublicKey } = identity

    if (proof != null) {
      const isRight = (call === 'register' || call === 'update') && proof.issuedMs <= BigInt(this.#now() + PROOF_WINDOW_MS) &&
        isSignedBy(signingPublicKey, { call, userId, identity: identityJson, peerId }, proof)

      if (!isRight) {
        return false
      }
    }

    return await this.#change(userId, ({ sealed, handle, lastProofMs }) => {
      const wasRemovedSince = sealed != null && (proof == null || proof.issuedMs <= lastProofMs)

      if (handle != null || wasRemovedSince) {
        return { result: false }
      }

      return { result: true, next: { state: proof == null ? 'unbound' : 'bound', lastProofMs: proof?.issuedMs ?? 0n, json: identityJson }, dropPresence: proof != null }
    })
  }

  /**
   * What an announce is judged by, and what it makes of it.
   *
   * @returns the handle's row as it is then, and what is to take its place when the announce is stored: with that its proof is spent
   * @throws RegistryError `unauthorized`
   */
  async admitAnnounce (userId: Uint8Array, proof: Proof | undefined, peerId: Uint8Array | undefined): Promise<AdmittedAnnounce> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { sealed, handle, lastProofMs } = await this.read(userId)

      if (handle == null || (handle.state === 'unbound' && proof == null)) {
        return { of: handle == null ? 'nobody' : 'unbound', identity: { expected: sealed } }
      }

      const now = this.#now()
      const proven = requireProof(proof, identityOf(handle).signingPublicKey, { call: 'announce', userId, peerId }, { now, lastProofMs })

      requireLater(proven, { now, lastProofMs })

      const next = sealHandle(this.#seal, userId, { ...handle, state: 'bound', lastProofMs: proven.issuedMs })

      if (handle.state === 'bound') {
        return { of: 'bound', identity: { expected: sealed, next } }
      }

      // the first proof: what others have said before it goes
      if (await this.#replace(userId, sealed, { sealed: next }, { now, dropPresence: true })) {
        return { of: 'bound', identity: { expected: next } }
      }
    }

    throw busy()
  }

  /** Decides by what stands there, again when somebody was faster. */
  async #change<T> (userId: Uint8Array, decide: (standing: Standing, now: number) => Change<T>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const standing = await this.read(userId)
      const now = this.#now()
      const { result, next, dropPresence } = decide(standing, now)

      if (next == null || await this.#replace(userId, standing.sealed, this.#row(userId, next, now), { now, dropPresence })) {
        return result
      }
    }

    throw busy()
  }

  async #replace (userId: Uint8Array, expected: Uint8Array | undefined, next: IdentityRow, options: ReplaceOptions): Promise<boolean> {
    try {
      return await this.#store.replaceIdentity(this.#seal.index(userId), expected, next, options)
    } finally {
      // also of a call that failed: it may have been done
      this.#onChange(userId)
    }
  }

  /** A tombstone is there as long as a proof that was made before it may be taken. */
  #row (userId: Uint8Array, next: HandleState, now: number): IdentityRow {
    const sealed = sealHandle(this.#seal, userId, next)

    return next.state === 'removed' ? { sealed, forgetAtMs: Math.max(now, Number(next.lastProofMs)) + PROOF_WINDOW_MS + 1 } : { sealed }
  }

  #open (userId: Uint8Array, row: IdentityRow | undefined): Standing {
    if (row == null) {
      return { sealed: undefined, lastProofMs: 0n }
    }

    const handle = openHandle(this.#seal, userId, row.sealed)

    return { sealed: row.sealed, lastProofMs: handle.lastProofMs, ...(handle.state === 'removed' ? {} : { handle }) }
  }
}

/** Undefined: none that would be registered. */
function readable (json: Uint8Array): PublicIdentity | undefined {
  try {
    const identity = readIdentity(json)

    return isWithinRules(identity) ? identity : undefined
  } catch (err) {
    if (err instanceof RegistryError) {
      return undefined
    }

    throw err
  }
}

function latest (proofs: readonly Proof[]): bigint {
  return proofs.reduce((last, { issuedMs }) => issuedMs > last ? issuedMs : last, 0n)
}

/** What a call ends with that others were faster than each time. */
export function busy (): RegistryError {
  return new RegistryError('storage_error', 'too many change this handle at the same time')
}
