import assert from 'node:assert/strict'
import { RowSeal } from '../../../src/registry/openssl/row-seal.js'
import { openHandle, openPresence } from '../../../src/registry/rules/rows.js'
import { userIdOf } from '../../../src/registry/crypto/user-id.js'
import { hexOf } from '../../registry/vectors.js'
import { Handle, NOBODY, Prize } from './handles.js'
import type { Step, Standing } from './handles.js'
import type { Keys } from '../../../src/registry/index.js'
import type { KeysView } from '../../../src/node/registry-keys.js'
import type { Store } from '../../../src/storage/index.js'
import type { PrivateKey } from '@libp2p/interface'

export const REGISTRY_WRITERS = 8
const HANDLES_A_WRITER = 4
/** Handles a round that all writers want. */
const PRIZES = 2
/** `registry.presence.ttl_seconds` of the node. */
export const PRESENCE_TTL_MS = 3_600_000
/** What is told of a passer-by is over so much later. */
const PASSING_MS = 1500

interface Passer {
  userId: Uint8Array
  addr: string
  expiresMs: number
}

/** What the clients of a node know of its registry. */
export class RegistryBook {
  readonly #handles = Array.from({ length: REGISTRY_WRITERS * HANDLES_A_WRITER }, (_, n) => new Handle(`user-${n}`, Math.floor(n / HANDLES_A_WRITER)))
  readonly #prizes: Prize[] = []
  #passers: Passer[] = []
  #passed = 0
  /** Every key that a node ever told. */
  #keys: Keys | undefined
  /** Those that were told before this round. */
  #toldBefore: Keys['keys'] = []
  readonly answered: Record<Step, number> = { register: 0, announce: 0, bind: 0, update: 0, 'change key': 0, remove: 0, 'register bound': 0 }
  /** Calls that were done without anybody having heard of it. */
  unanswered = 0
  /** Registrations of what others wanted too, and those of them that were refused. */
  contested = 0
  refused = 0
  resolved = 0
  rotations = 0
  #woken = Promise.withResolvers<void>()

  get calls (): number {
    return Object.values(this.answered).reduce((sum, count) => sum + count, 0)
  }

  get prizes (): number {
    return this.#prizes.filter(({ owner }) => owner != null).length
  }

  get keyCount (): number {
    return this.#keys?.keys.length ?? 0
  }

  /** Before a round: handles that are there for whoever is first. */
  offer (): void {
    this.#toldBefore = [...this.#keys?.keys ?? []]

    for (let n = 0; n < PRIZES; n++) {
      this.#prizes.push(new Prize(`prize-${this.#prizes.length}`))
    }
  }

  /** Resolves when a call was answered. */
  async nextAnswered (): Promise<void> {
    this.#woken = Promise.withResolvers()
    await this.#woken.promise
  }

  handlesOf (writer: number): Handle[] {
    return this.#handles.slice(writer * HANDLES_A_WRITER, (writer + 1) * HANDLES_A_WRITER)
  }

  /** One of this round, or now and then any. */
  prize (): Prize {
    const from = Math.random() < 0.8 ? this.#prizes.length - PRIZES : 0
    const prize = this.#prizes[from + Math.floor(Math.random() * (this.#prizes.length - from))]

    assert.ok(prize != null)

    return prize
  }

  /** A node told its keys: all that were told before a kill are there, and accepted. */
  onKeys ({ pepper, keys }: Keys): void {
    for (const { kid, publicKey } of this.#toldBefore) {
      const key = keys.find(key => hexOf(key.kid) === hexOf(kid))

      assert.ok(key != null && hexOf(key.publicKey) === hexOf(publicKey), `the envelope key ${hexOf(kid)} was told and is gone`)
      assert.ok(key.notAfterMs === 0 || key.notAfterMs > Date.now(), `the envelope key ${hexOf(kid)} is over a day too early`)
    }

    const told = this.#keys?.keys ?? []
    const isNew = (kid: Uint8Array): boolean => told.every(key => hexOf(key.kid) !== hexOf(kid))

    assert.ok(this.#keys == null || hexOf(this.#keys.pepper) === hexOf(pepper), 'the pepper is another one')
    assert.equal(keys.filter(({ active }) => active).length, 1)
    // what came in a frame is copied
    this.#keys = {
      pepper: pepper.slice(),
      keys: [...told, ...keys.filter(({ kid }) => isNew(kid)).map(key => ({ ...key, kid: key.kid.slice(), publicKey: key.publicKey.slice() }))]
    }
  }

  /** It has a new key: that one is told from now on. */
  onRotated ({ pepper_hex: pepper, keys }: KeysView): void {
    this.onKeys({
      pepper: bytes(pepper),
      keys: keys.map(({ kid_hex: kid, x25519_public_key_hex: publicKey, active, not_after_epoch_ms: notAfterMs = 0 }) => ({ kid: bytes(kid), publicKey: bytes(publicKey), active, notAfterMs }))
    })
    this.rotations++
  }

  /** Any that was ever told: what is sealed to it is to be opened. */
  keys (): { keys: Keys, kid: Uint8Array } {
    const keys = this.#keys
    const key = keys?.keys[Math.floor(Math.random() * keys.keys.length)]

    assert.ok(keys != null && key != null)

    return { keys, kid: key.kid }
  }

  onAnswered (step: Step): void {
    this.answered[step]++
    this.#woken.resolve()
  }

  /** Somebody whose presence is over soon. */
  passer (): Omit<Passer, 'expiresMs'> & { atMs: number } {
    const n = this.#passed++

    return { userId: userIdOf(`passer-${n}`), addr: `https://passer-${n}.example`, atMs: Date.now() - PRESENCE_TTL_MS + PASSING_MS }
  }

  onPassed (passer: Passer): void {
    this.#passers.push(passer)
  }

  /** After a kill, with what the node left: all that was answered is there, and what was not is there whole or not at all. */
  async compare (store: Store, nodeKey: PrivateKey): Promise<void> {
    const seal = new RowSeal(nodeKey.raw)

    for (const handle of this.#handles) {
      this.unanswered += handle.found(await standing(store, seal, handle.userId)) ? 1 : 0
    }

    for (const prize of this.#prizes) {
      prize.found(await standing(store, seal, prize.userId))
    }

    for (const { userId, addr, expiresMs } of this.#passers) {
      const { addr: found } = await standing(store, seal, userId)

      assert.ok(found === addr || Date.now() >= expiresMs, `${addr} was announced until ${expiresMs} and is not there`)
    }

    this.#passers = this.#passers.filter(({ expiresMs }) => expiresMs > Date.now())
    assert.equal(store.registry.totals().identities, this.prizes + this.#handles.filter(({ stands: { json } }) => json !== '').length, 'identities that nobody registered')
  }
}

async function standing ({ registry }: Store, seal: RowSeal, userId: Uint8Array): Promise<Standing> {
  const now = Date.now()
  const row = await registry.identity(seal.index(userId), now)
  const entries = (await registry.presence(seal.index(userId), now)).map(({ sealed }) => openPresence(seal, userId, sealed))
  const addr = entries[0]?.addrs[0] ?? ''

  assert.ok(entries.length <= 1)

  if (row == null) {
    return { ...NOBODY, addr }
  }

  const { state, lastProofMs, json } = openHandle(seal, userId, row.sealed)

  assert.equal(row.forgetAtMs != null, state === 'removed')

  return { state, lastProofMs: Number(lastProofMs), json: Buffer.from(json).toString(), addr }
}

function bytes (text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
