import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Attempts } from '../../src/access/attempts.js'
import { TokenBuckets } from '../../src/access/token-buckets.js'

describe('token buckets', () => {
  it('give a second\'s worth at once and then one for each part of a second', () => {
    let now = 0
    const buckets = new TokenBuckets({ perSecond: 2, maxKeys: 10, now: () => now })

    assert.deepEqual([1, 2, 3].map(() => buckets.take('a')), [true, true, false])
    assert.equal(buckets.take('b'), true)
    now = 499
    assert.equal(buckets.take('a'), false)
    now = 500
    assert.deepEqual([1, 2].map(() => buckets.take('a')), [true, false])
    now = 1_000_000
    assert.deepEqual([1, 2, 3].map(() => buckets.take('a')), [true, true, false])
  })

  it('let no more through than the burst and the rate, at any times', () => {
    fc.assert(fc.property(fc.array(fc.nat(400)), fc.integer({ min: 1, max: 20 }), (steps, perSecond) => {
      let now = 0
      let taken = 0
      const buckets = new TokenBuckets({ perSecond, maxKeys: 1, now: () => now })

      for (const step of steps) {
        now += step
        taken += buckets.take('a') ? 1 : 0
        assert(taken <= perSecond + now / 1000 * perSecond + 1e-6)
      }
    }))
  })

  it('keep to their bound under a flood of addresses, forgetting the oldest', () => {
    const buckets = new TokenBuckets({ perSecond: 1, maxKeys: 100, now: () => 0 })
    buckets.take('first')

    for (let i = 0; i < 99; i++) {
      assert.equal(buckets.take(`${i}`), true)
    }

    assert.equal(buckets.take('first'), false)

    for (let i = 0; i < 10_000; i++) {
      buckets.take(`more ${i}`)
    }

    assert.equal(buckets.size, 100)
  })
})

describe('attempts', () => {
  it('never pass the most within any window', () => {
    fc.assert(fc.property(fc.array(fc.nat(30)), steps => {
      let now = 0
      const passed: number[] = []
      const attempts = new Attempts({ max: 3, windowMs: 50, maxKeys: 1, now: () => now })

      for (const step of steps) {
        now += step
        const before = passed.filter(time => now - time < 50).length
        assert.equal(attempts.take('a'), before < 3)

        if (before < 3) {
          passed.push(now)
        }
      }
    }))
  })

  it('keep to their bound under a flood of addresses', () => {
    const attempts = new Attempts({ max: 3, windowMs: 50, maxKeys: 100, now: () => 0 })

    for (let i = 0; i < 1_000; i++) {
      attempts.take(`${i}`)
    }

    assert.equal(attempts.size, 100)
  })
})
