import assert from 'node:assert/strict'
import { ClientError } from '../../../src/client/index.js'
import { ProofClock } from '../../../src/client/registry/proof-clock.js'
import { Work } from '../../../src/client/registry/work.js'
import { Challenges } from '../../../src/registry/pow/challenges.js'
import type { WorkInit } from '../../../src/client/registry/work.js'
import type { RegistryProgress } from '../../../src/client/index.js'

const never = new AbortController().signal
const REQUIRED = new ClientError('pow_required', 'pow required')
const NOT_FOUND = new ClientError('not_found', 'this node asks for no proof of work')

/** A node's own challenges, and a client's way to them. */
class Gate {
  readonly challenges = new Challenges({ ttlSeconds: 60 })
  difficulty = 8
  isOn = true
  issued = 0
  refused = 0
  nowMs = 0
  readonly work: Work

  constructor (init: Partial<WorkInit> = {}) {
    this.work = new Work({
      challenge: async () => {
        if (!this.isOn) {
          throw NOT_FOUND
        }

        this.issued++

        return this.challenges.issue('me', this.difficulty)
      },
      maxDifficulty: 20,
      maxSolveMs: 30_000,
      now: () => this.nowMs,
      ...init
    })
  }

  /** One call that this node asks a proof of work for. */
  readonly call = async (proof?: { challenge: string, solution: string }): Promise<string> => {
    if (this.isOn && (proof == null || !this.challenges.redeem('me', proof.challenge, proof.solution))) {
      this.refused++
      throw REQUIRED
    }

    return 'done'
  }
}

describe('registry client: proofs of work', () => {
  it('are made when a call is refused for want of one, and then before the call', async () => {
    const gate = new Gate()
    const progress: RegistryProgress[] = []
    const options = { signal: never, onProgress: (event: RegistryProgress) => { progress.push(event) } }

    assert.equal(await gate.work.with('reading', options, gate.call), 'done')
    assert.deepEqual([gate.refused, gate.issued], [1, 1])
    assert.equal(await gate.work.with('reading', options, gate.call), 'done')
    assert.deepEqual([gate.refused, gate.issued], [1, 2])
    assert.deepEqual(progress, [{ type: 'registry:solving', detail: { difficulty: 8 } }, { type: 'registry:solving', detail: { difficulty: 8 } }])

    // others have to be asked for first
    assert.equal(await gate.work.with('writing', options, gate.call), 'done')
    assert.deepEqual([gate.refused, gate.issued], [2, 3])
    // and after a minute it is tried without
    gate.nowMs = 60_000
    assert.equal(await gate.work.with('reading', options, gate.call), 'done')
    assert.deepEqual([gate.refused, gate.issued], [3, 4])
  })

  it('are not made any more once the node asks for none', async () => {
    const gate = new Gate()

    await gate.work.with('reading', { signal: never }, gate.call)
    gate.isOn = false
    assert.equal(await gate.work.with('reading', { signal: never }, gate.call), 'done')
    assert.equal(await gate.work.with('reading', { signal: never }, gate.call), 'done')
    assert.deepEqual([gate.refused, gate.issued], [1, 1])
  })

  it('are made up to maxDifficulty, and no harder', async () => {
    const gate = new Gate({ maxDifficulty: 8 })

    assert.equal(await gate.work.with('reading', { signal: never }, gate.call), 'done')
    gate.difficulty = 9
    await assert.rejects(gate.work.with('reading', { signal: never }, gate.call), { code: 'too_much_work', retryable: false })
  })

  it('are given up after maxSolveMs, and when the signal aborts, while other work goes on', async () => {
    const hopeless = { maxDifficulty: 30, challenge: async () => ({ challenge: '00'.repeat(16), difficulty: 30 }) }
    let ticks = 0
    const timer = setInterval(() => { ticks++ }, 1)

    try {
      await assert.rejects(new Gate({ ...hopeless, maxSolveMs: 100 }).work.with('reading', { signal: never }, async () => { throw REQUIRED }), { code: 'too_much_work' })
      assert.ok(ticks > 2, `${ticks} ticks`)

      const aborting = new AbortController()
      const reason = new Error('enough')
      const asked = new Gate(hopeless).work.with('reading', { signal: aborting.signal, onProgress: () => { setTimeout(() => { aborting.abort(reason) }, 20) } }, async () => { throw REQUIRED })

      await assert.rejects(asked, reason)
    } finally {
      clearInterval(timer)
    }
  })

  it('that the node does not take are made three times, and what it asks for must be one', async () => {
    const gate = new Gate()
    let calls = 0

    await assert.rejects(gate.work.with('reading', { signal: never }, async () => {
      calls++
      throw REQUIRED
    }), { code: 'pow_required' })
    assert.deepEqual([calls, gate.issued], [4, 3])

    for (const challenge of [{ challenge: '', difficulty: 1 }, { challenge: 'x', difficulty: -1 }, { challenge: 'x', difficulty: 0.5 }]) {
      await assert.rejects(new Gate({ challenge: async () => challenge }).work.with('reading', { signal: never }, gate.call), { code: 'protocol_error' })
    }
  })
})

describe('registry client: times of proofs', () => {
  const unauthorized = (nowMs: number, afterMs: number): ClientError => new ClientError('unauthorized', 'the proof is of another time', { details: { now_ms: String(nowMs), issued_after_ms: String(afterMs) } })

  it('are those of the clock, each later than the one before', () => {
    let now = 1000
    const clock = new ProofClock(() => now)

    assert.deepEqual([clock.next(), clock.next()], [1000n, 1001n])
    now = 500
    assert.equal(clock.next(), 1002n)
    now = 5000
    assert.equal(clock.next(), 5000n)
  })

  it('follow the node\'s clock when that says that they are wrong, up to a day', () => {
    const now = 100_000_000
    const clock = new ProofClock(() => now)

    assert.equal(clock.next(), 100_000_000n)
    assert.equal(clock.learn(unauthorized(90_000_000, 0)), true)
    assert.equal(clock.next(), 90_000_000n)
    // the last one that was accepted was ahead of it
    assert.equal(clock.learn(unauthorized(90_000_001, 90_200_000)), true)
    assert.equal(clock.next(), 90_200_001n)

    assert.equal(clock.learn(unauthorized(now + 24 * 3600_000 + 1, 0)), false)
    assert.equal(clock.learn(unauthorized(now, now + 300_001)), false)
    assert.equal(clock.learn(new ClientError('unauthorized', 'the proof does not hold')), false)
    assert.equal(clock.learn(new ClientError('conflict', 'conflict')), false)
  })
})
