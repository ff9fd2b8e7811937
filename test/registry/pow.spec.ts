import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { InvalidRegistryInputError } from '../../src/registry/errors.js'
import { Challenges } from '../../src/registry/pow/challenges.js'
import { PowLoad } from '../../src/registry/pow/load.js'
import { solveChallenge } from '../../src/registry/pow/solve.js'
import { UsedChallenges } from '../../src/registry/pow/used-challenges.js'
import { startsWithZeroBits } from '../../src/registry/pow/zero-bits.js'
import { noSolution } from '../support/no-solution.js'
import { readVectors } from './vectors.js'

describe('registry proofs of work', () => {
  let now = 0
  const challenges = (init: { ttlSeconds?: number, maxUsed?: number } = {}): Challenges => new Challenges({ ttlSeconds: 120, now: () => now, ...init })

  beforeEach(() => { now = 1000 })

  it('are found where the vectors have them', async () => {
    const { proofsOfWork } = readVectors()

    assert.ok(proofsOfWork.length > 0)

    for (const { challenge, difficulty, solution, digest } of proofsOfWork) {
      assert.equal(await solveChallenge(challenge, difficulty), solution)
      assert.ok(createHash('sha256').update(challenge + solution).digest('hex').startsWith(digest))
    }
  })

  it('count zero bits as a reader of binary digits does', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.nat(32), (digest, count) => {
      const bits = [...digest].map(byte => byte.toString(2).padStart(8, '0')).join('')

      assert.equal(startsWithZeroBits(digest, count), count <= bits.length && !bits.slice(0, count).includes('1'))
    }))
  })

  it('are taken once, of the requester that asked, and until the challenge is over', async () => {
    const node = challenges()
    const { challenge, ttlMs } = node.issue('alice', 6)
    const solution = await solveChallenge(challenge, 6)

    assert.match(challenge, /^[0-9a-f]{32}$/)
    assert.equal(node.redeem('bob', challenge, solution), false)
    assert.equal(challenges().redeem('alice', challenge, solution), false, 'of another process')
    assert.equal(node.redeem('alice', challenge, solution), true)
    assert.equal(node.redeem('alice', challenge, solution), false)

    const late = node.issue('alice', 0).challenge
    const inTime = node.issue('alice', 0).challenge

    now += ttlMs - 1
    assert.equal(node.redeem('alice', inTime, '0'), true)
    now += 1
    assert.equal(node.redeem('alice', late, '0'), false)
  })

  it('are refused without the work, with a challenge that was altered, and as any other text', async () => {
    const node = challenges()
    const { challenge } = node.issue('alice', 8)
    const solution = await solveChallenge(challenge, 8)

    assert.equal(node.redeem('alice', challenge, noSolution(challenge, 8)), false)

    for (let at = 0; at < challenge.length; at++) {
      const altered = challenge.slice(0, at) + (challenge[at] === '0' ? '1' : '0') + challenge.slice(at + 1)

      assert.equal(node.redeem('alice', altered, solution), false)
      // as easy as they come
      assert.equal(node.redeem('alice', altered.slice(0, 8) + '00' + altered.slice(10), solution), false)
    }

    for (const wrong of ['', challenge.toUpperCase().replace(/\d/g, 'A'), challenge + '0', challenge.slice(1), 'é'.repeat(32)]) {
      assert.equal(node.redeem('alice', wrong, solution), false)
    }

    for (const wrong of ['', '0'.repeat(129)]) {
      assert.equal(node.redeem('alice', challenge, wrong), false)
    }

    assert.equal(node.redeem('alice', challenge, solution), true, 'what was wrong used nothing up')
  })

  it('are solved by 1 to 128 characters', () => {
    const challenges = new Challenges({ ttlSeconds: 120 })

    for (const [length, isTaken] of [[0, false], [1, true], [128, true], [129, false]] as const) {
      assert.equal(challenges.redeem('a', challenges.issue('a', 0).challenge, 'x'.repeat(length)), isTaken, String(length))
    }
  })

  it('cost the node nothing while they are not used', () => {
    const node = challenges()

    for (let i = 0; i < 100_000; i++) {
      node.issue('alice', 18)
    }

    assert.equal(node.used, 0)
  })

  it('leave no more behind than there is room for, and none can be used twice', () => {
    const node = challenges({ maxUsed: 10 })
    const issued: string[] = []

    for (let second = 1; second <= 30; second++) {
      now = second * 1000
      const { challenge } = node.issue('alice', 0)

      issued.push(challenge)
      assert.equal(node.redeem('alice', challenge, 'x'), true)
      assert.ok(node.used <= 10)
    }

    for (const challenge of issued) {
      assert.equal(node.redeem('alice', challenge, 'x'), false)
    }
  })

  it('make room first of what is over', () => {
    const used = new UsedChallenges(2)

    assert.ok(used.use('a', 10, 1) && used.use('b', 20, 1))
    // a is over: nothing that can still be used gives way
    assert.ok(used.use('c', 20, 11) && used.size === 2)
    assert.ok(used.use('d', 30, 11), 'later ones can be used')
    assert.equal(used.size, 1)
    assert.equal(used.use('b', 20, 11), false)
    assert.equal(used.use('never used', 20, 11), false)
  })

  it('are looked for in slices, and no more once they are not wanted', async () => {
    const aborting = new AbortController()
    let turns = 0
    const timer = setInterval(() => { if (++turns === 3) aborting.abort(new Error('enough')) })

    try {
      await assert.rejects(solveChallenge('00'.repeat(16), 30, { signal: aborting.signal, sliceMs: 1 }), /enough/)
    } finally {
      clearInterval(timer)
    }

    assert.ok(turns >= 3)
    await assert.rejects(solveChallenge('00'.repeat(16), 31), InvalidRegistryInputError)
  })
})

describe('the load that asks for proofs of work', () => {
  let now = 0
  const load = (difficulty = 18): PowLoad => new PowLoad({ registerRps: 2, difficulty, now: () => now })
  const count = (subject: PowLoad, calls: number): void => {
    for (let i = 0; i < calls; i++) {
      subject.count()
    }
  }

  it('is high above ten times register_rps over ten seconds, and no longer', () => {
    const subject = load()

    now = 5000
    count(subject, 200)
    assert.equal(subject.isHigh, false)
    count(subject, 1)
    assert.equal(subject.isHigh, true)
    now = 14_999
    assert.equal(subject.isHigh, true)
    now = 15_000
    assert.equal(subject.isHigh, false)
    now = 1_000_000
    count(subject, 200)
    assert.equal(subject.isHigh, false)
  })

  it('raises the difficulty by one at each doubling, three times at most, and never above 30', () => {
    const subject = load()
    const hard = load(29)
    const seen: number[] = []

    for (const calls of [400, 1, 399, 1, 799, 1, 100_000]) {
      count(subject, calls)
      count(hard, calls)
      seen.push(subject.difficulty)
    }

    assert.deepEqual(seen, [18, 19, 19, 20, 20, 21, 21])
    assert.equal(hard.difficulty, 30)
  })
})
