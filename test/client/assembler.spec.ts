import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Assembler } from '../../src/client/assembler.js'
import type { AssemblerInit, GivenUp } from '../../src/client/assembler.js'
import type { MailboxItem } from '../../src/mailbox/messages.js'

const RUNS = { numRuns: 500 }

function item (seq: number, message: number, chunkIndex: number, chunkCount: number): MailboxItem {
  const messageId = new Uint8Array(16)

  new DataView(messageId.buffer).setUint32(0, message)

  return { seq, messageId, chunkIndex, chunkCount, kind: 'k', totalLen: 0n, sentMs: 0n, arrivalMs: seq, deadlineMs: 1_000_000, body: Uint8Array.of(message, chunkIndex) }
}

function assembler (from: string, more: Partial<AssemblerInit> = {}): Assembler {
  return new Assembler({ from, maxMessageBytes: 1000, maxIncompleteBytes: 1_000_000, onGivenUp: () => {}, ...more })
}

/** A mailbox: chunks of some messages in any order, some of which never came. */
const mailboxes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }).chain(counts => {
  const chunks = counts.flatMap((count, message) => Array.from({ length: count }, (_, index) => ({ message, index, count })))

  return fc.shuffledSubarray(chunks, { minLength: 0, maxLength: chunks.length })
    .map(stored => stored.map(({ message, index, count }, at) => item(at + 1, message, index, count)))
})

/** What a node gives for a seq that is asked for again. */
function itemAt (items: readonly MailboxItem[], seq: number): MailboxItem {
  return items.find(item => item.seq === seq) ?? assert.fail(`nothing is at ${seq}`)
}

/** What a reader is given, with the cursor after each, from what a node sends after a cursor. */
function read (items: readonly MailboxItem[], from = '0', more: Partial<AssemblerInit> = {}): Array<{ message: number | undefined, bytes: number[], cursor: string }> {
  const reader = assembler(from, more)
  const given = []

  for (const next of items.filter(({ seq }) => seq > reader.seq)) {
    const whole = reader.add(next)?.map(part => typeof part === 'number' ? itemAt(items, part) : part)

    if (whole != null) {
      given.push({ message: whole[0]?.body[0], bytes: whole.map(({ body }) => body[1] ?? -1), cursor: reader.cursor })
    }
  }

  return given
}

describe('chunks that are put together', () => {
  it('give each whole message once, at its last chunk, in the order of its chunks', () => {
    fc.assert(fc.property(mailboxes, items => {
      const expected = items.filter(({ body, chunkCount, seq }) => {
        const own = items.filter(other => other.body[0] === body[0])

        return own.length === chunkCount && own.every(other => other.seq <= seq)
      })

      assert.deepEqual(read(items).map(({ message, bytes }) => [message, bytes]), expected.map(({ body, chunkCount }) => [body[0], Array.from({ length: chunkCount }, (_, index) => index)]))
    }), RUNS)
  })

  it('lose and repeat nothing when resumed at any cursor, again and again, while others ack what they had', () => {
    fc.assert(fc.property(mailboxes, fc.array(fc.nat(11), { maxLength: 4 }), fc.boolean(), (items, stops, isAcked) => {
      const expected = read(items).map(({ message }) => message)
      const got: Array<number | undefined> = []
      let left = items
      let from = '0'

      for (const stop of [...stops, Infinity]) {
        for (const { message, cursor } of read(left, from).slice(0, stop + 1)) {
          got.push(message)
          from = cursor

          if (isAcked) {
            left = left.filter(({ body }) => body[0] !== message)
          }
        }
      }

      assert.deepEqual(got, expected)
    }), RUNS)
  })

  it('are given also when there is no room to keep them, as long as there is for their places', () => {
    fc.assert(fc.property(mailboxes, fc.integer({ min: 8000, max: 12_000 }), (items, maxIncompleteBytes) => {
      const onGivenUp = (): void => { assert.fail('given up') }

      assert.deepEqual(read(items, '0', { maxIncompleteBytes, onGivenUp }), read(items))
    }), RUNS)
  })

  it('are given up when there is no room for their places, and told of once', () => {
    fc.assert(fc.property(mailboxes, fc.integer({ min: 1, max: 3000 }), (items, maxIncompleteBytes) => {
      const givenUp: GivenUp[] = []
      const given = new Set(read(items, '0', { maxIncompleteBytes, onGivenUp: message => { givenUp.push(message) } }).map(({ message }) => message))
      const ids = givenUp.map(({ messageId }) => new DataView(messageId.buffer).getUint32(0))

      assert.equal(new Set(ids).size, ids.length)
      assert.deepEqual(ids.filter(id => given.has(id)), [])
      assert.ok(items.length === 0 || maxIncompleteBytes >= 576 || given.size + ids.length === new Set(items.map(({ body }) => body[0])).size)
    }), RUNS)
  })

  it('are dropped when the first of them has expired by the node\'s clock', () => {
    const givenUp: string[] = []
    const reader = assembler('0', { onGivenUp: ({ reason }) => { givenUp.push(reason) } })

    reader.add({ ...item(1, 1, 0, 2), arrivalMs: 10, deadlineMs: 20 })
    reader.add({ ...item(2, 2, 0, 2), arrivalMs: 19 })
    assert.deepEqual([givenUp, reader.cursor], [[], '2:1'])
    reader.add({ ...item(3, 3, 0, 2), arrivalMs: 20 })
    assert.deepEqual([givenUp, reader.cursor], [['expired'], '3:2'])
  })

  it('are not spoilt by a chunk under the same id with another count', () => {
    const reader = assembler('0')

    reader.add(item(1, 1, 0, 2))
    reader.add(item(2, 1, 1, 3))
    assert.equal(reader.add(item(3, 1, 1, 2))?.length, 2)
  })
})
