import { once } from 'node:events'
import { createLibp2p } from 'libp2p'
import { quic as stockQuic } from '@chainsafe/libp2p-quic'
import { quic } from '../../src/transports/index.js'
import type { Connection, ConnectionGater, Stream } from '@libp2p/interface'
import type { Libp2p, Libp2pOptions } from 'libp2p'
import type { QuicOptions } from '../../src/transports/index.js'

export const PROTOCOL = '/test/quic/1'

export type Kind = 'ours' | 'stock'

export interface NodeInit {
  listen?: string[]
  quic?: QuicOptions
  gater?: ConnectionGater
  connectionManager?: Libp2pOptions['connectionManager']
}

const running = new Set<Libp2p>()

export async function node (kind: Kind, init: NodeInit = {}): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: init.listen ?? ['/ip4/127.0.0.1/udp/0/quic-v1'] },
    transports: [kind === 'ours' ? quic(init.quic) : stockQuic()],
    connectionManager: { inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 1000, ...init.connectionManager },
    connectionMonitor: { enabled: false },
    connectionGater: init.gater ?? { denyDialMultiaddr: () => false }
  })
  running.add(libp2p)
  return libp2p
}

/** For `afterEach`: nothing is left running. */
export async function stopAll (): Promise<void> {
  await Promise.all([...running].map(async libp2p => libp2p.stop()))
  running.clear()
}

export interface Pair {
  dialler: Libp2p
  listener: Libp2p
  connection: Connection
  inbound: Connection
  /** A new stream: the end of `dialler` and the end of `listener`. */
  stream (): Promise<[Stream, Stream]>
}

export async function pair (kinds: readonly [Kind, Kind], options: { dialler?: NodeInit, listener?: NodeInit } = {}): Promise<Pair> {
  const dialler = await node(kinds[0], { listen: [], ...options.dialler })
  const listener = await node(kinds[1], options.listener)
  const arrived: Array<(stream: Stream) => void> = []

  await listener.handle(PROTOCOL, stream => { arrived.shift()?.(stream) }, { maxInboundStreams: 10_000, maxOutboundStreams: 10_000 })

  const connection = await dialler.dial(listener.getMultiaddrs())
  await until(() => listener.getConnections(dialler.peerId).length > 0)
  const [inbound] = listener.getConnections(dialler.peerId)

  if (inbound == null) {
    throw new Error('no inbound connection')
  }

  return {
    dialler,
    listener,
    connection,
    inbound,
    stream: async () => {
      const other = new Promise<Stream>(resolve => { arrived.push(resolve) })
      const own = await connection.newStream(PROTOCOL, { maxOutboundStreams: 10_000, negotiateFully: true })
      return [own, await other]
    }
  }
}

/** Waits for a condition by looking again, 30 seconds at most. */
export async function until (condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000

  while (!await condition()) {
    if (Date.now() > end) {
      throw new Error(`never came true: ${condition.toString()}`)
    }

    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
}

export interface Ending {
  status: string
  error?: Error
  bytes: number
  /** The peer's FIN was told while the stream was still open. */
  fin: boolean
}

/** Reads all of a stream and says how it ended. */
export async function ending (stream: Stream): Promise<Ending> {
  const result: Ending = { status: '', bytes: 0, fin: false }

  stream.addEventListener('message', event => { result.bytes += event.data.byteLength })
  stream.addEventListener('remoteCloseWrite', () => { result.fin = true })

  if (stream.status === 'open') {
    const [event] = await once(stream, 'close')
    result.error = event.error
  }

  return { ...result, status: stream.status }
}

/** Writes with respect for back-pressure. */
export async function write (stream: Stream, data: Uint8Array): Promise<void> {
  if (!stream.send(data)) {
    await stream.onDrain()
  }
}
