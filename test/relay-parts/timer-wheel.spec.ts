import assert from 'node:assert/strict'
import fc from 'fast-check'
import { TimerWheel } from '../../src/relay/timer-wheel.js'

describe('relay: timer wheel', () => {
  function wheelAt (start = 1000): { wheel: TimerWheel, at: (ms: number) => void } {
    let now = start
    const wheel = new TimerWheel({ tickMs: 100, now: () => now })

    return { wheel, at: ms => { now = start + ms; wheel.advance() } }
  }

  it('calls no sooner than asked and at most one tick late', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 50 }), fc.integer({ min: 0, max: 5000 }), (delays, start) => {
      const { wheel, at } = wheelAt(start)
      const called = new Map<number, number>()
      let now = 0

      delays.forEach((delay, i) => { wheel.schedule(delay, () => { called.set(i, now) }) })

      for (now = 0; now <= 5200; now += 10) {
        at(now)
      }

      delays.forEach((delay, i) => {
        const when = called.get(i) ?? Infinity
        assert.ok(when >= delay && when <= delay + 110, `asked for ${delay}, came at ${when}`)
      })
      assert.equal(wheel.size, 0)
    }), { numRuns: 50 })
  })

  it('does not call what was called off, and runs the rest after a long stall', () => {
    const { wheel, at } = wheelAt()
    const calls: string[] = []
    const off = wheel.schedule(200, () => { calls.push('off') })

    wheel.schedule(500, () => { calls.push('second') })
    wheel.schedule(300, () => { calls.push('first') })
    off.cancel()
    off.cancel()
    assert.equal(wheel.size, 2)
    at(1_000_000)
    assert.deepEqual(calls, ['first', 'second'])
    assert.equal(wheel.size, 0)
  })

  it('takes a deadline that is set from within a call', () => {
    const { wheel, at } = wheelAt()
    const calls: string[] = []

    wheel.schedule(100, () => {
      calls.push('outer')
      wheel.schedule(100, () => { calls.push('inner') })
    })
    at(150)
    at(200)
    assert.deepEqual(calls, ['outer'])
    at(400)
    assert.deepEqual(calls, ['outer', 'inner'])
    wheel.clear()
  })

  it('keeps no process alive and holds nothing after clear()', () => {
    const { wheel, at } = wheelAt()

    wheel.schedule(100, () => { assert.fail('called after clear()') })
    wheel.clear()
    assert.equal(wheel.size, 0)
    at(1000)
  })
})
