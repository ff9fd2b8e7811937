import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { NO_HTTP } from '../support/free-ports.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { ClientRig } from './rig.js'

export interface RestartableNode {
  readonly address: string
  /** Base URL of its HTTP door, as it is now. */
  readonly http: string | null
  /** Stops it and starts it again, with the same key, folder and port. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

/** A whole node on a folder, on TCP alone. */
export async function startNode (rig: ClientRig, config: PartialConfig = {}): Promise<RestartableNode> {
  const folder = await mkdtemp(join(tmpdir(), 'enigma-client-'))
  const start = async (port: string): Promise<EnigmaNode> => await createNode({
    ...NO_HTTP,
    ...config,
    identity: { key_file: join(folder, 'key') },
    storage: { path: join(folder, 'data'), min_free_bytes: 1 },
    network: { tcp_listen_addr: `/ip4/127.0.0.1/tcp/${port}`, quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 },
    rate_limit: { enabled: false, ...config.rate_limit }
  })
  let node = await start('0')
  const address = node.addrs[0]?.toString() ?? ''

  rig.onStop(async () => {
    await node.stop()
    await rm(folder, { recursive: true, force: true })
  })

  return {
    address,
    get http () { return node.http },
    restart: async () => {
      await node.stop()
      node = await start(/\/tcp\/(\d+)/.exec(address)?.[1] ?? '0')
    },
    stop: async () => { await node.stop() }
  }
}
