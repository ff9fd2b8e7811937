import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeResponse } from '../../src/mailbox/index.js'
import { encodePushed } from '../../src/mailbox/pushed-frame.js'

describe('mailbox answers to pushes', () => {
  it('are what the generated codec writes, byte for byte', () => {
    const number = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER))
    const pushed = fc.record({ stored: fc.boolean(), duplicate: fc.boolean(), differs: fc.boolean(), seq: number, queueLen: number, queueBytes: number, deadlineMs: number })
    const id = fc.oneof(fc.bigInt(0n, (1n << 64n) - 1n), number.map(BigInt))

    fc.assert(fc.property(id, pushed, (id, pushed) => {
      assert.deepEqual(Buffer.from(encodePushed(id, pushed)), Buffer.from(encodeResponse({ id, pushed })))
    }), { numRuns: 5000 })
  })
})
