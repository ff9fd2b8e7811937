import { CallServer, InflightBudget } from '../calls/index.js'
import { schema } from '../config/schema.js'
import { BOUNDS } from './bounds.js'
import { RegistryCallCounts } from './call-counts.js'
import { nodeVerifier } from './nodes/index.js'
import { RegistryRules } from './registry.js'
import { RegistryStream } from './stream.js'
import { MAX_REQUEST_BYTES, REGISTRY_PROTOCOL } from './wire/requests.js'
import type { Bounds } from './bounds.js'
import type { NodeVerifier, RegistryCalls, RegistryServer, RegistryServerComponents, RegistryServerInit, RegistryServerStats } from './index.js'
import type { RegistryCall, RegistryConnection } from './stream.js'
import type { Connection } from '@libp2p/interface'

const { verify_nodes: verifyNodes, allow_private_nodes: allowPrivateNodes } = schema.entries.registry.entries

/** What a test may hold in its hand. */
export interface RegistryServerInternals {
  bounds?: Partial<Bounds>
  /** @default legCanPause */
  canPause?: (connection: Connection) => boolean
}

/** See `registryServer` in `index.ts`. */
export class DefaultRegistryServer implements RegistryServer {
  readonly registry: RegistryRules
  readonly calls: RegistryCalls = { libp2p: new RegistryCallCounts(), http: new RegistryCallCounts() }
  readonly #incoming: InflightBudget
  readonly #outgoing: InflightBudget
  readonly #server: CallServer<RegistryConnection, RegistryStream, RegistryCall>

  constructor (components: RegistryServerComponents, init: RegistryServerInit, internals: RegistryServerInternals = {}) {
    const { connectionManager, logger, privateKey, registrar } = components
    const bounds = { ...BOUNDS, ...internals.bounds }
    const now = init.monotonic ?? (() => performance.now())
    const log = logger.forComponent('enigma:registry')
    const isExempt = (connection: Connection): boolean => init.isExemptFromIpLimits?.(connection) ?? false

    this.registry = new RegistryRules({ ...init, privateKey, nodeVerifier: verifierOf(components, init), onError: err => { log.error('work beside the calls failed - %e', err) } })
    this.#incoming = new InflightBudget(bounds.inflightBytes)
    this.#outgoing = new InflightBudget(bounds.inflightBytes)
    this.#server = new CallServer({
      protocol: REGISTRY_PROTOCOL,
      registrar,
      log,
      maxRequestBytes: MAX_REQUEST_BYTES,
      maxUnpausedBytes: MAX_REQUEST_BYTES + bounds.smallFrameBytes,
      bounds,
      incoming: this.#incoming,
      outgoing: this.#outgoing,
      limiter: init.limiter,
      isExemptFromIpLimits: isExempt,
      canPause: internals.canPause,
      now,
      connect: (state, connection): RegistryConnection => ({
        ...state,
        observedAddrs: () => {
          const others = connectionManager.getConnections(connection.remotePeer).filter(({ id }) => id !== connection.id)

          // a proxy's address is not the caller's
          return [...new Set([connection, ...others].filter(one => !isExempt(one)).map(({ remoteAddr }) => remoteAddr.toString()))]
        }
      }),
      serve: (stream, connection): RegistryStream => new RegistryStream({
        stream,
        connection,
        registry: this.registry,
        calls: this.calls.libp2p,
        bounds,
        now,
        log,
        isShuttingDown: () => !this.#server.isStarted
      })
    })
  }

  readonly [Symbol.toStringTag] = 'enigma-node/registry-server'

  async start (): Promise<void> {
    if (!this.#server.isStarted) {
      await this.registry.start()
      await this.#server.start()
    }
  }

  async stop (): Promise<void> {
    if (this.#server.isStarted) {
      await this.#server.stop()
      await this.registry.stop()
    }
  }

  stats (): RegistryServerStats {
    return {
      streams: this.#server.handlers.length,
      inflightBytes: this.#incoming.used,
      outgoingBytes: this.#outgoing.used,
      totals: this.registry.totals(),
      counts: this.registry.counts
    }
  }

  /** Ends what has taken too long. The interval calls it; a test with its own clock may. */
  readonly sweep = (): void => { this.#server.sweep() }
}

function verifierOf ({ transportManager, events }: RegistryServerComponents, init: RegistryServerInit): NodeVerifier | undefined {
  if (!(init.verifyNodes ?? verifyNodes.default)) {
    return undefined
  }

  return nodeVerifier({ allowPrivate: init.allowPrivateNodes ?? allowPrivateNodes.default, isDeniedIp: init.isDeniedIp })({ transportManager, events })
}
