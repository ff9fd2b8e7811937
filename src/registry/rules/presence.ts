import { RegistryError } from '../errors.js'
import { trimWhiteSpace } from '../white-space.js'
import { busy } from './handles.js'
import { isReadable, openPresence, sealPresence } from './rows.js'
import type { AnnounceRequest, Present, RegistryCaller } from '../index.js'
import type { RowSeal } from '../openssl/row-seal.js'
import type { Handles } from './handles.js'
import type { RegistryStore } from '../../storage/index.js'

/** Of one user: the newest. */
export const MAX_ENTRIES = 8
/** Of all users. */
const MAX_PRESENCES = 131_072
/**
 * How much of that those may fill who announce for a handle that is nobody's, that is registered without a proof, and that is bound: names
 * cost nothing, registering costs a call of a rare kind, and an owner is kept out by neither.
 */
const SHARES = { nobody: 0.5, unbound: 0.75, bound: 1 } as const
/** That an entry lists beside the one that the announcer gave. */
const MAX_OBSERVED = 16
const MAX_ADDR_BYTES = 256
/** As often as others may be faster. */
const MAX_TRIES = 64
const NO_BYTES = new Uint8Array(0)

export interface PresencesInit {
  store: RegistryStore
  seal: RowSeal
  handles: Handles
  ttlMs: number
  /** Of all users. @default 131072 */
  maxPresences?: number
  /** Unix milliseconds. */
  now: () => number
}

/** Where users can be reached, as they say (specs/registry.md, Part I, "presence"). */
export class Presences {
  readonly #init: PresencesInit

  constructor (init: PresencesInit) {
    this.#init = init
  }

  /** @returns when what stands there is over, in Unix milliseconds */
  async announce ({ userId, addr, atMs, readable, proof }: AnnounceRequest, caller: RegistryCaller): Promise<number> {
    if (!Number.isSafeInteger(atMs) || atMs < 1) {
      throw invalid()
    }

    const { store, seal, handles, ttlMs, maxPresences = MAX_PRESENCES, now } = this.#init
    const peerId = caller.peerId?.toMultihash().bytes
    const index = seal.index(userId)
    const id = seal.entryId(userId, peerId ?? NO_BYTES)
    const sealed = sealPresence(seal, userId, { readable, peerId: peerId ?? NO_BYTES, addrs: addrsOf(addr, caller) })

    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { of, identity } = await handles.admitAnnounce(userId, proof, peerId)
      const at = now()
      const entry = { id, atMs: Math.min(atMs, at), expiresMs: Math.min(atMs, at) + ttlMs, sealed }
      const { outcome, expiresMs } = await store.announce(index, entry, { now: at, maxEntries: MAX_ENTRIES, maxTotal: Math.ceil(maxPresences * SHARES[of]), identity })

      if (outcome === 'full') {
        throw new RegistryError('storage_full', 'the node keeps as many entries of presence as it may')
      }

      if (outcome !== 'changed') {
        return expiresMs
      }
    }

    throw busy()
  }

  /** What may be read by others. */
  async of (userId: Uint8Array): Promise<Present['entries']> {
    const { store, seal, now } = this.#init
    const at = now()
    const rows = await store.presence(seal.index(userId), at)

    return rows.filter(({ sealed }) => isReadable(sealed)).flatMap(({ atMs, sealed }) => {
      const { readable, peerId, addrs } = openPresence(seal, userId, sealed)

      return readable ? [{ peerId: Uint8Array.from(peerId), addrs, ageMs: Math.max(0, at - atMs) }] : []
    })
  }
}

/** @throws RegistryError `invalid_input` when there is none, or one that is none */
function addrsOf (addr: string, { observedAddrs = [] }: RegistryCaller): string[] {
  const given = trimWhiteSpace(addr)
  const observed = observedAddrs.filter(seen => Buffer.byteLength(seen) <= MAX_ADDR_BYTES && seen !== given).slice(0, MAX_OBSERVED)

  if ((addr !== '' && given === '') || !given.isWellFormed() || Buffer.byteLength(given) > MAX_ADDR_BYTES || (given === '' && observed.length === 0)) {
    throw invalid()
  }

  return given === '' ? observed : [given, ...observed]
}

function invalid (): RegistryError {
  return new RegistryError('invalid_input', 'presence')
}
