import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { Libp2p } from '@libp2p/interface'
import type { Libp2pOptions, ServiceFactoryMap } from 'libp2p'

/** The nodes of one test. */
export class Nodes {
  readonly #nodes: Libp2p[] = []

  /** A node with TCP, WebSocket and relayed connections whose own limits are out of the way. */
  async start (options: Partial<Libp2pOptions> = {}, services: ServiceFactoryMap = {}): Promise<Libp2p> {
    const node = await createLibp2p({
      transports: [tcp(), webSockets(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: { maxConnections: 10_000, maxIncomingPendingConnections: 10_000, inboundConnectionThreshold: 1_000_000 },
      connectionMonitor: { enabled: false },
      ...options,
      services: { identify: identify(), ...services }
    } as Libp2pOptions)

    this.#nodes.push(node)

    return node
  }

  /** A stock relay: what is under test stands behind it. */
  async startRelay (applyDefaultLimit: boolean): Promise<Libp2p> {
    return this.start({ addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] } }, { relay: circuitRelayServer({ reservations: { applyDefaultLimit } }) as never })
  }

  async stop (): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(async node => { await node.stop() }))
  }
}

/** Waits until something holds; says what when it does not. */
export async function until (what: string, condition: () => boolean): Promise<void> {
  const giveUp = Date.now() + 10_000

  while (!condition()) {
    if (Date.now() > giveUp) {
      throw new Error(`waited in vain: ${what}`)
    }

    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
