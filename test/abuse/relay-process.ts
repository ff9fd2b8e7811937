import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { createNode } from '../../src/index.js'
import { selfSigned } from '../http/pki.js'
import { NO_HTTP } from '../support/free-ports.js'
import { answer } from './process.js'
import { census } from './census.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/index.js'
import type { RelayStats } from '../../src/relay/index.js'
import type { Census } from './census.js'

// The node under attack, as `createNode` makes it.

export interface RelayFigures extends Census {
  connections: number
  streams: number
  /** In libp2p's peer store, the node itself not counted. */
  peers: number
  relay: RelayStats
  /** Of the node's own event target, by name. */
  events: Record<string, number>
  /** Reservations that were accepted and had been there before. */
  renewed: number
  /** User and system, since the process began. */
  cpuSeconds: number
}

export interface RelaySample extends Pick<Census, 'rssBytes' | 'heapBytes' | 'externalBytes'> {
  connections: number
  reservations: number
  circuits: number
}

const folder = mkdtempSync(join(tmpdir(), 'enigma-abuse-'))
const events: Record<string, number> = {}
let renewed = 0
let node: EnigmaNode | undefined

process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })

const calls = {
  /** @returns multiaddrs, and the URL of the HTTP door */
  async start (config: PartialConfig): Promise<string[]> {
    node = await createNode({ ...NO_HTTP, ...withCertificate(config), identity: { key_file: join(folder, 'key') }, storage: { kind: 'memory' } })

    for (const name of ['connection_established', 'connection_closed'] as const) {
      node.events.addEventListener(name, () => { events[name] = (events[name] ?? 0) + 1 })
    }

    node.events.addEventListener('reservation_req_accepted', ({ detail }) => { renewed += detail.renewed ? 1 : 0 })

    return [...node.addrs.map(String), ...(node.http == null ? [] : [node.http])]
  },

  async figures (): Promise<RelayFigures> {
    const { libp2p } = running()
    const relay = libp2p.services.relay?.stats()

    if (relay == null) {
      throw new Error('the relay is off')
    }

    const { userCPUTime, systemCPUTime } = process.resourceUsage()

    return {
      ...await census(),
      connections: libp2p.getConnections().length,
      streams: libp2p.getConnections().reduce((sum, connection) => sum + connection.streams.length, 0),
      peers: (await libp2p.peerStore.all()).length,
      relay,
      events: { ...events },
      renewed,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6
    }
  },

  /**
   * Memory behind one collection of garbage, and what is there. The census of `figures` stops the process for as long as several
   * collections take, which on a busy machine is seconds: time-outs of peers would come of it.
   */
  sample (): RelaySample {
    const { libp2p } = running()
    const relay = libp2p.services.relay?.stats()

    globalThis.gc?.()

    const { rss, heapUsed, external } = process.memoryUsage()

    return { rssBytes: rss, heapBytes: heapUsed, externalBytes: external, connections: libp2p.getConnections().length, reservations: relay?.reservations ?? 0, circuits: relay?.circuits ?? 0 }
  },

  /** Cheap, and disturbs nothing: no collection of garbage. */
  glance (): { rssBytes: number, connections: number, handles: number, relay?: RelayStats } {
    const { libp2p } = running()

    return {
      rssBytes: process.memoryUsage.rss(),
      connections: libp2p.getConnections().length,
      handles: process.getActiveResourcesInfo().length,
      relay: libp2p.services.relay?.stats()
    }
  },

  /** @returns where it lies, until the next one or the process' end. It stops the process for seconds. */
  heapSnapshot (): string {
    return writeHeapSnapshot(join(folder, 'heap.heapsnapshot'))
  },

  async stop (): Promise<void> {
    await node?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export type RelayCalls = typeof calls

/** With files of its own where TLS is wanted. */
function withCertificate (config: PartialConfig): PartialConfig {
  if (config.http?.mode !== 'tls') {
    return config
  }

  const { cert, key } = selfSigned()
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]

  writeFileSync(certPath, cert)
  writeFileSync(keyPath, key)

  return { ...config, http: { ...config.http, tls: { cert_pem_path: certPath, key_pem_path: keyPath } } }
}

function running (): EnigmaNode {
  if (node == null) {
    throw new Error('not started')
  }

  return node
}

answer(calls)
