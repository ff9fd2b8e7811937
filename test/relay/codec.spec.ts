import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { decodeHop, decodeStop, encodeHop, encodeStop, MalformedMessageError } from '../../src/relay/messages.js'
import { below, honestHop, honestStop, mutated, noise, seeded } from '../support/mutate.js'
import * as wire from '../support/wire.js'

const id = Uint8Array.from([0, 36, 8, 1, 18, 32, ...new Uint8Array(32).fill(7)])
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

/** A value or the one typed error; anything else fails the test, with what it takes to see it again. */
function assertTyped (decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    assert.equal(typeof decode(bytes), 'object')
    return true
  } catch (err) {
    if (!(err instanceof MalformedMessageError)) {
      throw new Error(`FUZZ_SEED=${SEED}, frame ${Buffer.from(bytes).toString('hex')}: ${String(err)}`, { cause: err })
    }

    assert.equal(err.code, 'malformed_message')
    return false
  }
}

const bytes = (max: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> => fc.uint8Array({ maxLength: max })
const option = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined })
const uint32 = fc.integer({ min: 0, max: 4_294_967_295 })
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const peer = fc.record({ id: bytes(40), addrs: fc.array(bytes(30), { maxLength: 4 }) })
const limit = fc.record({ duration: option(uint32), data: option(uint64) })
const reservation = fc.record({ expire: uint64, addrs: fc.array(bytes(30), { maxLength: 4 }), voucher: option(bytes(100)) })

/** Without the fields that are undefined, and with plain arrays of numbers: two codecs may differ in both. */
function plain (value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => typeof inner === 'bigint' ? `${inner}n` : inner instanceof Uint8Array ? [...inner] : inner))
}

/** Fields of proto3 that are not `optional` are not written when they hold nothing; a reader puts the nothing back. */
function filled (message: wire.HopMessage): wire.HopMessage {
  return {
    ...message,
    ...(message.peer == null ? {} : { peer: { id: message.peer.id ?? new Uint8Array(0), addrs: message.peer.addrs } }),
    ...(message.reservation == null ? {} : { reservation: { ...message.reservation, expire: message.reservation.expire ?? 0n } })
  }
}

describe('circuit relay: the codec', () => {
  it('C40 makes a value or a MalformedMessageError of 20,000 frames of noise', () => {
    const random = seeded(SEED)

    for (let i = 0; i < 20_000; i++) {
      const frame = noise(random, below(random, i % 100 === 0 ? 4_200 : 80))
      assertTyped(decodeHop, frame)
      assertTyped(decodeStop, frame)
    }
  })

  it('C40 makes a value or a MalformedMessageError of 80,000 mutated messages, and meets both', () => {
    const random = seeded(SEED + 1)
    const [hops, stops] = [honestHop(id), honestStop(id)]
    let values = 0

    for (let i = 0; i < 80_000; i++) {
      values += assertTyped(decodeHop, mutated(random, hops[i % hops.length] ?? id)) ? 1 : 0
      assertTyped(decodeStop, mutated(random, stops[i % stops.length] ?? id))
    }

    assert(values > 5_000 && values < 75_000, `${values} values of 80,000`)
  })

  it('C02 reads every HOP message that the independent codec writes, and writes what that one reads', () => {
    fc.assert(fc.property(fc.record({ type: option(uint32), peer: option(peer), reservation: option(reservation), limit: option(limit), status: option(uint32) }), message => {
      assert.deepEqual(plain(decodeHop(wire.encodeHop(message))), plain(message))
      const framed = encodeHop(message)
      const prefix = wire.readVarint(framed)
      assert(prefix != null)
      assert.equal(framed.byteLength, prefix.next + Number(prefix.value))
      assert.deepEqual(plain(filled(wire.decodeHop(framed.subarray(prefix.next)))), plain(message))
    }), { numRuns: 2_000 })
  })

  it('C02 does the same with STOP messages', () => {
    fc.assert(fc.property(fc.record({ type: option(uint32), peer: option(peer), limit: option(limit), status: option(uint32) }), message => {
      assert.deepEqual(plain(decodeStop(wire.encodeStop(message))), plain(message))
      const framed = encodeStop(message)
      const prefix = wire.readVarint(framed)
      assert(prefix != null)
      assert.deepEqual(plain(filled(wire.decodeStop(framed.subarray(prefix.next)))), plain(message))
    }), { numRuns: 2_000 })
  })

  it('C03 decodes 4096 bytes and refuses 4097', () => {
    const reserve = wire.encodeHop({ type: wire.HopType.RESERVE })
    assert.equal(decodeHop(wire.padTo(4_096, reserve)).type, wire.HopType.RESERVE)
    assert.throws(() => decodeHop(wire.padTo(4_097, reserve)), MalformedMessageError)
  })

  it('C40 tells a type that is missing from one that is RESERVE', () => {
    assert.equal(decodeHop(new Uint8Array(0)).type, undefined)
    assert.equal(decodeHop(wire.encodeHop({ type: wire.HopType.RESERVE })).type, wire.HopType.RESERVE)
    assert.equal(decodeHop(wire.encodeHop({ type: 77 })).type, 77)
  })
})
