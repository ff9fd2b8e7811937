import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { loadGuard } from '../../src/access/index.js'
import type { LoadGuardInit } from '../../src/access/index.js'
import type { DefaultLoadGuard } from '../../src/access/load.js'

describe('access: load', () => {
  let now = 0
  let rss = 0
  let guard: DefaultLoadGuard

  function make (init: Partial<LoadGuardInit>): DefaultLoadGuard {
    // the test moves the clock and asks for the samples itself
    guard = loadGuard({ maxRssBytes: 1000, maxEventLoopDelayMs: 500, now: () => now, rss: () => rss, ...init }) as DefaultLoadGuard
    now = 0
    rss = 0
    guard.start()

    return guard
  }

  function pass (ms: number, stepMs = 100): void {
    for (let end = now + ms; now < end;) {
      now += stepMs
      guard.sample()
    }
  }

  afterEach(() => { guard.stop() })

  it('tells of memory above the limit, within a second, and no longer when it is below again', () => {
    make({})
    rss = 1000
    pass(1000)
    assert.equal(guard.overload(), undefined)
    rss = 1001
    pass(1000)
    assert.equal(guard.overload(), 'memory')
    rss = 1000
    pass(1000)
    assert.equal(guard.overload(), undefined)
  })

  it('takes three quarters of the memory there is for 0', () => {
    make({ maxRssBytes: 0 })
    rss = totalmem()
    pass(1000)
    assert.equal(guard.overload(), 'memory')
    rss = 1
    pass(1000)
    assert.equal(guard.overload(), undefined)
  })

  it('tells of an event loop that is late by more than the limit on the mean of five seconds', () => {
    make({})
    pass(5000, 600)
    assert.ok(guard.eventLoopDelayMs <= 500)
    assert.equal(guard.overload(), undefined, 'late by 500 ms each time')
    pass(6000, 1500)
    assert.equal(guard.overload(), 'event_loop_delay')
    pass(5000)
    assert.equal(guard.overload(), undefined)
  })

  it('takes one long stall for what it is, and one short one for nothing', () => {
    make({})
    pass(5000)
    pass(2000, 2000)
    assert.equal(guard.overload(), undefined)
    pass(5000)
    pass(10_000, 10_000)
    assert.equal(guard.overload(), 'event_loop_delay')
  })

  it('never tells of delay when the limit is 0', () => {
    make({ maxEventLoopDelayMs: 0 })
    pass(30_000, 10_000)
    assert.equal(guard.overload(), undefined)
  })

  it('is busy while the loop has worked for more than seven tenths of 300 ms', () => {
    let worked = 0
    const work = (share: number, ms: number): void => {
      for (let end = now + ms; now < end;) {
        now += 100
        worked += share * 100
        guard.sample()
      }
    }

    make({ worked: () => worked })
    work(0.7, 2100)
    assert.equal(guard.isBusy, false)
    work(0.75, 300)
    assert.equal(guard.isBusy, true)
    work(0.2, 300)
    assert.equal(guard.isBusy, false)
  })

  it('is busy at once behind a stall', () => {
    let worked = 0

    make({ worked: () => worked })
    pass(300)
    worked += 1900
    pass(1900, 1900)
    assert.equal(guard.isBusy, true)
  })

  it('sees a real loop that is busy without being late', async () => {
    guard = loadGuard({ maxRssBytes: Number.MAX_SAFE_INTEGER, maxEventLoopDelayMs: 500 }) as DefaultLoadGuard
    guard.start()

    const end = performance.now() + 5000

    while (!guard.isBusy && performance.now() < end) {
      const blocked = performance.now() + 20

      while (performance.now() < blocked) { /* a loop that does other work */ }

      await new Promise(resolve => { setImmediate(resolve) })
    }

    assert.equal(guard.isBusy, true)
    assert.equal(guard.overload(), undefined)
  })

  it('sees a real loop that is blocked', async () => {
    guard = loadGuard({ maxRssBytes: Number.MAX_SAFE_INTEGER, maxEventLoopDelayMs: 20 }) as DefaultLoadGuard
    guard.start()

    const end = performance.now() + 3000

    while (guard.overload() == null && performance.now() < end) {
      const blocked = performance.now() + 400

      while (performance.now() < blocked) { /* a loop that does other work */ }

      await new Promise(resolve => { setTimeout(resolve, 1) })
    }

    assert.equal(guard.overload(), 'event_loop_delay')
  })
})
