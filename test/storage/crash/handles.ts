import assert from 'node:assert/strict'
import { encodeIdentity } from '../../../src/registry/identity.js'
import { Person } from '../../registry/rig.js'
import type { Call } from '../../registry/service-rig.js'
import type { Keys, Proof, RegistryResponse } from '../../../src/registry/index.js'
import type { PeerId } from '@libp2p/interface'

/** How long a removal is remembered, as the specification says. */
const TOMBSTONE_MS = 300_000
/** Each handle goes through them again and again. */
const STEPS = ['register', 'announce', 'bind', 'announce', 'update', 'change key', 'announce', 'remove', 'register bound', 'announce', 'update', 'remove'] as const

export type Step = typeof STEPS[number]

/** What is in the store of one handle, as it can be compared. */
export interface Standing {
  state: 'nobody' | 'unbound' | 'bound' | 'removed'
  lastProofMs: number
  /** As it was sealed to the node. */
  json: string
  /** What was announced; '' = nothing. */
  addr: string
}

export const NOBODY: Standing = { state: 'nobody', lastProofMs: 0, json: '', addr: '' }

/** What a writer works with. */
export interface Means {
  peerId: PeerId
  /** What the node told, now or before any kill. */
  keys: Keys
  /** Of one of them. */
  kid: Uint8Array
}

/** A handle of one writer, which goes through a life of calls: what its rows are is known but for the call that has no answer yet. */
export class Handle {
  readonly name: string
  /** The signing key that it has now, and the one that it changes to. */
  #owners: [Person, Person]
  #step = 0
  #count = 0
  stands: Standing = NOBODY
  /** What stands there once the call that was sent is done. */
  wanted: Standing | undefined

  constructor (name: string, writer: number) {
    this.name = name
    this.#owners = [new Person(name, 100 + 2 * writer), new Person(name, 101 + 2 * writer)]
  }

  get userId (): Uint8Array {
    return this.#owners[0].userId
  }

  get step (): Step {
    return STEPS[this.#step % STEPS.length] ?? 'register'
  }

  /** The next call of its life. */
  begin ({ peerId, keys, kid }: Means): Call {
    const { step, stands } = this
    const [owner, next] = this.#owners
    const n = ++this.#count
    const at = Math.max(Date.now(), stands.lastProofMs + 1)
    const signer = step === 'change key' ? next : owner
    const json = step === 'bind' ? Buffer.from(stands.json) : encodeIdentity({ ...signer.identity, encryptionPublicKey: Uint8Array.of(1, n >> 16, n >> 8 & 0xff, n & 0xff) })
    const proof = (call: 'register' | 'update' | 'announce', by = owner): Proof => by.prove(call, at, { identity: call === 'announce' ? undefined : json, peerId })
    const sealed = { userId: this.userId, ...(step === 'remove' || step === 'announce' ? {} : { envelope: owner.seal({ keys: () => keys }, json, kid) }) }

    switch (step) {
      case 'register':
        this.wanted = { ...stands, state: 'unbound', json: textOf(json) }

        return { register: sealed }
      case 'bind':
      case 'register bound':
        this.wanted = { state: 'bound', lastProofMs: at, json: textOf(json), addr: '' }

        return { register: { ...sealed, proof: proof('register') } }
      case 'announce': {
        const addr = `https://${this.name}-${n}.example`
        const isBound = stands.state === 'bound'

        this.wanted = { ...stands, ...(isBound ? { lastProofMs: at } : {}), addr }

        return { announce: { userId: this.userId, addr, atMs: Date.now(), readable: true, ...(isBound ? { proof: proof('announce') } : {}) } }
      }
      case 'update':
      case 'change key':
        this.wanted = { ...stands, lastProofMs: at, json: textOf(json) }

        return { update: { ...sealed, proof: proof('update'), ...(step === 'update' ? {} : { newKeyProof: proof('update', next) }) } }
      case 'remove':
        this.wanted = { state: 'removed', lastProofMs: at, json: '', addr: '' }

        return { remove: owner.remove(at, peerId) }
    }
  }

  /** @throws AssertionError when the answer is not what a single writer gets */
  answered ({ registered, announced, removed }: RegistryResponse): void {
    const { step } = this

    if (step === 'announce') {
      assert.ok(announced != null && announced.expiresMs > Date.now(), `${this.name}: ${step}`)
    } else if (step === 'remove') {
      assert.equal(removed?.existed, true, `${this.name}: ${step}`)
    } else {
      assert.equal(registered?.bound, step !== 'register', `${this.name}: ${step}`)
    }

    this.#done()
  }

  /** After a kill: what was answered is there, and what was not is there whole or not at all. @returns whether a call was done that nobody had an answer to */
  found (found: Standing): boolean {
    const isDone = this.wanted != null && isSame(found, this.wanted)

    if (isDone) {
      this.#done()
    } else {
      assert.ok(isSame(found, this.stands), `${this.name}: ${textOf(found)} is there, ${textOf(this.stands)} was answered, and ${this.step} to ${textOf(this.wanted)} was not`)
    }

    // what is over was collected meanwhile
    this.stands = found
    this.wanted = undefined

    return isDone
  }

  #done (): void {
    assert.ok(this.wanted != null)
    this.stands = this.wanted
    this.wanted = undefined

    if (this.step === 'change key') {
      this.#owners = [this.#owners[1], this.#owners[0]]
    }

    this.#step++
  }
}

/** A handle that all writers want, each with a key of its own. */
export class Prize {
  readonly name: string
  readonly #asked = new Set<number>()
  /** Who was told that it has it, or was found to have it. */
  owner: number | undefined

  constructor (name: string) {
    this.name = name
  }

  begin (writer: number, at: number, { peerId, keys, kid }: Means): Call {
    const person = this.#person(writer)
    const json = encodeIdentity(person.identity)

    this.#asked.add(writer)

    return { register: { userId: person.userId, envelope: person.seal({ keys: () => keys }, json, kid), proof: person.prove('register', at, { identity: json, peerId }) } }
  }

  answered (writer: number, code: string): void {
    if (code === 'ok') {
      assert.ok(this.owner == null || this.owner === writer, `${this.name} was given to ${writer} and to ${this.owner}`)
      this.owner = writer
    } else {
      assert.equal(code, 'conflict', this.name)
      assert.ok(this.owner !== writer && [...this.#asked].some(other => other !== writer), `${this.name} was refused to ${writer}, who has it or was the only one`)
    }
  }

  get userId (): Uint8Array {
    return this.#person(0).userId
  }

  /** After a kill. */
  found ({ state, json }: Standing): void {
    const owner = [...this.#asked].find(writer => textOf(encodeIdentity(this.#person(writer).identity)) === json)

    assert.ok(owner === undefined ? state === 'nobody' : state === 'bound', `${this.name}: ${state}, of nobody who asked for it`)
    assert.ok(this.owner == null || owner === this.owner, `${this.name} was given to ${this.owner} and is ${owner}'s`)
    this.owner = owner

    if (owner == null) {
      this.#asked.clear()
    }
  }

  #person (writer: number): Person {
    return new Person(this.name, 1 + writer)
  }
}

/** A tombstone goes by itself; what is asked for in this test never stays that long but on a machine that stood still. */
function isSame (found: Standing, { state, lastProofMs, json, addr }: Standing): boolean {
  const isForgotten = found.lastProofMs === 0 && (state === 'removed' || state === 'unbound') && Date.now() > lastProofMs + TOMBSTONE_MS

  return found.json === json && found.addr === addr && (isForgotten || (found.state === state && found.lastProofMs === lastProofMs))
}

function textOf (value: Standing | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : JSON.stringify(value)
}
