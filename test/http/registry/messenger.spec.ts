import assert from 'node:assert/strict'
import { keyAgreement, ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { sealEnvelope } from '../../../src/registry/crypto/envelope.js'
import { encodeIdentity } from '../../../src/registry/index.js'
import { solveChallenge } from '../../../src/registry/pow/solve.js'
import { call, errorOf, post } from '../rig.js'
import { Person, open } from './person.js'
import { RegistryRig, assertRefused } from './rig.js'
import type { Answer } from '../rig.js'
import type { EnvelopeJson } from './person.js'
import type { RegistryDoor } from './rig.js'

const CODES = new Set(['RATE_LIMITED', 'POW_REQUIRED', 'INVALID_INPUT', 'UNAUTHORIZED', 'FEATURE_DISABLED', 'CONFIG'])

/** What the messenger does at its start (specs/registry.md, 8.2), with the pepper from its configuration. */
class Messenger {
  readonly #door: RegistryDoor
  readonly #person: Person
  #key?: { kid: string, publicKey: Uint8Array }
  /** Calls of /envelope_pubkeys. */
  asked = 0

  constructor (door: RegistryDoor, person: Person) {
    this.#door = door
    this.#person = person
  }

  async register (): Promise<Answer> {
    const answer = await this.#register()

    if (answer.status === 400 && errorOf(answer).code === 'INVALID_INPUT' && errorOf(answer).message.toLowerCase().includes('envelope key')) {
      this.#key = undefined

      return await this.#register()
    }

    return answer
  }

  async #register (): Promise<Answer> {
    this.#key ??= await this.#activeKey()

    const { userId, handle } = this.#person
    const sealed = sealEnvelope(encodeIdentity(this.#person.identity()), {
      own: ephemeralKeyAgreement(),
      pepper: this.#door.registry.keys().pepper,
      userId,
      to: this.#key.publicKey,
      kid: Buffer.from(this.#key.kid, 'hex')
    })
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

    return await post(this.#door, '/register', {
      handle,
      envelope: { kid: hex(sealed.kid), sender_pubkey: hex(sealed.senderPublicKey), nonce: hex(sealed.nonce), ciphertext: Buffer.from(sealed.ciphertext).toString('base64') }
    })
  }

  async #activeKey (): Promise<{ kid: string, publicKey: Uint8Array }> {
    const keys = (await call(`${this.#door.url}/envelope_pubkeys`)).json as unknown as Array<Record<string, unknown>>
    const key = keys.find(({ active }) => active === true) ?? keys[0]

    this.asked++

    return { kid: String(key?.kid_hex), publicKey: Buffer.from(String(key?.x25519_public_key_hex), 'hex') }
  }
}

describe('http: the messenger at the registry', () => {
  const rig = new RegistryRig()

  it('starts, and starts again, with the identity that it has', async () => {
    const door = await rig.door()
    const alice = new Person('alice')

    assert.equal((await new Messenger(door, alice).register()).text, '{"ok":true}')
    assert.equal((await new Messenger(door, alice).register()).text, '{"ok":true}')
  })

  it('fetches the key again when its own is not known any more, and registers', async () => {
    let now = 1_000_000
    const door = await rig.door({ rules: { now: () => now } })
    const alice = new Messenger(door, new Person('alice'))
    const bob = new Messenger(door, new Person('bob'))

    await alice.register()
    await bob.register()
    await door.registry.rotateKey({ notAfterMs: now + 1000 })
    assert.equal((await alice.register()).text, '{"ok":true}')
    assert.equal(alice.asked, 1)
    now += 1001
    assert.equal((await bob.register()).text, '{"ok":true}')
    assert.equal(bob.asked, 2)
  })

  it('resolves with a fresh key, finds nobody, checks, and announces every minute', async () => {
    const door = await rig.door()
    const alice = new Person('alice')
    const own = keyAgreement(new Uint8Array(32).fill(9))
    const body = { handle: alice.handle, requester_ephemeral_pubkey_hex: Buffer.from(own.publicKey).toString('hex') }

    assert.equal((await post(door, '/resolve', body)).json.envelope, null)
    await new Messenger(door, alice).register()

    const { envelope } = (await post(door, '/resolve', body)).json

    assert.deepEqual(Object.keys(envelope as object), ['kid', 'sender_pubkey', 'nonce', 'ciphertext'])
    assert.deepEqual(JSON.parse(open(door.registry.keys(), alice.userId, own, envelope as EnvelopeJson)).user_id, alice.handle)
    assert.deepEqual((await call(`${door.url}/check_user/${alice.handle}`)).json, { exists: true })

    for (const addr of [door.url, 'local']) {
      assert.deepEqual((await post(door, '/announce', { user_id: alice.handle, addr, ts_ms: Date.now() })).json, { ok: true })
    }
  })

  it('does its work for a challenge, which it reads by another name, and is told to do it again when it sends it twice', async () => {
    const { url } = await rig.door({ rules: { powEnabled: true, powDifficulty: 6 } })
    const { challenge, difficulty, _expires_ms: end } = (await call(`${url}/pow/challenge`)).json as { challenge: string, difficulty: number, _expires_ms: number }
    const headers = { 'x-enigma-pow': `${challenge}:${await solveChallenge(challenge, difficulty)}` }
    const check = async (): Promise<Answer> => await call(`${url}/check_user/${'ab'.repeat(32)}`, { headers })

    assert.ok(end > Date.now())
    assert.equal((await check()).status, 200)
    assertRefused(await check(), 400, 'POW_REQUIRED')
  })

  it('reads codes and messages that are text', async () => {
    const door = await rig.door({ limits: { enabled: true, burst: 3, globalPerSecond: 0.001, banAfter: 100 } })
    const answers = [await post(door, '/register', '{'), await post(door, '/resolve', { handle: 'x', requester_ephemeral_pubkey_hex: 'x' }), await post(door, '/sync', { identities: [] }), await post(door, '/announce', {})]

    for (const answer of answers) {
      const { code, message } = errorOf(answer)

      assert.ok(CODES.has(code), code)
      assert.equal(typeof message, 'string')
    }

    assert.deepEqual(answers.map(({ status }) => status), [400, 400, 401, 429])
  })
})
