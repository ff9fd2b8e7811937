import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeHop, encodeHop, HopType } from '../src/relay/messages.js'
import { encodeResponse } from '../src/mailbox/index.js'
import { decodeResponse } from '../src/mailbox/responses.js'

const EDGES = [0n, 1n, 127n, 128n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 31n + 1n, 2218871781n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]

describe('unsigned numbers of 64 bits on the wire', () => {
  const number = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(2n ** 31n, 2n ** 32n))

  it('come back as they were sent, in ids of the mailbox', () => {
    fc.assert(fc.property(number, id => {
      assert.equal(decodeResponse(encodeResponse({ id }).subarray(1)).id, id)
    }), { numRuns: 2000, examples: EDGES.map(edge => [edge]) })
  })

  it('come back as they were sent, in limits of the relay', () => {
    fc.assert(fc.property(number, data => {
      assert.equal(decodeHop(encodeHop({ type: HopType.STATUS, limit: { data } }).subarray(1)).limit?.data, data)
    }), { numRuns: 2000, examples: EDGES.map(edge => [edge]) })
  })
})
