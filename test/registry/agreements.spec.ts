import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { keyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { InvalidRegistryInputError } from '../../src/registry/errors.js'
import { Agreements } from '../../src/registry/openssl/agreements.js'
import { nodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'
import { codeOf } from './rig.js'
import type { NodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'

/** A key whose agreements end when the test says so. Their secret is the other key. */
class HeldKey implements NodeKeyAgreement {
  readonly publicKey = new Uint8Array(32)
  readonly begun: Array<{ end: () => void, fail: (err: Error) => void }> = []

  agree (publicKey: Uint8Array): Uint8Array {
    return publicKey
  }

  async agreeAside (publicKey: Uint8Array): Promise<Uint8Array> {
    return await new Promise((resolve, reject) => { this.begun.push({ end: () => { resolve(publicKey) }, fail: reject }) })
  }
}

async function agreeAll (agreements: Agreements, own: NodeKeyAgreement, count: number, onEnd: (n: number) => void = () => {}): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, async (_, n) => await codeOf(agreements.agree(own, Uint8Array.of(n)).then(secret => { onEnd(secret[0] ?? -1) }))))
}

/** What ends in one is told in the next. */
async function turns (): Promise<void> {
  await nextTurn()
  await nextTurn()
}

describe('registry: key agreements beside the event loop', () => {
  it('come to what the two keys agree on, and fail as they do', async () => {
    const agreements = new Agreements()
    const [own, other] = [nodeKeyAgreement(new Uint8Array(32).fill(1)), keyAgreement(new Uint8Array(32).fill(2))]

    assert.deepEqual(Buffer.from(await agreements.agree(own, other.publicKey)), Buffer.from(other.agree(own.publicKey)))
    await assert.rejects(agreements.agree(own, new Uint8Array(32)), InvalidRegistryInputError)
    await assert.rejects(agreements.agree(own, new Uint8Array(31)), InvalidRegistryInputError)
    await agreements.stop()
  })

  it('are begun together where one turn of the event loop asks for them, 32 at a time and the others in their order', async () => {
    const agreements = new Agreements()
    const own = new HeldKey()
    const ended: number[] = []
    const all = agreeAll(agreements, own, 35, n => { ended.push(n) })

    assert.equal(own.begun.length, 0)
    await nextTurn()
    assert.equal(own.begun.length, 32)
    assert.equal(agreements.waiting, 3)
    own.begun[0]?.end()
    own.begun[1]?.fail(new Error('no'))
    await turns()
    assert.deepEqual(ended, [0])
    assert.equal(own.begun.length, 34)

    for (let n = 2; n < 35; n++) {
      own.begun[n]?.end()
      await turns()
    }

    assert.equal((await all).filter(code => code === 'ok').length, 34)
    assert.deepEqual(ended, [0, ...Array.from({ length: 33 }, (_, n) => n + 2)])
    assert.equal(agreements.waiting, 0)
    await agreements.stop()
  })

  it('that end in one turn of the event loop are told in one', async () => {
    const agreements = new Agreements()
    const own = new HeldKey()
    const ended: number[] = []
    const all = agreeAll(agreements, own, 3, n => { ended.push(n) })

    await nextTurn()
    own.begun[0]?.end()
    own.begun[1]?.end()
    // no turn, however many promises there are
    await Promise.resolve().then(() => {}).then(() => {}).then(() => {})
    assert.deepEqual(ended, [])
    own.begun[2]?.end()
    await all
    assert.deepEqual(ended, [0, 1, 2])
  })

  it('are dropped by a stop where they were not begun, which waits for the others; after a start there are new ones', async () => {
    const agreements = new Agreements()
    const own = new HeldKey()
    const ended: number[] = []
    const all = agreeAll(agreements, own, 40, n => { ended.push(n) })

    await nextTurn()
    let isStopped = false
    const stopped = agreements.stop().then(() => { isStopped = true })

    assert.equal(await codeOf(agreements.agree(own, new Uint8Array(32))), 'shutting_down')

    for (const [n, { end }] of own.begun.entries()) {
      assert.equal(isStopped, false)
      end()
      await turns()
      assert.equal(ended.length, n + 1)
    }

    await stopped
    const outcomes = await all

    assert.deepEqual(outcomes.slice(0, 32), Array.from({ length: 32 }, () => 'ok'))
    assert.deepEqual(outcomes.slice(32), Array.from({ length: 8 }, () => 'shutting_down'))
    assert.equal(own.begun.length, 32)

    agreements.start()
    const again = agreeAll(agreements, own, 1)

    await nextTurn()
    own.begun.at(-1)?.end()
    assert.deepEqual(await again, ['ok'])
    await agreements.stop()
  })

  it('are dropped by a stop in the turn in which they were asked for', async () => {
    const agreements = new Agreements()
    const own = new HeldKey()
    const all = agreeAll(agreements, own, 2)

    await agreements.stop()
    await turns()
    assert.deepEqual(await all, ['shutting_down', 'shutting_down'])
    assert.equal(own.begun.length, 0)
  })
})
