import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { answerCommands, announceReady, ownUsage } from '../support/child.js'
import { HOP_PROTOCOL, openCircuit, reserveOver } from './hop-client.js'
import type { ClientCommand, Security } from './protocol.js'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

// Peers of the bench: stock js-libp2p nodes, driven over the IPC channel.

const STOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/stop'
const ECHO = '/bench/echo'
const PING = 1

const nodes: Libp2p[] = []
const connections: Connection[] = []

async function createPeer (security: Security, listen: string[] = []): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [security === 'quic' ? quic() : tcp(), circuitRelayTransport()],
    connectionEncrypters: [security === 'noise' ? noise() : tls()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { maxConnections: 100_000, inboundConnectionThreshold: 1_000_000, maxIncomingPendingConnections: 10_000 },
    connectionMonitor: { enabled: false },
    services: { identify: identify() }
  })

  nodes.push(node)

  return node
}

async function sendAll (stream: Stream, totalBytes: number, writeBytes: number): Promise<void> {
  const chunk = new Uint8Array(writeBytes)

  for (let sent = 0; sent < totalBytes; sent += writeBytes) {
    if (!stream.send(chunk)) {
      await new Promise<void>(resolve => { stream.addEventListener('drain', () => { resolve() }, { once: true }) })
    }
  }
}

/** A circuit's raw streams, with no second encryption over them: what is measured is the relay. */
async function serve (relay: string, security: Security): Promise<{ peer: string, addr: string }> {
  const node = await createPeer(security, [security === 'quic' ? '/ip4/127.0.0.1/udp/0/quic-v1' : '/ip4/127.0.0.1/tcp/0'])

  await node.unhandle(STOP_PROTOCOL)
  await node.handle(STOP_PROTOCOL, async stream => {
    const { acceptStop } = await import('./hop-client.js')

    await acceptStop(stream)
    echoOrCount(stream)
  }, { maxInboundStreams: 100_000, runOnLimitedConnection: true })
  await node.handle(ECHO, stream => { echoOrCount(stream) })

  const connection = await node.dial(multiaddr(relay))

  await reserveOver(connection)

  return { peer: node.peerId.toString(), addr: node.getMultiaddrs().map(String).find(addr => addr.startsWith('/ip4/127.0.0.1')) ?? '' }
}

/** Ones come back at once; zeros are swallowed, and their count comes back when the sender has ended. */
function echoOrCount (stream: Stream): void {
  let received = 0

  stream.addEventListener('message', ({ data }) => {
    received += data.byteLength

    if (data.subarray(0, 1)[0] === PING) {
      stream.send(data.subarray())
    }
  })
  stream.addEventListener('end', () => {
    if (stream.status === 'open') {
      stream.send(new TextEncoder().encode(`${received}`))
      stream.close().catch(() => {})
    }
  })
}

async function bulk (connection: Connection, target: string, totalBytes: number, writeBytes: number): Promise<{ seconds: number }> {
  const stream = await openCircuit(connection, target)
  let answer = ''

  stream.addEventListener('message', ({ data }) => { answer += new TextDecoder().decode(data.subarray()) })

  const begun = performance.now()
  const ended = new Promise<void>((resolve, reject) => {
    stream.addEventListener('close', ({ error }) => { error == null ? resolve() : reject(error) })
  })

  await sendAll(stream, totalBytes, writeBytes)
  await stream.close()
  await ended

  if (Number(answer) !== totalBytes) {
    throw new Error(`${answer} of ${totalBytes} bytes arrived`)
  }

  return { seconds: (performance.now() - begun) / 1000 }
}

async function circuits (connection: Connection, target: string, count: number, parallel: number): Promise<{ seconds: number }> {
  const begun = performance.now()
  let left = count

  await Promise.all(Array.from({ length: parallel }, async () => {
    while (left-- > 0) {
      const stream = await openCircuit(connection, target)
      const closed = new Promise(resolve => { stream.addEventListener('close', resolve) })

      await stream.close()
      await closed
    }
  }))

  return { seconds: (performance.now() - begun) / 1000 }
}

async function roundTrips (stream: Stream, rounds: number): Promise<number[]> {
  const times: number[] = []
  const byte = Uint8Array.of(PING)

  for (let i = 0; i < rounds; i++) {
    const begun = performance.now()
    const back = new Promise(resolve => { stream.addEventListener('message', resolve, { once: true }) })

    stream.send(byte)
    await back
    times.push(performance.now() - begun)
  }

  return times
}

async function latency (node: Libp2p, connection: Connection, target: string, direct: string, rounds: number): Promise<{ relayed: number[], direct: number[] }> {
  const relayedStream = await openCircuit(connection, target)
  const directStream = await node.dialProtocol(multiaddr(direct), ECHO)
  const relayed: number[] = []
  const straight: number[] = []

  await roundTrips(relayedStream, 200)
  await roundTrips(directStream, 200)

  for (let done = 0; done < rounds; done += 100) {
    relayed.push(...await roundTrips(relayedStream, 100))
    straight.push(...await roundTrips(directStream, 100))
  }

  await Promise.all([relayedStream.close(), directStream.close()])

  return { relayed, direct: straight }
}

async function connectionTo (relay: string, security: Security): Promise<Connection> {
  const node = nodes[0] ?? await createPeer(security)

  return connections[0] ?? (connections[0] = await node.dial(multiaddr(relay)))
}

answerCommands<ClientCommand>(async command => {
  switch (command.call) {
    case 'usage':
      return ownUsage(command.gc ?? false)
    case 'serve':
      return serve(command.relay, command.security)
    case 'connect':
      for (let i = 0; i < command.count; i += 20) {
        const some = await Promise.all(Array.from({ length: Math.min(20, command.count - i) }, async () => {
          const node = await createPeer(command.security)

          return node.dial(multiaddr(command.relay))
        }))

        await Promise.all(some.map(reserveOver))
        connections.push(...some)
      }

      return connections.length
    case 'bulk':
      return bulk(await connectionTo(command.relay, command.security), command.target, command.totalBytes, command.writeBytes)
    case 'circuits':
      return circuits(await connectionTo(command.relay, command.security), command.target, command.count, command.parallel)
    case 'latency':
      return latency(nodes[0] ?? await createPeer(command.security), await connectionTo(command.relay, command.security), command.target, command.direct, command.rounds)
    case 'stop':
      process.exit(0)
      break
    default:
      throw new Error(`a client does not ${command.call}`)
  }
})
announceReady(HOP_PROTOCOL)
