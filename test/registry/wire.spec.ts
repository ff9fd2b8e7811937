import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { FrameBuffer } from '../../src/framing.js'
import { enigma_registry_v1 as pb } from '../../src/registry/pb/registry.js'
import { MAX_ADDED_NODES, MAX_SYNC_ENTRIES, decodeRequest, encodeRequest, peekRequest } from '../../src/registry/wire/requests.js'
import { decodeResponse, encodeResponse } from '../../src/registry/wire/responses.js'
import { RequestError } from '../../src/wire-messages.js'
import { MalformedRequestError } from '../../src/wire-reader.js'
import { bytesField, concat, varintField } from '../support/wire.js'
import { bytesOf, hexOf } from './vectors.js'
import { readWireVectors, toJson } from './wire-vectors.js'

const PROTO = new URL('../../../proto/registry.proto', import.meta.url)

function bodyOf (hex: string): Uint8Array {
  const frames = new FrameBuffer(1_000_000)

  frames.append(bytesOf(hex))

  return frames.next() ?? new Uint8Array()
}

describe('the messages of /registry/1', () => {
  const vectors = readWireVectors()
  const requests = vectors.filter(({ message }) => message === 'Request')
  const responses = vectors.filter(({ message }) => message === 'Response')

  it('are what the vectors say, to the byte and both ways', () => {
    assert.ok(requests.length >= 12 && responses.length >= 11)

    for (const { name, hex, fields } of requests) {
      assert.deepEqual(toJson(decodeRequest(bodyOf(hex))), fields, name)
      assert.equal(hexOf(encodeRequest(decodeRequest(bodyOf(hex)))), hex, name)
    }

    for (const { name, hex, fields } of responses) {
      assert.deepEqual(toJson(decodeResponse(bodyOf(hex))), fields, name)
      assert.equal(hexOf(encodeResponse(decodeResponse(bodyOf(hex)))), hex, name)
    }
  })

  it('are read as protons reads them', () => {
    for (const { name, hex } of requests) {
      assert.deepEqual(decodeRequest(bodyOf(hex)), pb.Request.decode(bodyOf(hex)), name)
    }

    for (const { name, hex } of responses) {
      assert.deepEqual(decodeResponse(bodyOf(hex)), pb.Response.decode(bodyOf(hex)), name)
    }
  })

  it('have a vector for every field of proto/registry.proto', () => {
    const proto = readFileSync(PROTO, 'utf8').replace(/\/\/.*$/gm, '')
    const seen = JSON.stringify(vectors.map(({ fields }) => fields))

    for (const [, name = ''] of proto.matchAll(/\b(\w+) = \d+\b/g)) {
      const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

      assert.ok(seen.includes(`"${camel}"`), `no vector has ${name}`)
    }
  })

  it('end in a value or in one error, whatever was damaged', () => {
    fc.assert(fc.property(fc.constantFrom(...vectors), fc.nat(), fc.nat(255), fc.nat(), ({ message, hex }, at, byte, end) => {
      const whole = Uint8Array.from(bodyOf(hex))

      whole[at % whole.byteLength] = byte
      const damaged = whole.subarray(0, 1 + end % whole.byteLength)

      try {
        message === 'Request' ? decodeRequest(damaged) : decodeResponse(damaged)
      } catch (err) {
        assert.ok(message === 'Request' ? err instanceof RequestError : err instanceof MalformedRequestError)
      }
    }), { numRuns: 3000 })
  })

  it('are refused under their id', () => {
    const broken = Buffer.concat([Uint8Array.of(0x08, 0x07), Uint8Array.of(0x12, 0x05, 0x0a, 0x09)])

    assert.throws(() => decodeRequest(broken), (err: RequestError) => err instanceof RequestError && err.id === 7n && err.code === 'invalid_input')
  })

  it('hold lists of so many entries and no more', () => {
    const node = { address: 'https://example.org' }
    const entry = { identityJson: Uint8Array.of(1), call: '', peerId: new Uint8Array() }
    const most: Array<[number, (count: number) => Parameters<typeof encodeRequest>[0]]> = [
      [MAX_ADDED_NODES, count => ({ id: 1n, addNodes: { nodes: new Array(count).fill(node) } })],
      [MAX_SYNC_ENTRIES, count => ({ id: 1n, sync: { entries: new Array(count).fill(entry) } })]
    ]

    for (const [count, request] of most) {
      assert.equal(decodeRequest(pb.Request.encode(request(count))).id, 1n)
      assert.throws(() => decodeRequest(pb.Request.encode(request(count + 1))), RequestError)
    }
  })

  it('have 1,024 fields at most with all that is in them, a Sync as many as its entries may have: a field costs more than its two bytes', () => {
    const id = varintField(1, 7)
    const nothing = new Uint8Array()
    const many = (count: number, one: Uint8Array): Uint8Array => concat(...new Array<Uint8Array>(count).fill(one))
    const entry = { identityJson: Uint8Array.of(1), proof: { signature: new Uint8Array(64), issuedMs: 1n }, call: 'register', peerId: Uint8Array.of(1) }
    const frames: Array<[what: string, of: (count: number) => Uint8Array]> = [
      ['calls', count => concat(id, many(count - 1, bytesField(4, nothing)))],
      ['fields that are not known', count => concat(id, bytesField(4, many(count - 2, varintField(9, 1))))],
      ['envelopes in a register', count => concat(id, bytesField(2, many(count - 2, bytesField(2, nothing))))],
      ['proofs of work beside a call', count => concat(id, bytesField(4, nothing), many(count - 2, bytesField(15, nothing)))]
    ]

    for (const [what, of] of frames) {
      assert.equal(decodeRequest(of(1024)).id, 7n, what)
      assert.throws(() => decodeRequest(of(1025)), (err: RequestError) => err instanceof RequestError && err.id === 7n, what)
    }

    assert.throws(() => peekRequest(concat(id, many(1024, bytesField(4, nothing)))), RequestError)
    assert.equal(decodeRequest(pb.Request.encode({ id: 1n, sync: { entries: new Array(MAX_SYNC_ENTRIES).fill(entry) } })).sync?.entries.length, MAX_SYNC_ENTRIES)
    assert.throws(() => decodeRequest(concat(id, bytesField(7, bytesField(1, many(16 * MAX_SYNC_ENTRIES, varintField(9, 1)))))), RequestError)
  })

  it('are read as far as they count: what another call takes the place of is not looked at', () => {
    const calls = new Array<Uint8Array>(100).fill(bytesField(7, Uint8Array.of(0xff)))

    assert.deepEqual(decodeRequest(concat(varintField(1, 7), ...calls, bytesField(8, new Uint8Array()))), { id: 7n, listNodes: {} })
    assert.throws(() => decodeRequest(concat(varintField(1, 7), ...calls)), RequestError)
  })

  it('keep the proof of work beside whichever call comes last', () => {
    const proofOfWork = { challenge: 'c', solution: 's' }
    const [first, second] = [{ id: 1n, proofOfWork, challenge: {} }, { id: 1n, listNodes: {} }].map(request => pb.Request.encode(request)) as [Uint8Array, Uint8Array]

    assert.deepEqual(decodeRequest(Buffer.concat([first, second])), { id: 1n, proofOfWork, listNodes: {} })
  })
})
