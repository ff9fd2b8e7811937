import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { byteStream } from '@libp2p/utils'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Exchange, TransportName } from './peer.js'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { ByteStream } from '@libp2p/utils'

// The stock js-libp2p client, driven as the go and the rust peer are (interop/README.md); it has no raw mode.

const ECHO = '/interop/echo/1'
const BULK = '/interop/bulk/1'
const CHUNK_BYTES = 16 * 1024
const MAX_QUEUED_BYTES = 256 * 1024
const HEADER_BYTES = 8
const HASH_BYTES = 32
const TIMEOUT_MS = 30_000
const MAX_BUFFER_BYTES = 16 * 1024 * 1024

interface Command {
  id: number
  cmd: string
  transport: TransportName
  addr: string
  peer: string
  frames: number
  bytes: number
}

type Bytes = ByteStream<Stream>

let node: Libp2p | undefined

async function start ({ transport }: Command): Promise<object> {
  const direct = { 'tcp+tls': tcp(), 'tcp+noise': tcp(), quic: quic(), ws: webSockets() }[transport]
  node = await createLibp2p({
    transports: [direct, circuitRelayTransport()],
    connectionEncrypters: transport === 'tcp+tls' ? [tls()] : transport === 'tcp+noise' ? [noise()] : [tls(), noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { inboundConnectionThreshold: 1000 },
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping() }
  })
  await node.handle(ECHO, serveEcho, { runOnLimitedConnection: true })
  await node.handle(BULK, serveBulk, { runOnLimitedConnection: true })
  return { peer_id: node.peerId.toString() }
}

function started (): Libp2p {
  if (node == null) {
    throw new Error('start comes first')
  }
  return node
}

async function reserve ({ addr }: Command): Promise<object> {
  const libp2p = started()
  // its own manager of addresses listens through the relay; it is not exported, but reached as a listener is
  const { components } = libp2p as unknown as { components: { transportManager: { listen (addrs: unknown[]): Promise<void> } } }
  await components.transportManager.listen([multiaddr(addr).encapsulate('/p2p-circuit')])
  const addrs = libp2p.getMultiaddrs().map(String)
  if (addrs.length === 0) {
    throw new Error('no address through the relay')
  }
  return { addrs, limit: null }
}

async function connect ({ addr }: Command): Promise<object> {
  const connection = await started().dial(multiaddr(addr), { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const { limits } = connection
  return { limit: limits == null ? null : { duration: limits.seconds ?? 0, data: Number(limits.bytes ?? 0) } }
}

async function disconnect ({ peer }: Command): Promise<object> {
  await started().hangUp(peerIdFromString(peer))
  return {}
}

async function open (peer: string, protocol: string): Promise<Stream> {
  return await started().dialProtocol(peerIdFromString(peer), protocol, { runOnLimitedConnection: true, signal: AbortSignal.timeout(TIMEOUT_MS) })
}

function wrap (stream: Stream): Bytes {
  return byteStream(stream, { maxBufferSize: MAX_BUFFER_BYTES })
}

async function echo ({ peer, frames }: Command): Promise<object> {
  const stream = await open(peer, ECHO)
  const bytes = wrap(stream)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let total = 0
  for (let i = 0; i < frames; i++) {
    const frame = randomBytes(1 + i * 7 % 1021)
    await bytes.write(frame, { signal })
    const back = await bytes.read({ bytes: frame.length, signal })
    if (!frame.equals(back.subarray())) {
      throw new Error(`frame ${i} came back changed`)
    }
    total += frame.length
  }
  await stream.close({ signal })
  return { frames, bytes: total, end: await expectEnd(bytes, signal) }
}

async function serveEcho (stream: Stream): Promise<void> {
  const bytes = wrap(stream)
  for (;;) {
    const chunk = await bytes.read()
    if (chunk == null) {
      break
    }
    await bytes.write(chunk)
  }
  await stream.close()
}

async function bulk ({ peer, bytes: count }: Command): Promise<object> {
  const stream = await open(peer, BULK)
  const bytes = wrap(stream)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeBigUInt64BE(BigInt(count))
  await bytes.write(header, { signal })
  const result = await exchange(stream, bytes, count, signal)
  await stream.close({ signal })
  const theirs = await bytes.read({ bytes: HASH_BYTES, signal })
  if (Buffer.from(theirs.subarray()).toString('hex') !== result.sent_sha256) {
    throw new Error('the other side received something else than was sent')
  }
  return { ...result, end: await expectEnd(bytes, signal) }
}

async function serveBulk (stream: Stream, connection: Connection): Promise<void> {
  try {
    const bytes = wrap(stream)
    const signal = AbortSignal.timeout(2 * TIMEOUT_MS)
    const header = Buffer.from((await bytes.read({ bytes: HEADER_BYTES, signal })).subarray())
    const result = await exchange(stream, bytes, Number(header.readBigUInt64BE()), signal)
    await expectEnd(bytes, signal)
    await bytes.write(Buffer.from(result.received_sha256, 'hex'), { signal })
    await stream.close({ signal })
    print({ event: 'bulk', peer: connection.remotePeer.toString(), ...result })
  } catch (err) {
    stream.abort(err instanceof Error ? err : new Error(String(err)))
    print({ event: 'bulk_failed', reason: String(err) })
  }
}

/** Sends and receives `count` bytes at the same time. */
async function exchange (stream: Stream, bytes: Bytes, count: number, signal: AbortSignal): Promise<Exchange> {
  const [sent, received] = await Promise.all([send(stream, bytes, count, signal), receive(bytes, count, signal)])
  return { sent: count, sent_sha256: sent, received: count, received_sha256: received }
}

/**
 * Never has much queued: js-yamux puts all of it, up to the receiver's window, into one frame, and rust-yamux ends the
 * whole connection at a frame over 1 MiB.
 */
async function send (stream: Stream, bytes: Bytes, count: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for (let sent = 0; sent < count;) {
    const chunk = randomBytes(Math.min(CHUNK_BYTES, count - sent))
    hash.update(chunk)
    await bytes.write(chunk, { signal })
    while (stream.writeBufferLength > MAX_QUEUED_BYTES) {
      await once(stream, ['idle', 'drain', 'close'], signal)
    }
    sent += chunk.length
  }
  return hash.digest('hex')
}

async function once (stream: Stream, names: Array<'idle' | 'drain' | 'close'>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const found = (): void => { resolve() }
  const abort = (): void => { reject(signal.reason) }
  for (const name of names) {
    stream.addEventListener(name, found)
  }
  signal.addEventListener('abort', abort)
  try {
    await promise
  } finally {
    for (const name of names) {
      stream.removeEventListener(name, found)
    }
    signal.removeEventListener('abort', abort)
  }
}

async function receive (bytes: Bytes, count: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for (let received = 0; received < count;) {
    const chunk = await bytes.read({ bytes: Math.min(CHUNK_BYTES, count - received), signal })
    hash.update(chunk.subarray())
    received += chunk.byteLength
  }
  return hash.digest('hex')
}

async function expectEnd (bytes: Bytes, signal: AbortSignal): Promise<string> {
  const more = await bytes.read({ signal })
  if (more != null) {
    throw new Error(`expected the end, got ${more.byteLength} bytes`)
  }
  return 'eof'
}

function print (line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const commands: Record<string, (command: Command) => Promise<object>> = { start, reserve, connect, disconnect, echo, bulk }

createInterface({ input: process.stdin })
  .on('line', text => {
    const command = JSON.parse(text) as Command
    const run = commands[command.cmd] ?? (async () => { throw new Error(`no such command: ${command.cmd}`) })
    run(command).then(
      result => { print({ ...result, id: command.id, ok: true }) },
      (err: unknown) => { print({ id: command.id, ok: false, error: describe(err) }) }
    )
  })
  .on('close', () => {
    Promise.resolve(node?.stop()).finally(() => process.exit(0))
  })

/** With what is inside it: libp2p wraps the relay's answer. */
function describe (err: unknown): string {
  if (err instanceof AggregateError) {
    return `${err.message}: ${err.errors.map(describe).join('; ')}`
  }
  return err instanceof Error ? `${err.name}: ${err.message}${err.cause == null ? '' : ` (${describe(err.cause)})`}` : String(err)
}
