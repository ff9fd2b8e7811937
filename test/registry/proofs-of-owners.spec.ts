import assert from 'node:assert/strict'
import { ENGINES, NOBODY, NOW, Person, codeOf, jsonOf, makePeer, resolved, withMemory } from './rig.js'
import type { TestRules } from './rig.js'
import type { Proof, RegistryCaller } from '../../src/registry/index.js'

const WINDOW = 5 * 60 * 1000

describe('registry: proofs', () => {
  const alice = new Person('alice')
  const json = Buffer.from(jsonOf(alice.identity))
  const changed = Buffer.from(jsonOf(alice.changed()))

  const wrong: Array<[what: string, proof: (call: 'register' | 'update' | 'remove' | 'announce', identity: Uint8Array | undefined, caller: RegistryCaller) => Proof]> = [
    ['of another call', (call, identity, { peerId }) => alice.prove(call === 'update' ? 'register' : 'update', NOW, { identity, peerId })],
    ['of another user', (call, identity, { peerId }) => alice.prove(call, NOW, { identity, peerId, userId: new Person('bob').userId })],
    ['by another key', (call, identity, { peerId }) => alice.prove(call, NOW, { identity, peerId, secretKey: new Person('bob', 2).secretKey })],
    ['of no caller', (call, identity) => alice.prove(call, NOW, { identity })],
    ['over an altered identity', (call, identity, { peerId }) => alice.prove(call, NOW, { identity: identity == null ? json : Buffer.concat([identity, Buffer.from(' ')]), peerId })],
    ['over no identity, or over one', (call, identity, { peerId }) => alice.prove(call, NOW, { identity: identity == null ? changed : undefined, peerId })],
    ['with another time than it was signed for', (call, identity, { peerId }) => ({ ...alice.prove(call, NOW, { identity, peerId }), issuedMs: BigInt(NOW + 1) })],
    ['cut short', (call, identity, { peerId }) => { const proof = alice.prove(call, NOW, { identity, peerId }); return { ...proof, signature: proof.signature.subarray(1) } }],
    ['that is empty', () => ({ issuedMs: BigInt(NOW), signature: new Uint8Array() })],
    ['from too long ago', (call, identity, { peerId }) => alice.prove(call, NOW - WINDOW - 1, { identity, peerId })],
    ['from too far ahead', (call, identity, { peerId }) => alice.prove(call, NOW + WINDOW + 1, { identity, peerId })]
  ]

  for (const [what, prove] of wrong) {
    it(`hold for nothing ${what}`, async () => {
      await withMemory(async ({ rules }) => {
        const caller = { ...NOBODY, peerId: await makePeer() }
        const right = (call: 'register' | 'update'): Parameters<typeof prove>[1] => call === 'register' ? json : changed

        assert.equal(await codeOf(rules.register({ ...alice.register(rules), proof: prove('register', right('register'), caller) }, caller)), 'unauthorized')
        assert.equal(rules.totals().identities, 0)
        await rules.register(alice.register(rules), caller)
        assert.equal(await codeOf(rules.register({ ...alice.register(rules), proof: prove('register', right('register'), caller) }, caller)), 'unauthorized')
        assert.equal(await codeOf(rules.update({ ...alice.update(rules), proof: prove('update', right('update'), caller) }, caller)), 'unauthorized')
        assert.equal(await codeOf(rules.remove({ userId: alice.userId, proof: prove('remove', undefined, caller) }, caller)), 'unauthorized')
        assert.equal(await codeOf(rules.announce(alice.announce({ proof: prove('announce', undefined, caller) }), caller)), 'unauthorized')
        assert.deepEqual(rules.totals(), { identities: 1, presences: 0, nodes: 0 })
        // none of it has bound the handle
        assert.equal(await rules.lookup(alice.handle), undefined)
        assert.equal(await resolved(rules, alice), jsonOf(alice.identity))
      })
    })
  }

  it('hold for the caller that they were made for, on any connection', async () => {
    await withMemory(async ({ rules }) => {
      const [mine, other] = [await makePeer(), await makePeer()]
      const request = alice.register(rules, { at: NOW, peerId: mine })

      assert.equal(await codeOf(rules.register(request, NOBODY)), 'unauthorized')
      assert.equal(await codeOf(rules.register(request, { ...NOBODY, peerId: other })), 'unauthorized')
      assert.deepEqual(await rules.register(request, { group: '2001:db8::/64', peerId: mine }), { bound: true })
    })
  })

  it('are as old as five minutes, and as far ahead', async () => {
    for (const at of [NOW - WINDOW, NOW + WINDOW]) {
      await withMemory(async ({ rules }) => {
        assert.deepEqual(await rules.register(alice.register(rules, { at }), NOBODY), { bound: true })
      })
    }
  })

  for (const [engine, withEngine] of ENGINES) {
    it(`bind a handle that was registered without one, by whichever call comes first, on ${engine}`, async () => {
      const calls: Array<(rig: TestRules) => Promise<unknown>> = [
        async ({ rules }) => await rules.register(alice.register(rules, { at: NOW }), NOBODY),
        async ({ rules }) => await rules.update(alice.update(rules, { identity: alice.identity, at: NOW }), NOBODY),
        async ({ rules }) => await rules.announce(alice.announce({ proof: alice.prove('announce', NOW) }), NOBODY)
      ]

      for (const call of calls) {
        await withEngine(async rig => {
          const { rules } = rig

          await rules.register(alice.register(rules), NOBODY)
          // somebody else, who may say so while it is unbound
          await rules.announce(alice.announce({ addr: 'https://mallory.example' }), { ...NOBODY, peerId: await makePeer() })
          await call(rig)
          assert.ok(await rules.lookup(alice.handle) != null)
          assert.ok((await rules.presence({ userId: alice.userId }, NOBODY)).entries.every(({ addrs }) => !addrs.includes('https://mallory.example')))
          assert.equal(await codeOf(rules.remove(alice.remove(NOW), NOBODY)), 'unauthorized')
          assert.deepEqual(await rules.remove(alice.remove(NOW + 1), NOBODY), { existed: true })
        })
      }
    })

    it(`are taken once, whatever the call, on ${engine}`, async () => {
      await withEngine(async ({ rules, clock }) => {
        const update = alice.update(rules, { at: NOW + 1 })
        const announce = alice.announce({ proof: alice.prove('announce', NOW + 2) })

        await rules.register(alice.register(rules, { at: NOW }), NOBODY)
        await rules.update(update, NOBODY)
        await assert.rejects(rules.update(update, NOBODY), { code: 'unauthorized', details: { issued_after_ms: String(NOW + 1), now_ms: String(NOW) } })
        await rules.announce(announce, NOBODY)
        assert.equal(await codeOf(rules.announce(announce, NOBODY)), 'unauthorized')
        clock.now += 1000
        assert.equal(await codeOf(rules.announce(announce, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.update(alice.update(rules, { at: NOW + 2 }), NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.update(alice.update(rules, { at: NOW + 3 }), NOBODY)), 'ok')
      })
    })

    it(`are remembered for as long as they could be played again, after the removal, on ${engine}`, async () => {
      await withEngine(async ({ rules, clock }) => {
        const first = alice.register(rules, { at: NOW + 1 })

        await rules.register(first, NOBODY)
        // the last one is from far ahead, and can be played the longest
        await rules.remove(alice.remove(NOW + WINDOW), NOBODY)
        assert.equal(await codeOf(rules.register(first, NOBODY)), 'unauthorized')
        clock.now = NOW + 1 + WINDOW
        assert.equal(await codeOf(rules.register(first, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.register(alice.register(rules, { at: NOW + WINDOW }), NOBODY)), 'unauthorized')
        // whoever comes without one does not wipe it out
        await rules.register(alice.register(rules), NOBODY)
        clock.now = NOW + 2 * WINDOW
        assert.equal(await codeOf(rules.register(alice.register(rules, { at: NOW + WINDOW }), NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.register(alice.register(rules, { at: NOW + WINDOW + 1 }), NOBODY)), 'ok')
      })
    })

    it(`are forgotten when they can no longer be played, and collected, on ${engine}`, async () => {
      await withEngine(async ({ rules, store, clock }) => {
        await rules.register(alice.register(rules, { at: NOW }), NOBODY)
        await rules.remove(alice.remove(NOW + WINDOW), NOBODY)
        clock.now = NOW + 2 * WINDOW
        assert.deepEqual(await store.registry.expire({ now: clock.now }), { removed: 0, more: false })
        clock.now += 1
        assert.equal(await codeOf(rules.register(alice.register(rules, { at: NOW + WINDOW }), NOBODY)), 'unauthorized')
        assert.deepEqual(await store.registry.expire({ now: clock.now }), { removed: 1, more: false })
      })
    })

    it(`that are the very same are the same registration again, on ${engine}`, async () => {
      await withEngine(async ({ rules }) => {
        const request = alice.register(rules, { at: NOW })

        assert.deepEqual(await rules.register(request, NOBODY), { bound: true })
        assert.deepEqual(await rules.register(request, NOBODY), { bound: true })
        assert.deepEqual(await rules.register(alice.register(rules), NOBODY), { bound: true })
        assert.equal(await codeOf(rules.register(alice.register(rules, { at: NOW - 1 }), NOBODY)), 'unauthorized')
      })
    })
  }

  it('by a key that is no Ed25519 key are none', async () => {
    await withMemory(async ({ rules }) => {
      const identity = { ...alice.identity, signingPublicKey: Uint8Array.of(1, 2, 3) }

      assert.equal(await codeOf(rules.register(alice.register(rules, { identity, at: NOW }), NOBODY)), 'unauthorized')
      await rules.register(alice.register(rules, { identity }), NOBODY)
      assert.equal(await codeOf(rules.remove(alice.remove(NOW), NOBODY)), 'unauthorized')

      const weak = { ...alice.identity, userId: new Person('weak').userId, signingPublicKey: new Uint8Array(32).fill(1, 0, 1) }
      const request = new Person('weak').register(rules, { identity: weak })

      assert.equal(await codeOf(rules.register({ ...request, proof: { issuedMs: BigInt(NOW), signature: new Uint8Array(64).fill(1, 0, 1) } }, NOBODY)), 'unauthorized')
    })
  })
})
