import { setTimeout as delay } from 'node:timers/promises'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createClientNode } from '../support/nodes.js'
import type { Carrier, ClientNode } from '../support/nodes.js'
import type { Connection } from '@libp2p/interface'

/** What an attack is given: the relay's addresses, how much of it is wanted, and for how long. */
export interface Scene {
  addrs: readonly string[]
  /** Of the size that the issue names. */
  scale: number
  /** What is counted over the whole of a round is cut into so many. What stands at one time is not. */
  slices: number
  /** It lasts at least this long. */
  untilMs: number
}

/** What was done, for the table. */
export type Deeds = Record<string, number>

/** A handshake costs the relay some 5 ms. */
const DIALS_PER_SECOND = 50

const MATCH: Record<Carrier, RegExp> = {
  'tcp-tls': /\/tcp\/\d+\/p2p\//,
  'tcp-noise': /\/tcp\/\d+\/p2p\//,
  quic: /\/quic-v1\/p2p\//,
  ws: /\/ws\/p2p\//,
  'webrtc-direct': /\/webrtc-direct\//
}

export function addrOf (scene: Scene, carrier: Carrier): string {
  const addr = scene.addrs.find(each => MATCH[carrier].test(each))

  if (addr == null) {
    throw new Error(`the relay has no address for ${carrier}: ${scene.addrs.join(' ')}`)
  }

  return addr
}

/** An address of the loopback network: each is a caller of its own to the relay. */
export function sourceIp (index: number): string {
  return `127.${1 + Math.floor(index / 62_500) % 250}.${Math.floor(index / 250) % 250}.${1 + index % 250}`
}

/** Nodes that a slice of an attack uses, and their connections; all are gone behind it. */
export class Crew {
  readonly nodes: ClientNode[] = []
  readonly #scene: Scene
  #hired = 0

  constructor (scene: Scene) {
    this.#scene = scene
  }

  /** A peer with an address of its own on TCP; on the other transports all come from 127.0.0.1. */
  async hire (carrier: Carrier = 'tcp-tls', ip = sourceIp(this.#hired++)): Promise<ClientNode> {
    // libp2p's type of what goes to net.connect leaves out its localAddress
    const dialOpts: object = { localAddress: ip }
    const node = await createClientNode({ carrier, transports: { tcp: tcp({ dialOpts }) } })

    this.nodes.push(node)

    return node
  }

  async dial (node: ClientNode, carrier: Carrier = 'tcp-tls'): Promise<Connection> {
    return node.dial(multiaddr(addrOf(this.#scene, carrier)), { force: true, signal: AbortSignal.timeout(30_000) })
  }

  async hireAndDial (count: number, carrier: Carrier = 'tcp-tls'): Promise<Connection[]> {
    const connections: Connection[] = []

    await swarm(count, 20, DIALS_PER_SECOND, async () => {
      connections.push(await this.dial(await this.hire(carrier), carrier))
    })

    if (connections.length < count) {
      throw new Error(`${connections.length} of ${count} attackers got in`)
    }

    return connections
  }

  async dismiss (): Promise<void> {
    await Promise.all(this.nodes.map(async node => node.stop()))
  }
}

/**
 * Runs `count` of them, `parallel` at once and at most `perSecond`: an attacker that takes all of a core would be measured
 * itself, on a machine that has two for all. @returns how many failed, which is what an attacker expects
 */
export async function swarm (count: number, parallel: number, perSecond: number, deed: (index: number) => Promise<void>): Promise<Deeds> {
  const begun = Date.now()
  let next = 0
  let failed = 0

  await Promise.all(Array.from({ length: Math.min(parallel, count) }, async () => {
    while (next < count) {
      const index = next++
      const early = begun + index / perSecond * 1000 - Date.now()

      if (early > 0) {
        await delay(early)
      }

      await deed(index).catch(() => { failed++ })
    }
  }))

  return { done: count, failed }
}
