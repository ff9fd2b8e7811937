import assert from 'node:assert/strict'
import { openEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement, keyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { ENGINES, NOBODY, NOW, Person, codeOf, jsonOf, resolved, withMemory } from './rig.js'
import { bytesOf, hexOf, readVectors } from './vectors.js'
import type { RegisterRequest } from '../../src/registry/index.js'

const [VECTOR] = readVectors().envelopes
assert.ok(VECTOR != null)
const APPENDIX_A = { pepper: bytesOf(VECTOR.pepper), envelopeKeys: [{ kid: bytesOf(VECTOR.kid), privateKey: bytesOf(VECTOR.nodePrivateKey), active: true }] }

for (const [engine, withEngine] of ENGINES) {
  describe(`registry: handles, on ${engine}`, () => {
    it('resolves what was registered, to the bytes of Appendix A, and tells who is there', async () => {
      await withEngine(async ({ rules }) => {
        const userId = bytesOf(VECTOR.userId)
        const own = keyAgreement(bytesOf(VECTOR.clientPrivateKey))
        const envelope = { kid: bytesOf(VECTOR.kid), senderPublicKey: bytesOf(VECTOR.clientPublicKey), nonce: bytesOf(VECTOR.nonce), ciphertext: bytesOf(VECTOR.ciphertext) }

        assert.deepEqual(await rules.check({ userId }, NOBODY), { exists: false })
        assert.deepEqual(await rules.resolve({ userId, requesterPublicKey: own.publicKey }, NOBODY), {})
        assert.deepEqual(await rules.register({ userId, envelope }, NOBODY), { bound: false })
        assert.deepEqual(await rules.check({ userId }, NOBODY), { exists: true })

        const answer = await rules.resolve({ userId, requesterPublicKey: own.publicKey }, NOBODY)

        assert.ok(answer.envelope != null)
        assert.equal(hexOf(answer.envelope.kid), VECTOR.kid)
        assert.equal(hexOf(answer.envelope.senderPublicKey), VECTOR.nodePublicKey)
        assert.equal(hexOf(openEnvelope(answer.envelope, { own, pepper: bytesOf(VECTOR.pepper), userId })), hexOf(Buffer.from(VECTOR.plaintext)))
        assert.notEqual(hexOf(answer.envelope.nonce), VECTOR.nonce)
      }, APPENDIX_A)
    })

    it('takes the same identity again, in any spelling, and no other under the handle', async () => {
      await withEngine(async ({ rules }) => {
        const alice = new Person('alice')
        const spaced = Buffer.from(jsonOf(alice.identity).replaceAll(',', ' ,\n').replace('alice', '\\u0061lice'))

        assert.deepEqual(await rules.register(alice.register(rules), NOBODY), { bound: false })
        assert.deepEqual(await rules.register(alice.register(rules), NOBODY), { bound: false })
        assert.deepEqual(await rules.register(alice.register(rules, { json: spaced }), NOBODY), { bound: false })
        assert.equal(await codeOf(rules.register(alice.register(rules, { identity: alice.changed() }), NOBODY)), 'conflict')
        assert.equal(await codeOf(rules.register(alice.register(rules, { identity: alice.changed(), at: NOW }), NOBODY)), 'conflict')
        assert.equal(await resolved(rules, alice), jsonOf(alice.identity))
        assert.deepEqual(rules.totals(), { identities: 1, presences: 0, nodes: 0 })
        assert.equal(rules.counts.registered, 1)
      })
    })

    it('gives a handle to one of 64 who register it at the same time', async () => {
      await withEngine(async ({ rules }) => {
        const all = Array.from({ length: 64 }, (_, n) => new Person('alice', n + 1))
        const outcomes = await Promise.all(all.map(async person => await codeOf(rules.register(person.register(rules, { at: NOW }), NOBODY))))
        const winner = all[outcomes.indexOf('ok')]

        assert.equal(outcomes.filter(outcome => outcome === 'ok').length, 1)
        assert.equal(outcomes.filter(outcome => outcome === 'conflict').length, 63)
        assert.ok(winner != null)
        assert.equal(await resolved(rules, winner), jsonOf(winner.identity))
        assert.equal(rules.totals().identities, 1)
      })
    })

    it('lets the signing key change and remove what is bound to it', async () => {
      await withEngine(async ({ rules, clock }) => {
        const alice = new Person('alice')

        assert.deepEqual(await rules.register(alice.register(rules, { at: NOW }), NOBODY), { bound: true })
        assert.deepEqual(await rules.update(alice.update(rules, { at: NOW + 1 }), NOBODY), { bound: true })
        assert.equal(await resolved(rules, alice), jsonOf(alice.changed()))
        assert.deepEqual(await rules.remove(alice.remove(NOW + 2), NOBODY), { existed: true })
        assert.equal(await resolved(rules, alice), undefined)
        assert.deepEqual(await rules.check({ userId: alice.userId }, NOBODY), { exists: false })
        assert.deepEqual(await rules.remove({ userId: alice.userId }, NOBODY), { existed: false })
        assert.equal(await codeOf(rules.update(alice.update(rules, { at: NOW + 3 }), NOBODY)), 'not_found')
        assert.equal(rules.totals().identities, 0)

        // the handle is free: for somebody without a proof, too
        const bob = new Person('alice', 2)

        assert.deepEqual(await rules.register(bob.register(rules), NOBODY), { bound: false })
        clock.now += 1
        assert.equal(await resolved(rules, alice), jsonOf(bob.identity))
      })
    })

    it('hands a handle over to a new signing key when both keys say so', async () => {
      await withEngine(async ({ rules }) => {
        const old = new Person('alice')
        const next = new Person('alice', 2)
        const json = Buffer.from(jsonOf(next.identity))
        const request = { ...old.update(rules, { identity: next.identity, at: NOW + 2 }) }

        await rules.register(old.register(rules, { at: NOW }), NOBODY)
        assert.equal(await codeOf(rules.update(request, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.update({ ...request, newKeyProof: next.prove('update', NOW, { identity: json }) }, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.update({ ...request, newKeyProof: old.prove('update', NOW + 1, { identity: json }) }, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.update({ ...request, proof: next.prove('update', NOW + 1, { identity: json }), newKeyProof: request.proof }, NOBODY)), 'unauthorized')
        assert.equal(await resolved(rules, old), jsonOf(old.identity))

        assert.deepEqual(await rules.update({ ...request, newKeyProof: next.prove('update', NOW + 1, { identity: json }) }, NOBODY), { bound: true })
        assert.equal(await resolved(rules, old), jsonOf(next.identity))
        assert.equal(await codeOf(rules.remove(old.remove(NOW + 3), NOBODY)), 'unauthorized')
        // the later of the two is the last
        assert.equal(await codeOf(rules.remove(next.remove(NOW + 2), NOBODY)), 'unauthorized')
        assert.deepEqual(await rules.remove(next.remove(NOW + 3), NOBODY), { existed: true })
      })
    })

    it('takes the later of two keys\' proofs for the last, whichever that is', async () => {
      for (const [oldAt, newAt] of [[NOW + 1, NOW + 2], [NOW + 2, NOW + 1]] as const) {
        await withEngine(async ({ rules }) => {
          const old = new Person('alice')
          const next = new Person('alice', 2)
          const identity = Buffer.from(jsonOf(next.identity))

          await rules.register(old.register(rules, { at: NOW }), NOBODY)
          await rules.update({ ...old.update(rules, { identity: next.identity, at: oldAt }), newKeyProof: next.prove('update', newAt, { identity }) }, NOBODY)
          assert.equal(await codeOf(rules.remove(next.remove(NOW + 2), NOBODY)), 'unauthorized')
          assert.equal(await codeOf(rules.remove(next.remove(NOW + 3), NOBODY)), 'ok')
        })
      }
    })

    it('does one after the other where an update and a removal come together', async () => {
      await withEngine(async ({ rules }) => {
        const people = Array.from({ length: 16 }, (_, n) => new Person(`user ${n}`, n + 1))

        for (const [n, person] of people.entries()) {
          await rules.register(person.register(rules, { at: NOW }), NOBODY)

          // either order of the proofs, and of the calls
          const update = async (): Promise<string> => await codeOf(rules.update(person.update(rules, { at: NOW + 1 + (n & 1) }), NOBODY))
          const remove = async (): Promise<string> => await codeOf(rules.remove(person.remove(NOW + 2 - (n & 1)), NOBODY))
          const [updated, removed] = (n & 2) === 0 ? await Promise.all([update(), remove()]) : (await Promise.all([remove(), update()])).reverse()
          const left = await resolved(rules, person)

          // what was answered is what is there: the removal was last, or it was too late for that
          if (removed === 'ok') {
            assert.ok(updated === 'ok' || updated === 'not_found', updated)
            assert.equal(left, undefined)
          } else {
            assert.deepEqual([updated, removed], ['ok', 'unauthorized'])
            assert.equal(left, jsonOf(person.changed()))
          }
        }
      })
    })

    it('looks up the key of a handle that is bound, for the mailbox', async () => {
      await withEngine(async ({ rules }) => {
        const alice = new Person('alice')
        const next = new Person('alice', 2)
        const key = async (): Promise<string | undefined> => {
          const found = await rules.lookup(alice.handle)

          return found == null ? undefined : hexOf(found.raw)
        }

        assert.equal(await key(), undefined)
        await rules.register(alice.register(rules), NOBODY)
        // whoever came first has proven nothing
        assert.equal(await key(), undefined)
        await rules.register(alice.register(rules, { at: NOW }), NOBODY)
        assert.equal(await key(), hexOf(alice.identity.signingPublicKey))
        await rules.update({ ...alice.update(rules, { identity: next.identity, at: NOW + 1 }), newKeyProof: next.prove('update', NOW + 1, { identity: Buffer.from(jsonOf(next.identity)) }) }, NOBODY)
        assert.equal(await key(), hexOf(next.identity.signingPublicKey))
        await rules.remove(next.remove(NOW + 2), NOBODY)
        assert.equal(await key(), undefined)
        assert.equal(await rules.lookup('a token'), undefined)
      })
    })
  })
}

describe('registry: what is registered', () => {
  it('has bytes of the right length and an envelope of this node\'s', async () => {
    await withMemory(async ({ rules }) => {
      const alice = new Person('alice')
      const right = alice.register(rules)
      const { envelope } = right
      assert.ok(envelope != null)
      const refused = async (request: RegisterRequest, message: RegExp): Promise<void> => {
        await assert.rejects(rules.register(request, NOBODY), { code: 'invalid_input', message })
      }

      await refused({ ...right, userId: alice.userId.subarray(1) }, /^handle$/)
      await refused({ userId: alice.userId }, /envelope/)
      await refused({ ...right, envelope: { ...envelope, kid: new Uint8Array(8) } }, /^unknown envelope key$/)
      await refused({ ...right, envelope: { ...envelope, kid: new Uint8Array(7) } }, /^unknown envelope key$/)
      await refused({ ...right, envelope: { ...envelope, nonce: new Uint8Array(24) } }, /^unable to decrypt envelope$/)
      await refused({ ...right, envelope: { ...envelope, nonce: new Uint8Array(23) } }, /nonce/)
      await refused({ ...right, envelope: { ...envelope, senderPublicKey: new Uint8Array(32) } }, /low order/)
      await refused({ ...right, userId: new Person('bob').userId }, /^unable to decrypt envelope$/)
      await refused({ ...right, envelope: new Person('bob').register(rules).envelope }, /^unable to decrypt envelope$/)
      assert.equal(rules.totals().identities, 0)
      await rules.register(right, NOBODY)
    })
  })

  const alice = new Person('alice')
  const spelled = jsonOf(alice.identity)
  const wrong: Array<[what: string, json: string, message: RegExp]> = [
    ['no JSON', '{', /JSON/],
    ['no object', '[]', /object/],
    ['something after it', `${spelled} 1`, /JSON/],
    ['a field twice', spelled.replace('"created_at_ms":1', '"created_at_ms":1,"created_at_ms":1'), /twice/],
    ['a field that is not known', spelled.replace('{', '{"admin":true,'), /not known/],
    ['a prototype', spelled.replace('{', '{"__proto__":{},'), /not known/],
    ['a missing field', spelled.replace('"signature":[7,8,9],', ''), /signature/],
    ['a short user id', spelled.replace(alice.handle, alice.handle.slice(1)), /user id hex/],
    ['another user id', spelled.replace(alice.handle, new Person('bob').handle), /^handle does not match identity$/],
    ['a number for a hint', spelled.replace('"alice"', '5'), /username_hint/],
    ['a blank hint', spelled.replace('"alice"', '" "'), /^identity$/],
    ['a hint of 65 bytes', spelled.replace('"alice"', JSON.stringify('a'.repeat(65))), /^identity$/],
    ['a control character in the hint', spelled.replace('"alice"', '"a\\u0007"'), /^identity$/],
    ['an empty key', spelled.replace('[7,8,9]', '[]'), /^identity$/],
    ['a byte of 256', spelled.replace('[7,8,9]', '[7,8,256]'), /signature/],
    ['a byte of -1', spelled.replace('[7,8,9]', '[-1]'), /signature/],
    ['a broken byte', spelled.replace('[7,8,9]', '[7.5]'), /signature/],
    ['text for bytes', spelled.replace('[7,8,9]', '"070809"'), /signature/],
    ['no time', spelled.replace('"created_at_ms":1', '"created_at_ms":0'), /^identity$/],
    ['a time of 65 bits', spelled.replace('"created_at_ms":1', '"created_at_ms":18446744073709551616'), /created_at_ms/],
    ['a time with a fraction', spelled.replace('"created_at_ms":1', '"created_at_ms":1.0'), /created_at_ms/],
    ['half a pair of surrogates', spelled.replace('"alice"', '"\\ud800"'), /JSON/]
  ]

  for (const [what, json, message] of wrong) {
    it(`is refused with ${what}`, async () => {
      await withMemory(async ({ rules }) => {
        await assert.rejects(rules.register(alice.register(rules, { json: Buffer.from(json) }), NOBODY), { code: 'invalid_input', message })
        await assert.rejects(rules.register(alice.register(rules, { json: Buffer.from(json) }), NOBODY), err => !(err as Error).message.includes('alice'))
        assert.equal(rules.totals().identities, 0)
      })
    })
  }

  it('may have no hint, any order, capitals in the user id, the largest time, and 65,520 bytes', async () => {
    await withMemory(async ({ rules }) => {
      const { user_id: id, username_hint: _, ...others } = JSON.parse(spelled) as Record<string, unknown>
      const json = JSON.stringify({ ...others, user_id: String(id).toUpperCase() }).replace('"created_at_ms":1', '"created_at_ms":18446744073709551615')
      const full = Buffer.from(json.padEnd(65_520))

      await rules.register(alice.register(rules, { json: full }), NOBODY)
      assert.equal(await resolved(rules, alice), full.toString())
      // one more cannot even be sealed; what can be, is too long inside
      assert.throws(() => alice.register(rules, { json: Buffer.from(json.padEnd(65_521)) }), { code: 'invalid_input' })
    })
  })

  it('is resolved for an X25519 key of 32 bytes that is not of low order', async () => {
    await withMemory(async ({ rules }) => {
      await rules.register(alice.register(rules), NOBODY)

      for (const user of [alice, new Person('nobody')]) {
        for (const key of ['', '00'.repeat(31), ...readVectors().lowOrderKeys]) {
          assert.equal(await codeOf(rules.resolve({ userId: user.userId, requesterPublicKey: bytesOf(key) }, NOBODY)), 'invalid_input', key)
        }

        assert.equal(await codeOf(rules.resolve({ userId: user.userId.subarray(1), requesterPublicKey: ephemeralKeyAgreement().publicKey }, NOBODY)), 'invalid_input')
        assert.equal(await codeOf(rules.check({ userId: user.userId.subarray(1) }, NOBODY)), 'invalid_input')
      }
    })
  })
})
