import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { frame as frameOf, FrameBuffer } from '../../src/framing.js'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, RequestError } from '../../src/mailbox/index.js'
import { encodeItem } from '../../src/mailbox/messages.js'
import { enigma_mailbox_v1 as pb } from '../../src/mailbox/pb/mailbox.js'
import { MalformedRequestError } from '../../src/wire-reader.js'
import { decode, encode, MESSAGES } from '../support/mailbox-wire.js'
import { concat, frame, readVarint } from '../support/wire.js'
import { MailboxRig } from './rig.js'
import { fromJson, toJson } from './vectors.js'
import type { Vectors } from './vectors.js'

const FILE = new URL('../../../docs/protocol-mailbox-vectors.json', import.meta.url)
const PROTO = new URL('../../../proto/mailbox.proto', import.meta.url)

function bytesOf (hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function hexOf (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

describe('mailbox test vectors', () => {
  const rig = new MailboxRig()
  const { vectors, refused } = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors

  it('are what a codec of their own makes of the fields, and reads out of the frames', () => {
    assert.ok(vectors.length >= 25)

    for (const { name, message, hex, fields } of vectors) {
      const bytes = bytesOf(hex)
      const prefix = readVarint(bytes)

      assert.equal(Number(prefix?.value), bytes.byteLength - (prefix?.next ?? 0), name)
      assert.deepEqual(toJson(message, decode(message, bytes.subarray(prefix?.next))), fields, name)
      assert.equal(hexOf(frame(encode(message, fromJson(message, fields)))), hex, name)
    }
  })

  it('are read and written by the node alike', () => {
    for (const { name, message, hex } of vectors) {
      const frames = new FrameBuffer(1_000_000)
      frames.append(bytesOf(hex))
      const body = frames.next() ?? new Uint8Array()

      assert.equal(hexOf(message === 'Request' ? encodeRequest(decodeRequest(body)) : encodeResponse(decodeResponse(body))), hex, name)

      const { id, item } = message === 'Response' ? decodeResponse(body) : { id: 0n, item: undefined }

      if (item != null) {
        assert.equal(hexOf(concat(...encodeItem(id, item))), hex, name)
      }
    }
  })

  it('are refused by the node where they say so', async () => {
    const server = await rig.server()
    const client = await rig.client(server)

    for (const { name, hex, id, code } of refused) {
      const talk = await client.open()

      talk.raw.send(bytesOf(hex))

      const response = await talk.next()

      assert.equal((response.failure as { code?: string } | undefined)?.code, code, name)
      assert.equal(String(response.id ?? 0n), id, name)
      talk.raw.reset()
    }
  })

  it('name every field of proto/mailbox.proto', () => {
    const proto = readFileSync(PROTO, 'utf8')

    for (const [message, fields] of Object.entries(MESSAGES)) {
      for (const [no, [name]] of Object.entries(fields) as unknown as Array<[string, readonly [string]]>) {
        const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

        assert.match(proto, new RegExp(`\\b${snake} = ${no}[ ;]`), `${message}.${name}`)
      }
    }

    const seen = JSON.stringify(vectors)

    for (const field of Object.values(MESSAGES).flatMap(fields => (Object.values(fields) as ReadonlyArray<readonly [string, unknown]>).map(([name]) => name))) {
      if (!['grantee', 'verbs'].includes(field)) {
        assert.ok(seen.includes(`"${field}"`), `no vector has ${field}`)
      }
    }
  })

  it('are read by the client\'s half as protons reads them, and what was damaged ends in a value or in one error', () => {
    const responses = vectors.filter(({ message }) => message === 'Response').map(({ hex }) => {
      const frames = new FrameBuffer(1_000_000)

      frames.append(bytesOf(hex))

      return frames.next() ?? new Uint8Array()
    })

    for (const bytes of responses) {
      assert.deepEqual(decodeResponse(bytes), pb.Response.decode(bytes))
    }

    fc.assert(fc.property(fc.constantFrom(...responses), fc.nat(), fc.nat(255), fc.nat(), (bytes, at, byte, end) => {
      const damaged = Uint8Array.from(bytes)

      damaged[at % Math.max(1, bytes.byteLength)] = byte

      try {
        decodeResponse(damaged.subarray(0, 1 + end % Math.max(1, bytes.byteLength)))
      } catch (err) {
        assert.ok(err instanceof MalformedRequestError)
      }
    }), { numRuns: 5000 })
  })

  it('decode to a value or a RequestError whatever was damaged', () => {
    for (const { message, hex } of vectors.filter(({ message }) => message === 'Request')) {
      assert.equal(message, 'Request')
      const body = bytesOf(hex).subarray(1)

      for (let cut = 0; cut < Math.min(body.byteLength, 200); cut++) {
        for (const damaged of [body.subarray(0, cut), concat(body.subarray(0, cut), Uint8Array.of(0xff), body.subarray(cut + 1))]) {
          try {
            assert.ok(frameOf(damaged).byteLength > damaged.byteLength)
            decodeRequest(damaged)
          } catch (err) {
            assert.ok(err instanceof RequestError)
          }
        }
      }
    }
  })
})
