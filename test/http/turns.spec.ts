import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Transform } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { Deadlines } from '../../src/http/deadlines.js'
import { decoderOf, Decoders } from '../../src/http/decoders.js'
import { JsonIntake } from '../../src/http/json-intake.js'
import { CallerShares } from '../../src/http/shares.js'
import { Turns } from '../../src/http/turns.js'
import { InflightBudget } from '../../src/calls/index.js'
import { JsonError } from '../../src/json/parse.js'
import { until } from '../support/wait.js'
import type { HttpError } from '../../src/http/errors.js'
import type { Decoder } from '../../src/http/decoders.js'

/** Counts turns of the event loop while something is done. */
async function turnsOf (deed: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++

    if (!isOver) {
      setImmediate(count)
    }
  }

  setImmediate(count)

  try {
    await deed()
  } finally {
    isOver = true
  }

  return turns
}

/** Each step takes so long. */
function turnsWith (stepMs: number): Turns {
  let now = 0

  return new Turns(() => {
    now += stepMs

    return now
  })
}

function steps (count: number, onStep: () => void = () => {}): () => boolean {
  return () => {
    onStep()

    return --count > 0
  }
}

describe('http: what would hold the event loop', () => {
  it('is done a millisecond at a time', async () => {
    assert.equal(await turnsOf(async () => { await turnsWith(1).run('a', steps(100)) }), 100)
    assert.equal(await turnsOf(async () => { await turnsWith(0.25).run('a', steps(100)) }), 25)
  })

  it('is done for each caller in turn, and of one caller in the order in which it came', async () => {
    const turns = turnsWith(0.1)
    const done: string[] = []

    await Promise.all(['a1', 'a2', 'b1', 'c1'].map(async name => { await turns.run(name.charAt(0), steps(2, () => done.push(name))) }))
    assert.deepEqual(done, ['a1', 'b1', 'c1', 'a1', 'b1', 'c1', 'a2', 'a2'])
  })

  it('fails alone', async () => {
    const turns = turnsWith(1)
    const failing = turns.run('a', () => { throw new JsonError('no') })
    const other = turns.run('a', steps(3))

    await assert.rejects(failing, JsonError)
    await other
  })

  it('may be the reading of a body, of which 16 KiB are read at a time', async () => {
    const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(1_000_000) }))
    const intake = new JsonIntake(turnsWith(1), 'a', {})
    const turns = await turnsOf(async () => { await intake.read(body) })

    assert.ok(turns >= body.length / 16_384, `${turns} turns`)
    assert.equal(intake.backlog, 0)
    assert.deepEqual(Object.keys(await intake.end() as object), ['text'])
  })

  it('is not done for a body whose beginning is refused', async () => {
    const intake = new JsonIntake(turnsWith(1), 'a', { maxValues: 10 })
    const pieces = ['[0,0', ',0'.repeat(100_000), ',0'.repeat(100_000)].map(text => Buffer.from(text))

    assert.equal(await turnsOf(async () => await Promise.allSettled(pieces.map(async bytes => { await intake.read(bytes) }))), pieces.length)
    await assert.rejects(async () => await intake.end(), /more than 10 values at position 19$/)
  })

  it('may be the decoding of bodies: one at a time, and of who sends many one after those of others', async () => {
    const begun: Array<{ name: string, end: () => void }> = []
    const decoder: Decoder = () => Object.assign(new Transform({
      transform: (bytes: Buffer, _encoding, done) => {
        begun.push({ name: bytes.toString(), end: () => { done(null, bytes) } })
      }
    }), { bytesWritten: 0 })
    const decoders = new Decoders()
    const shares = new CallerShares(new InflightBudget(1_000_000))
    const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1']
    const decoded = names.map(async name => {
      const caller = name.charAt(0)

      return await decoders.decode([Buffer.from(name)], { decoder, limit: 1000, caller, held: shares.enter(caller), intake: () => { throw new Error('none is large') }, isGone: () => false })
    })

    for (let n = 0; n < names.length; n++) {
      await until(() => begun.length > n, 'the next one')
      assert.equal(begun.length, n + 1)
      begun[n]?.end()
    }

    assert.deepEqual((await Promise.all(decoded)).map(String), names)
    assert.deepEqual(begun.map(({ name }) => name), ['a1', 'a2', 'b1', 'c1', 'a3', 'a4'])
  })

  it('may be the end of much that takes too long, of which ten are ended at a time', async () => {
    const deadlines = new Deadlines(10)
    const ends: number[] = []
    let turn = 0
    const count = (): void => {
      turn++

      if (ends.length < 100) {
        setImmediate(count)
      }
    }

    for (let n = 0; n < 100; n++) {
      deadlines.add(() => { ends.push(turn) })
    }

    setImmediate(count)
    await until(() => ends.length === 100, 'all are ended')

    for (const turn of new Set(ends)) {
      // one from the timer and one from behind it may be between two counts
      assert.ok(ends.filter(each => each === turn).length <= 20)
    }
  })

  it('is not the decoding of a body that unpacks to many times its size while another one waits', async () => {
    const text = (char: string): Buffer => gzipSync(JSON.stringify({ text: char.repeat(2_000_000) }))
    const shares = new CallerShares(new InflightBudget(10_000_000))
    const resting = Promise.withResolvers<void>()
    let rests = 0
    const decoders = new Decoders(async () => {
      rests++
      await resting.promise
    })
    const decode = async (caller: string, bytes: Buffer): Promise<unknown> => {
      const body = await decoders.decode([bytes], { decoder: decoderOf('gzip') as Decoder, limit: 4_000_000, caller, held: shares.enter(caller), intake: () => new JsonIntake(new Turns(), caller, {}), isGone: () => false })

      return body instanceof JsonIntake ? await body.end() : body
    }
    const refused = assert.rejects(decode('a', text('a')), (err: HttpError) => err.code === 'rate_limited')

    await until(() => rests > 0, 'it is slowed down')

    // of who comes now the first piece alone is decoded
    await assert.rejects(decode('b', text('b')), (err: HttpError) => err.code === 'rate_limited' && err.headers['retry-after'] === '1')
    assert.equal(rests, 1)

    const waiting = decode('c', gzipSync(JSON.stringify({ text: randomBytes(100_000).toString('base64') })))

    // its first piece was decoded before this one
    await decode('c', gzipSync('1'))
    resting.resolve()
    await refused
    assert.deepEqual(Object.keys(await waiting as object), ['text'])
    assert.equal(rests, 1)
    assert.deepEqual(Object.keys(await decode('d', text('d')) as object), ['text'])
    assert.ok(rests > 2_000_000 / 65_536, 'alone it is decoded to its end, slowly')
  })
})
