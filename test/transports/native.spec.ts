import assert from 'node:assert/strict'
import { defaultLogger } from '@libp2p/logger'
import { generateKeyPair } from '@libp2p/crypto/keys'
import * as stock from '@chainsafe/libp2p-quic'
import { createQuic } from '../../src/transports/quic.js'
import { causeOf, loadNative, missingParts } from '../../src/transports/quic/native.js'
import { QuicTransport } from '../../src/transports/quic/transport.js'
import { binding, prepare } from './raw-peer.js'
import type { NativeClient, NativeConnection, NativeServer, NativeStream } from '../../src/transports/quic/native.js'

/** What the transport leans on. When one of these fails after an update of `@chainsafe/libp2p-quic`, src/transports/quic must be looked at. */
describe('the native half of @chainsafe/libp2p-quic', () => {
  let server: NativeServer
  let client: NativeClient
  let here: NativeConnection
  let there: NativeConnection

  beforeEach(async () => {
    const native = await binding()
    const config = await prepare({ maxStreamData: 100_000 })
    server = new native.Server(config, '127.0.0.1', 0)
    client = new native.Client(await prepare({ maxStreamData: 100_000 }), 0)
    const arrives = server.inboundConnection()
    here = await client.outboundConnection('127.0.0.1', server.port())
    there = await arrives
  })

  afterEach(async () => {
    client.abort()
    await server.abort()
  })

  async function streams (): Promise<[NativeStream, NativeStream]> {
    const a = await here.outboundStream()
    await a.write(Buffer.from('x'))
    const b = await there.inboundStream()
    await b.read(10)
    return [a, b]
  }

  it('has all that is leaned on', async () => {
    assert.deepEqual(missingParts(await binding()), [])
  })

  it('gives null after a FIN, and the other half goes on', async () => {
    const [a, b] = await streams()
    await a.finishWrite()
    assert.equal(await b.read(10), null)
    await b.write(Buffer.from('yy'))
    assert.equal((await a.read(10))?.byteLength, 2)
  })

  it('tells a reset from a FIN in the message of the read that meets it', async () => {
    const [a, b] = await streams()
    await a.write(Buffer.alloc(1000))
    await a.resetWrite()

    // what comes in a packet before the reset's may still be read
    let result: unknown
    do {
      result = await b.read(1000).catch((err: Error) => err)
    } while (result instanceof Uint8Array)

    assert.ok(result instanceof Error, 'it ended like a FIN')
    assert.equal(result.message, 'stream reset by peer: error 0')
    assert.equal(causeOf(result), 'reset')
  })

  it('gives null, as after a FIN, when it is read again after a reset', async () => {
    const [a, b] = await streams()
    await a.resetWrite()
    await assert.rejects(b.read(10))
    assert.equal(await b.read(10), null)
  })

  it('tells STOP_SENDING in the message of a write', async () => {
    const [a, b] = await streams()
    const write = a.write(Buffer.alloc(300_000)).then(() => undefined, (err: Error) => err)
    await b.stopRead()
    assert.equal(causeOf(await write), 'stopped')
  })

  it('tells a lost connection in the message of reads and writes, and why in that of inboundStream', async () => {
    const [, b] = await streams()
    const read = b.read(10).then(() => undefined, (err: Error) => err)
    const inbound = there.inboundStream().then(() => undefined, (err: Error) => err)
    here.abort()
    await there.closed()
    assert.equal(causeOf(await read), 'lost')
    assert.equal(causeOf(await b.write(Buffer.from('x')).then(() => undefined, (err: Error) => err)), 'lost')
    assert.match(String((await inbound)?.message), /^closed by peer/)
    await assert.rejects(here.inboundStream(), { message: 'closed' })
  })

  it('gives out what had arrived, FIN included, after the connection was closed', async () => {
    const [a, b] = await streams()
    await a.write(Buffer.alloc(5000))
    await a.finishWrite()
    // the stream is here when another one, opened later, is
    await streams()
    here.abort()
    await there.closed()
    assert.equal((await b.read(65_536))?.byteLength, 5000)
    assert.equal(await b.read(65_536), null)
  })

  it('reads no more than it is asked for', async () => {
    const [a, b] = await streams()
    await a.write(Buffer.alloc(80_000))
    assert.equal((await b.read(1))?.byteLength, 1)
    const chunk = await b.read(65_536)
    assert.ok(chunk != null && chunk.byteLength <= 65_536)
  })
})

describe('the fall-back of the QUIC transport', () => {
  it('is the stock transport with one warning when a part is missing', async () => {
    const warnings: string[] = []
    const native = await binding()
    const transport = createQuic({ native: await loadNative('data:text/javascript,export class Server {}'), stock }, {
      privateKey: await generateKeyPair('Ed25519'),
      logger: defaultLogger()
    }, { onWarning: message => { warnings.push(message) } })

    assert.ok(!(transport instanceof QuicTransport))
    assert.equal(transport[Symbol.toStringTag], 'quic')
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /Server\.port.*Client.*Stream/)
    assert.deepEqual(missingParts({ ...native, Stream: class {} }), ['id', 'read', 'write', 'finishWrite', 'resetWrite', 'stopRead'].map(name => `Stream.${name}`))
  })

  it('is the stock transport with one warning when the file is not there', async () => {
    const warnings: string[] = []
    createQuic({ native: await loadNative('file:///nowhere/napi.js'), stock }, {
      privateKey: await generateKeyPair('Ed25519'),
      logger: defaultLogger()
    }, { onWarning: message => { warnings.push(message) } })

    assert.equal(warnings.length, 1)
  })

  it('is an error when the stock transport cannot be loaded either', async () => {
    const components = { privateKey: await generateKeyPair('Ed25519'), logger: defaultLogger() }
    assert.throws(() => createQuic({ native: new Error('a'), stock: new Error('no binary') }, components, {}), /no binary/)
  })
})
