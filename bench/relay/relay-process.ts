import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { createNode } from '../../src/node/index.js'
import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import type { Command } from '../support/child.js'
import type { RelayKind } from './protocol.js'

// One relay under measurement, all limits off: `relay-process <ours|stock>`.

const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/quic-v1'] as const

interface Running {
  addrs: string[]
  stop: () => Promise<void>
}

async function startOurs (): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'enigma-bench-'))
  const node = await createNode({
    identity: { key_file: join(folder, 'key') },
    mailbox: { enabled: false },
    http: { enabled: false },
    ops: { enabled: false },
    network: {
      tcp_listen_addr: LISTEN[0],
      quic_listen_addr: LISTEN[1],
      ws_listen_addr: '',
      max_connections: 0,
      max_connections_per_ip: 0,
      new_connections_per_second_per_ip: 0,
      max_pending_connections: 0,
      max_event_loop_delay_ms: 0,
      drain_secs: 0
    },
    relay: {
      max_reservations: 0,
      max_reservations_per_peer: 0,
      max_reservations_per_ip: 0,
      max_circuits: 0,
      max_circuits_per_peer: 0,
      max_circuits_per_ip: 0,
      max_circuit_bytes: 0,
      max_circuit_duration_secs: 0
    },
    rate_limit: { enabled: false }
  })

  return {
    addrs: node.addrs.map(String),
    stop: async () => {
      await node.stop()
      rmSync(folder, { recursive: true })
    }
  }
}

async function startStock (): Promise<Running> {
  const node = await createLibp2p({
    addresses: { listen: [...LISTEN] },
    transports: [tcp(), quic()],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux()],
    connectionManager: { maxConnections: 100_000, maxIncomingPendingConnections: 10_000, inboundConnectionThreshold: 1_000_000 },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      relay: circuitRelayServer({ maxInboundHopStreams: 10_000, maxOutboundStopStreams: 10_000, reservations: { maxReservations: 100_000, applyDefaultLimit: false } })
    }
  })

  return { addrs: node.getMultiaddrs().map(String), stop: async () => node.stop() }
}

const kind = process.argv[2] as RelayKind
const relay = kind === 'ours' ? await startOurs() : await startStock()

answerCommands<Command>(async command => {
  switch (command.call) {
    case 'usage':
      return ownUsage(command.gc ?? false)
    case 'stop':
      await relay.stop()
      process.exit(0)
      break
  }
})
announceReady(relay.addrs)
