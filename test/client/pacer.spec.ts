import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Pacer } from '../../src/client/pacer.js'
import { backoffMs } from '../../src/client/retry.js'

const never = new AbortController().signal

describe('the pace of calls', () => {
  it('lets as many through as it may, and the next when one is over, in the order in which they came', async () => {
    const pacer = new Pacer({ maxCalls: 2, maxBytes: 10 })
    const order: number[] = []
    const enter = async (n: number, bytes = 1): Promise<() => void> => {
      const leave = await pacer.enter(bytes, never)

      order.push(n)

      return leave
    }
    const [one, two] = [await enter(1), await enter(2)]
    const three = enter(3, 9)
    const four = enter(4)

    one()
    one()
    await three
    assert.deepEqual(order, [1, 2, 3])
    two()
    await four
    assert.deepEqual(order, [1, 2, 3, 4])
  })

  it('holds the bytes under way, but for one call of whatever size', async () => {
    const pacer = new Pacer({ maxCalls: 9, maxBytes: 10 })
    const large = await pacer.enter(11, never)
    let isIn = false
    const small = pacer.enter(0, never).then(leave => {
      isIn = true
      leave()
    })

    await new Promise(resolve => setImmediate(resolve))
    assert.equal(isIn, false)
    large()
    await small
  })

  it('forgets who gives up waiting', async () => {
    const pacer = new Pacer({ maxCalls: 1, maxBytes: 10 })
    const leave = await pacer.enter(1, never)
    const abort = new AbortController()
    const waiting = pacer.enter(1, abort.signal)
    const next = pacer.enter(1, never)

    abort.abort(new Error('no more'))
    await assert.rejects(waiting, /no more/)
    leave()
    await next
  })

  it('goes one at a time after a refusal, and wider with each answer', async () => {
    const pacer = new Pacer({ maxCalls: 3, maxBytes: 10 })

    pacer.refused(0)

    const one = await pacer.enter(1, never)
    const two = pacer.enter(1, never)
    const three = pacer.enter(1, never)
    let entered = 0

    two.then(() => { entered++ }, () => {})
    three.then(() => { entered++ }, () => {})
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(entered, 0)
    pacer.passed()
    one()
    await Promise.all([two, three])
  })

  it('waits a random part of a time that doubles, above what the node asks for', () => {
    const backoff = { attempts: 9, baseMs: 100, maxMs: 1000, totalMs: 1 }

    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, retryAfterMs, random) => {
      const ms = backoffMs(backoff, attempt, retryAfterMs, () => random)

      assert.ok(ms >= retryAfterMs && ms <= retryAfterMs + Math.min(1000, 100 * 2 ** (attempt - 1)))
    }))
    assert.equal(backoffMs(backoff, 3, 5, () => 0.5), 205)
  })
})
