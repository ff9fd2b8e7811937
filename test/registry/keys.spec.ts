import assert from 'node:assert/strict'
import { openEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { keptKeys, RegistryRules } from '../../src/registry/index.js'
import { Agreements } from '../../src/registry/openssl/agreements.js'
import { memoryStore } from '../../src/storage/index.js'
import { ENGINES, NOBODY, NODE_KEY, NOW, Person, codeOf, jsonOf, resolved, withMemory } from './rig.js'
import { hexOf } from './vectors.js'
import type { Keys } from '../../src/registry/index.js'
import type { NodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'

/** Agreements that wait while a test wants them to. */
class HeldAgreements extends Agreements {
  #held: Promise<void> = Promise.resolve()

  hold (): PromiseWithResolvers<void> {
    const held = Promise.withResolvers<void>()

    this.#held = held.promise

    return held
  }

  override async agree (own: NodeKeyAgreement, publicKey: Uint8Array): Promise<Uint8Array> {
    await this.#held
    return await super.agree(own, publicKey)
  }
}

const DAY = 24 * 3600 * 1000

function shown ({ keys }: Keys): Array<{ active: boolean, notAfterMs: number }> {
  return keys.map(({ active, notAfterMs }) => ({ active, notAfterMs }))
}

describe('registry: envelope keys', () => {
  it('are made on the first start, and kept with the pepper', async () => {
    const store = await memoryStore()
    const init = { store, privateKey: NODE_KEY }
    const first = new RegistryRules(init)
    const settings = { settings: store.settings, now: Date.now }

    assert.equal(await keptKeys(settings), undefined)
    assert.throws(() => first.keys(), { code: 'internal_error' })
    await first.start()
    await first.stop()

    const again = new RegistryRules(init)

    await again.start()
    await again.stop()
    assert.deepEqual(again.keys(), first.keys())
    assert.deepEqual(await keptKeys(settings), first.keys())
    assert.deepEqual(shown(first.keys()), [{ active: true, notAfterMs: 0 }])
    assert.equal(first.keys().pepper.byteLength, 32)
    await store.close()

    const other = await memoryStore()
    const stranger = new RegistryRules({ ...init, store: other })

    await stranger.start()
    await stranger.stop()
    assert.notEqual(hexOf(stranger.keys().pepper), hexOf(first.keys().pepper))
    await other.close()
  })

  for (const [engine, withEngine] of ENGINES) {
    it(`change while the node runs: what was sealed to the old one is taken until it is over, on ${engine}`, async () => {
      await withEngine(async ({ rules, store, clock }) => {
        const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(name => new Person(name)) as [Person, Person, Person]
        const old = rules.keys().keys[0]
        assert.ok(old != null)
        const sealedToOld = { userId: bob.userId, envelope: bob.seal(rules, Buffer.from(jsonOf(bob.identity))) }
        const tooLate = { userId: carol.userId, envelope: carol.seal(rules, Buffer.from(jsonOf(carol.identity))) }

        await rules.register(alice.register(rules), NOBODY)

        const rotated = await rules.rotateKey()

        assert.deepEqual(shown(rotated), [{ active: true, notAfterMs: 0 }, { active: false, notAfterMs: NOW + DAY }])
        assert.deepEqual(rules.keys(), rotated)
        assert.equal(hexOf(rotated.keys[1]?.kid ?? new Uint8Array()), hexOf(old.kid))
        assert.equal(await resolved(rules, alice), jsonOf(alice.identity))
        clock.now = NOW + DAY
        await rules.register(sealedToOld, NOBODY)
        clock.now += 1
        await assert.rejects(rules.register(tooLate, NOBODY), { code: 'invalid_input', message: 'unknown envelope key' })
        await rules.register(carol.register(rules), NOBODY)

        // what is over stays in the list, and its private key is gone
        assert.deepEqual(shown(await rules.rotateKey({ notAfterMs: clock.now + 5 })), [{ active: true, notAfterMs: 0 }, { active: false, notAfterMs: clock.now + 5 }, { active: false, notAfterMs: NOW + DAY }])
        const kept = JSON.parse(Buffer.from(await store.settings.get('registry.envelope.keys') ?? []).toString()) as { keys: Array<{ privateKey?: string }> }

        assert.deepEqual(kept.keys.map(({ privateKey }) => privateKey != null), [true, true, false])
        assert.equal(await resolved(rules, alice), jsonOf(alice.identity))
      })
    })
  }

  it('change under load without one call that fails', async () => {
    await withMemory(async ({ rules }) => {
      const outcomes: Array<Promise<string>> = []
      const people = Array.from({ length: 60 }, (_, n) => new Person(`user ${n}`))

      for (const [n, person] of people.entries()) {
        outcomes.push(codeOf(rules.register(person.register(rules), NOBODY)))
        outcomes.push(codeOf(resolved(rules, people[n >> 1] ?? person)))

        if (n % 10 === 0) {
          outcomes.push(codeOf(rules.rotateKey()))
        }

        await new Promise(resolve => { setImmediate(resolve) })
      }

      assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(['ok']))
      assert.equal(rules.keys().keys.length, 7)
      assert.equal(rules.keys().keys.filter(({ active }) => active).length, 1)
      assert.equal(rules.totals().identities, 60)
    })
  })

  it('change while a call agrees on a secret: the call ends with the key that it began with', async () => {
    const agreements = new HeldAgreements()

    await withMemory(async ({ rules, clock }) => {
      const [alice, bob] = [new Person('alice'), new Person('bob')]
      const own = ephemeralKeyAgreement()

      await rules.register(alice.register(rules), NOBODY)
      const { keys: [old], pepper } = rules.keys()

      const held = agreements.hold()
      const resolving = rules.resolve({ userId: alice.userId, requesterPublicKey: own.publicKey }, NOBODY)
      const registering = rules.register(bob.register(rules), NOBODY)

      const { keys: [next] } = await rules.rotateKey({ notAfterMs: NOW })

      clock.now++
      held.resolve()
      await registering
      const { envelope } = await resolving

      assert.ok(envelope != null && old != null && next != null)
      assert.notEqual(hexOf(next.kid), hexOf(old.kid))
      assert.equal(hexOf(envelope.kid), hexOf(old.kid))
      assert.equal(hexOf(envelope.senderPublicKey), hexOf(old.publicKey))
      assert.equal(Buffer.from(openEnvelope(envelope, { own, pepper, userId: alice.userId })).toString(), jsonOf(alice.identity))
      assert.equal(await resolved(rules, bob), jsonOf(bob.identity))
    }, { internals: { agreements } })
  })

  it('are 64 at most, of which the oldest go', async () => {
    await withMemory(async ({ rules }) => {
      const first = rules.keys().keys[0]
      assert.ok(first != null)

      await Promise.all(Array.from({ length: 63 }, async () => await rules.rotateKey()))
      assert.equal(hexOf(rules.keys().keys.at(-1)?.kid ?? new Uint8Array()), hexOf(first.kid))
      await rules.rotateKey()
      assert.equal(rules.keys().keys.length, 64)
      assert.equal(new Set(rules.keys().keys.map(({ kid }) => hexOf(kid))).size, 64)
      assert.ok(rules.keys().keys.every(({ kid }) => hexOf(kid) !== hexOf(first.kid)))
    })
  })

  it('are dropped when they are over before one that is still accepted, however old', async () => {
    await withMemory(async ({ rules, clock }) => {
      const first = hexOf(rules.keys().keys[0]?.kid ?? new Uint8Array())

      await rules.rotateKey({ notAfterMs: NOW + 365 * DAY })

      for (let n = 0; n < 70; n++) {
        clock.now += DAY
        await rules.rotateKey({ notAfterMs: clock.now + 1 })
      }

      assert.equal(rules.keys().keys.length, 64)
      assert.equal(hexOf(rules.keys().keys.at(-1)?.kid ?? new Uint8Array()), first)

      const { keys } = rules.keys()

      // the newest of those that are over are still listed
      assert.deepEqual(keys.slice(1, 63).map(({ notAfterMs }) => notAfterMs), Array.from({ length: 62 }, (_, n) => NOW + (70 - n) * DAY + 1))
    })
  })

  it('come from the configuration in its order, with those that are over, and change there', async () => {
    const key = (n: number, more: { active: boolean, notAfterMs?: number }): { kid: Uint8Array, privateKey: Uint8Array, active: boolean, notAfterMs?: number } => ({ kid: new Uint8Array(8).fill(n), privateKey: new Uint8Array(32).fill(n), ...more })
    const envelopeKeys = [key(1, { active: true, notAfterMs: NOW - 1 }), key(2, { active: false }), key(3, { active: true, notAfterMs: NOW }), key(4, { active: true })]
    const pepper = new Uint8Array(32).fill(9)

    await withMemory(async ({ rules, store, clock }) => {
      const alice = new Person('alice')
      const own = ephemeralKeyAgreement()
      const answerKid = async (): Promise<string> => hexOf((await rules.resolve({ userId: alice.userId, requesterPublicKey: own.publicKey }, NOBODY)).envelope?.kid ?? new Uint8Array())

      assert.deepEqual(shown(rules.keys()), [{ active: false, notAfterMs: NOW - 1 }, { active: false, notAfterMs: 0 }, { active: true, notAfterMs: NOW }, { active: true, notAfterMs: 0 }])
      assert.equal(hexOf(rules.keys().pepper), hexOf(pepper))
      // one that is not active is taken, too
      await rules.register({ userId: alice.userId, envelope: alice.seal(rules, Buffer.from(jsonOf(alice.identity)), new Uint8Array(8).fill(2)) }, NOBODY)
      assert.equal(await answerKid(), '03'.repeat(8))
      clock.now++
      assert.equal(await answerKid(), '04'.repeat(8))
      assert.equal(await codeOf(rules.rotateKey()), 'conflict')
      assert.equal(await store.settings.get('registry.envelope.keys'), undefined)
      assert.equal(await store.settings.get('registry.envelope.pepper'), undefined)
    }, { envelopeKeys, pepper })

    // none is left: nobody is resolved, whoever it is
    await withMemory(async ({ rules }) => {
      for (const name of ['alice', 'nobody']) {
        assert.equal(await codeOf(resolved(rules, new Person(name))), 'internal_error')
      }
    }, { envelopeKeys: envelopeKeys.slice(0, 2) })
  })

  it('that were damaged in the store are said to be, and stay as they are', async () => {
    const key = { kid: '00'.repeat(8), publicKey: '00'.repeat(32), privateKey: '01'.repeat(32), active: true, notAfterMs: 0 }
    const kept = (...keys: unknown[]): string => JSON.stringify({ version: 1, keys })
    const damaged: Array<[name: string, text: string]> = [
      ['keys', 'no JSON{'], ['keys', 'null'], ['keys', '{"version":1}'], ['keys', '{"version":2,"keys":[]}'], ['keys', kept()], ['keys', kept(null)], ['keys', kept({ ...key, kid: '00' })],
      ['keys', kept({ ...key, publicKey: 'x'.repeat(64) })], ['keys', kept({ ...key, privateKey: 1 })], ['keys', kept({ ...key, active: 1 })], ['keys', kept({ ...key, notAfterMs: '1' })], ['pepper', 'short']
    ]

    for (const [name, text] of damaged) {
      const store = await memoryStore()
      const setting = `registry.envelope.${name}`

      await store.settings.set('registry.envelope.pepper', new Uint8Array(32))
      await store.settings.set('registry.envelope.keys', Buffer.from(kept(key)))
      await store.settings.set(setting, Buffer.from(text))
      await assert.rejects(new RegistryRules({ store, privateKey: NODE_KEY }).start(), { code: 'internal_error', message: /damaged, or a later version.*backup/ }, text)
      await assert.rejects(keptKeys({ settings: store.settings, now: Date.now }), { code: 'internal_error' }, text)
      assert.equal(Buffer.from(await store.settings.get(setting) ?? []).toString(), text)
      await store.close()
    }
  })

  it('that cannot be used are refused at once', async () => {
    const store = await memoryStore()
    const right = { kid: new Uint8Array(8), privateKey: new Uint8Array(32).fill(1), active: true }
    const wrong = [
      { envelopeKeys: [] },
      { envelopeKeys: [{ ...right, active: false }] },
      { envelopeKeys: [right, right] },
      { envelopeKeys: [{ ...right, kid: new Uint8Array(7) }] },
      { envelopeKeys: [{ ...right, privateKey: new Uint8Array(31) }] },
      { pepper: new Uint8Array(31) },
      { maxNodes: 0 },
      { powDifficulty: 31 },
      { presenceTtlSeconds: 0.5 }
    ]

    for (const init of wrong) {
      assert.throws(() => new RegistryRules({ store, privateKey: NODE_KEY, ...init }), { code: 'invalid_registry_option' }, JSON.stringify(init))
    }

    assert.ok(new RegistryRules({ store, privateKey: NODE_KEY, envelopeKeys: [right], pepper: new Uint8Array(32), maxNodes: 1, powDifficulty: 30 }))
    await store.close()
  })
})
