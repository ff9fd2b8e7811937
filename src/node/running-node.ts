import type { LoadGuard } from '../access/index.js'
import type { RunningControlSocket } from '../control/index.js'
import type { HttpDoor } from '../http/index.js'
import type { NodeEventTarget, OpsServer } from '../ops/index.js'
import type { RelayServer } from '../relay/index.js'
import type { Store } from '../storage/index.js'
import type { EnigmaNode } from './index.js'
import type { StoreCheck } from './storage.js'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface RunningNodeInit {
  libp2p: EnigmaNode['libp2p']
  relay?: RelayServer
  /** Closed after everything that uses it. */
  store?: Store
  events: NodeEventTarget
  drainMs: number
  load: LoadGuard
}

const RELAY_EVENTS = ['reservation_req_accepted', 'reservation_req_denied', 'reservation_timed_out', 'reservation_closed', 'circuit_req_accepted', 'circuit_req_denied', 'circuit_closed'] as const

/** A timer that is set for longer comes at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

export class RunningNode implements EnigmaNode {
  readonly libp2p: EnigmaNode['libp2p']
  readonly peerId: PeerId
  readonly events: NodeEventTarget
  /** Ends before the store is closed. */
  storeCheck?: StoreCheck
  /** The same. */
  control?: RunningControlSocket
  readonly #relay?: RelayServer
  readonly #store?: Store
  readonly #drainMs: number
  readonly #load: LoadGuard
  readonly #stopNow = new AbortController()
  #http?: HttpDoor
  #ops?: OpsServer
  #stopping?: Promise<void>

  constructor (init: RunningNodeInit) {
    this.libp2p = init.libp2p
    this.peerId = init.libp2p.peerId
    this.events = init.events
    this.#relay = init.relay
    this.#store = init.store
    this.#drainMs = init.drainMs
    this.#load = init.load

    for (const name of RELAY_EVENTS) {
      // the union of event names cannot be followed through a loop by the compiler; both targets share the detail's type
      this.#relay?.addEventListener(name, event => { this.events.dispatchEvent(new CustomEvent(name, { detail: event.detail })) })
    }
  }

  get addrs (): Multiaddr[] {
    return this.libp2p.getMultiaddrs()
  }

  get http (): string | null {
    return this.#http?.url ?? null
  }

  get ops (): string | null {
    return this.#ops?.url ?? null
  }

  /** It has been asked to stop. */
  get isStopping (): boolean {
    return this.#stopping != null
  }

  /** Says where the node listens, and that it is ready. */
  announce (listening: readonly Multiaddr[], { http, ops }: { http?: HttpDoor, ops?: OpsServer }): void {
    this.#http = http
    this.#ops = ops

    for (const addr of [...listening.map(addr => addr.encapsulate(`/p2p/${this.peerId}`).toString()), this.http, this.ops]) {
      if (addr != null) {
        this.events.dispatchEvent(new CustomEvent('listening', { detail: { addr } }))
      }
    }

    this.events.dispatchEvent(new CustomEvent('ready', {
      detail: { peer_id: this.peerId.toString(), addrs: this.addrs.map(String), http: this.http, ops: this.ops }
    }))
  }

  async stop (options: { signal?: AbortSignal } = {}): Promise<void> {
    options.signal?.addEventListener('abort', () => { this.#stopNow.abort() }, { once: true })

    if (options.signal?.aborted === true) {
      this.#stopNow.abort()
    }

    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  async #stop (): Promise<void> {
    const drained = new AbortController()
    const timer = setTimeout(() => { drained.abort() }, Math.min(this.#drainMs, MAX_TIMEOUT_MS))

    this.#stopNow.signal.addEventListener('abort', () => { drained.abort() })

    if (this.#drainMs === 0 || this.#stopNow.signal.aborted) {
      drained.abort()
    }

    try {
      await Promise.all([this.#relay?.drain({ signal: drained.signal }), this.#http?.stop({ signal: drained.signal })])
    } finally {
      clearTimeout(timer)
      this.#load.stop()
      await this.control?.stop()
      await this.libp2p.stop()
      await this.storeCheck?.stop()
      await this.#store?.close()
      await this.#ops?.stop()
    }
  }
}
