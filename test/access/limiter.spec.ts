import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limiter } from '../../src/access/index.js'
import type { CallGroup, Limiter, LimiterInit } from '../../src/access/index.js'

describe('access: limiter', () => {
  let now = 0

  const perSecond = { push: 10, pull: 5, ack: 10, register: 1, resolve: 3, check_user: 10, reserve: 10, connect: 50 }

  function limits (init: Partial<LimiterInit> = {}): Limiter {
    now = 1000

    return limiter({ enabled: true, globalPerSecond: 20, perSecond, burst: 4, banAfter: 3, banSeconds: 300, now: () => now, ...init })
  }

  function passes (limits: Limiter, caller: string, group: CallGroup, count: number): number {
    return Array.from({ length: count }, () => limits.charge(caller, group)).filter(({ allowed }) => allowed).length
  }

  it('lets a burst pass, then as many as come back in time, and says when the next may', () => {
    const set = limits({ banAfter: 100 })

    assert.equal(passes(set, 'a', 'pull', 10), 4)
    assert.deepEqual(set.charge('a', 'pull'), { allowed: false, retryAfterMs: 200 })
    now += 199
    assert.equal(set.charge('a', 'pull').allowed, false)
    now += 1
    assert.deepEqual(set.charge('a', 'pull'), { allowed: true })
    now += 3_600_000
    assert.equal(passes(set, 'a', 'pull', 10), 4, 'no more is saved up than a burst')
  })

  it('counts each caller by itself, and each group', () => {
    const set = limits({ banAfter: 100, globalPerSecond: 1_000_000, burst: 4 })

    assert.equal(passes(set, 'a', 'reserve', 9), 4)
    assert.equal(passes(set, 'b', 'reserve', 9), 4)
    assert.equal(passes(set, 'a', 'connect', 9), 4)
  })

  it('charges the global bucket for all groups but reserve and connect', () => {
    const set = limits({ banAfter: 100 })

    passes(set, 'a', 'reserve', 4)
    passes(set, 'a', 'connect', 4)
    assert.equal(passes(set, 'a', 'push', 2), 2)
    assert.equal(passes(set, 'a', 'other', 2), 2)
    assert.equal(set.charge('a', 'ack').allowed, false, 'the global bucket is empty, that of ack is full')
    assert.equal(set.charge('a', 'reserve').allowed, false)
  })

  it('charges both buckets also when one refuses', () => {
    const set = limits({ banAfter: 100, globalPerSecond: 1 })

    assert.equal(passes(set, 'a', 'other', 4), 4)
    assert.equal(passes(set, 'a', 'push', 4), 0)
    now += 1000
    assert.equal(set.charge('a', 'other').allowed, true)
    now += 100
    assert.equal(set.charge('a', 'push').allowed, false, 'global is empty again')
  })

  it('bans a bucket after so many refusals in a row, for so long, and not longer for what comes meanwhile', () => {
    const set = limits()

    assert.equal(passes(set, 'a', 'reserve', 6), 4)
    assert.deepEqual(set.charge('a', 'reserve'), { allowed: false, retryAfterMs: 300_000 })
    now += 299_999
    assert.deepEqual(set.charge('a', 'reserve'), { allowed: false, retryAfterMs: 1 })
    assert.equal(set.charge('a', 'connect').allowed, true, 'a ban is of one bucket')
    now += 1
    assert.equal(set.charge('a', 'reserve').allowed, true)
  })

  it('forgets refusals with the first call that passes', () => {
    const set = limits({ banAfter: 3 })

    passes(set, 'a', 'reserve', 6)
    now += 100
    assert.equal(set.charge('a', 'reserve').allowed, true)
    assert.equal(set.charge('a', 'reserve').retryAfterMs, 100)
    assert.equal(set.charge('a', 'reserve').retryAfterMs, 100)
    assert.equal(set.charge('a', 'reserve').retryAfterMs, 300_000)
  })

  it('bans at once with ban_after = 1', () => {
    const set = limits({ banAfter: 1 })

    passes(set, 'a', 'reserve', 4)
    assert.equal(set.charge('a', 'reserve').retryAfterMs, 300_000)
  })

  it('limits nothing when it is off', () => {
    const set = limits({ enabled: false })

    assert.equal(passes(set, 'a', 'push', 1000), 1000)
    assert.equal(set.size, 0)
  })

  it('remembers a bounded number of callers', () => {
    const set = limits()

    for (let i = 0; i < 300_000; i++) {
      set.charge(`caller ${i}`, 'push')
    }

    assert.ok(set.size <= 131_072, `${set.size}`)
  })

  it('never lets more pass than the burst and what time brings', () => {
    const steps = fc.array(fc.record({ wait: fc.nat(500), calls: fc.nat(20) }), { minLength: 1, maxLength: 100 })

    fc.assert(fc.property(steps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (steps, rate, burst) => {
      const set = limits({ burst, banAfter: 1_000_000, perSecond: { ...perSecond, connect: rate } })
      const begun = now
      let passed = 0

      for (const { wait, calls } of steps) {
        now += wait
        passed += passes(set, 'a', 'connect', calls)
        assert.ok(passed <= burst + (now - begun) / 1000 * rate + 1e-6)
      }
    }))
  })
})
