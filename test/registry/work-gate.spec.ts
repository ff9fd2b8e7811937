import assert from 'node:assert/strict'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { solveChallenge } from '../../src/registry/pow/solve.js'
import { noSolution } from '../support/no-solution.js'
import { NOBODY, NOW, Person, codeOf, makePeer, withMemory } from './rig.js'
import type { Challenged, Registry, RegistryCaller } from '../../src/registry/index.js'

const ON = { powEnabled: true, powDifficulty: 4, powTtlSeconds: 60, registerRps: 1 }
const alice = new Person('alice')

/** The caller with a proof of work that is right. */
async function worked (rules: Registry, caller: RegistryCaller = NOBODY, { challenge, difficulty }: Challenged = rules.challenge(caller)): Promise<RegistryCaller> {
  return { ...caller, proofOfWork: { challenge, solution: await solveChallenge(challenge, difficulty) } }
}

/** The same with a solution that is none. */
function shirked (caller: RegistryCaller): RegistryCaller {
  const challenge = caller.proofOfWork?.challenge ?? ''

  return { ...caller, proofOfWork: { challenge, solution: noSolution(challenge, ON.powDifficulty) } }
}

describe('registry: which calls need a proof of work', () => {
  it('is none while it is off, and then there are no challenges', async () => {
    await withMemory(async ({ rules }) => {
      assert.throws(() => rules.challenge(NOBODY), { code: 'not_found' })
      assert.deepEqual(await rules.check({ userId: alice.userId }, NOBODY), { exists: false })
    })
  })

  it('is each of resolve, check and presence, once a proof', async () => {
    await withMemory(async ({ rules, clock }) => {
      const calls: Array<(caller: RegistryCaller) => Promise<unknown>> = [
        async caller => await rules.resolve({ userId: alice.userId, requesterPublicKey: ephemeralKeyAgreement().publicKey }, caller),
        async caller => await rules.check({ userId: alice.userId }, caller),
        async caller => await rules.presence({ userId: alice.userId }, caller)
      ]

      for (const call of calls) {
        const caller = await worked(rules)

        await assert.rejects(call(NOBODY), { code: 'pow_required', message: 'pow required' })
        assert.equal(await codeOf(call(shirked(caller))), 'pow_required')
        assert.equal(await codeOf(call(caller)), 'ok')
        assert.equal(await codeOf(call(caller)), 'pow_required')
      }

      const challenge = rules.challenge(NOBODY)

      assert.equal(challenge.difficulty, 4)
      assert.match(challenge.challenge, /^[0-9a-f]{32}$/)
      assert.ok(challenge.expiresMs >= NOW + 60_000 && challenge.expiresMs <= NOW + 61_000, String(challenge.expiresMs))

      const late = await worked(rules, NOBODY, challenge)

      clock.monotonic += 62_000
      assert.equal(await codeOf(rules.check({ userId: alice.userId }, late)), 'pow_required')
    }, ON)
  })

  it('is for the peer who asked, on any connection, and else for the address', async () => {
    await withMemory(async ({ rules }) => {
      const [peerId, otherPeer] = [await makePeer(), await makePeer()]
      const here = { group: '192.0.2.1', peerId }
      const solved = await worked(rules, here)
      const check = async (caller: RegistryCaller): Promise<string> => await codeOf(rules.check({ userId: alice.userId }, { ...caller, proofOfWork: solved.proofOfWork }))

      assert.equal(await check({ group: '192.0.2.1' }), 'pow_required')
      assert.equal(await check({ group: '192.0.2.1', peerId: otherPeer }), 'pow_required')
      assert.equal(await check({ group: '198.51.100.1', peerId }), 'ok')

      const byAddress = await worked(rules, { group: '192.0.2.1' })

      assert.equal(await codeOf(rules.check({ userId: alice.userId }, { ...byAddress, group: '192.0.2.2' })), 'pow_required')
      assert.equal(await codeOf(rules.check({ userId: alice.userId }, byAddress)), 'ok')
    }, ON)
  })

  it('is register and announce only while the whole node gets more than ten times register_rps of them, and then it rises', async () => {
    await withMemory(async ({ rules, clock }) => {
      const announce = async (caller: RegistryCaller = NOBODY): Promise<string> => await codeOf(rules.announce(alice.announce(), caller))

      // ten a second for ten seconds, whoever calls
      for (let n = 0; n < 100; n++) {
        assert.equal(await announce({ group: `192.0.2.${n}` }), 'ok')
      }

      assert.equal(rules.challenge(NOBODY).difficulty, 4)
      assert.equal(await announce(), 'pow_required')
      assert.equal(await codeOf(rules.register(alice.register(rules), NOBODY)), 'pow_required')
      assert.equal(await codeOf(rules.register(alice.register(rules), await worked(rules))), 'ok')
      // what belongs to somebody already is not asked for it
      assert.equal(await codeOf(rules.update(alice.update(rules, { at: NOW }), NOBODY)), 'ok')

      for (let n = 0; n < 1700; n++) {
        await announce()
      }

      assert.equal(rules.challenge(NOBODY).difficulty, 7)
      assert.equal(await codeOf(rules.remove(alice.remove(NOW + 1), NOBODY)), 'ok')
      clock.monotonic += 11_000
      assert.equal(rules.challenge(NOBODY).difficulty, 4)
      assert.equal(await announce(), 'ok')
    }, ON)
  })

  it('is not register and announce of a node under load that has it off', async () => {
    await withMemory(async ({ rules }) => {
      for (let n = 0; n < 120; n++) {
        await rules.announce(alice.announce(), NOBODY)
      }
    }, { ...ON, powEnabled: false })
  })
})
