import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import { isRelayed } from '../access/index.js'
import { answer, statusMessage } from './hop-stream.js'
import { limitMessage } from './limit.js'
import { Splice } from './splice.js'
import { openStop } from './stop.js'
import type { HandlerInit } from './handler.js'
import type { HopMessage, Peer, StatusName } from './messages.js'
import type { CircuitEnd, ConnectReason } from './reasons.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'

interface Refusal {
  status: StatusName
  reason: ConnectReason
}

interface Circuit {
  splice: Splice
  connections: readonly Connection[]
}

/** Answers CONNECT (circuit-v2.md, "Circuit establishment"), and keeps the circuits that come of it. */
export class ConnectHandler {
  readonly #init: HandlerInit
  readonly #circuits = new Set<Circuit>()

  constructor (init: HandlerInit) {
    this.#init = init
  }

  get circuits (): number {
    return this.#circuits.size
  }

  /** What the circuits that are open have relayed so far. */
  openBytes (): { toDestination: number, toSource: number } {
    let toDestination = 0
    let toSource = 0

    for (const { splice } of this.#circuits) {
      toDestination += splice.bytesToDestination
      toSource += splice.bytesToSource
    }

    return { toDestination, toSource }
  }

  endAll (reason: CircuitEnd): void {
    for (const { splice } of [...this.#circuits]) {
      splice.end(reason)
    }
  }

  endOver (connection: Connection, reason: CircuitEnd): void {
    for (const { splice, connections } of [...this.#circuits]) {
      if (connections.includes(connection)) {
        splice.end(reason)
      }
    }
  }

  /** `deadline` ends the whole handshake. */
  async handle (stream: Stream, connection: Connection, message: HopMessage, deadline: AbortController): Promise<void> {
    const source = connection.remotePeer
    const destination = readPeer(message.peer)

    if (destination == null) {
      await this.#refuse(stream, source, undefined, { status: 'MALFORMED_MESSAGE', reason: 'malformed_peer' })
      return
    }

    const refusal = this.#refusal(connection, destination)

    if (refusal != null) {
      await this.#refuse(stream, source, destination, refusal)
      return
    }

    const slot = this.#init.slots.take(source, destination, this.#init.ipGroup(connection))

    if ('refusal' in slot) {
      await this.#refuse(stream, source, destination, { status: 'RESOURCE_LIMIT_EXCEEDED', reason: slot.refusal })
      return
    }

    let spliced = false

    try {
      spliced = await this.#connect(stream, connection, destination, deadline, slot.release)
    } finally {
      if (!spliced) {
        slot.release()
      }
    }
  }

  #refusal (connection: Connection, destination: PeerId): Refusal | undefined {
    const { access, components, options, isDraining, isLimited, overload } = this.#init
    const source = connection.remotePeer

    if (isRelayed(connection.remoteAddr)) {
      return { status: 'PERMISSION_DENIED', reason: 'relayed_connection' }
    }

    if (isLimited(connection, 'connect')) {
      return { status: 'RESOURCE_LIMIT_EXCEEDED', reason: 'rate_limited' }
    }

    if (options.requireAuthorizedConnect && !access.isAuthorized(source)) {
      return { status: 'PERMISSION_DENIED', reason: 'not_authorized' }
    }

    if (destination.equals(source) || destination.equals(components.peerId)) {
      return { status: 'PERMISSION_DENIED', reason: 'connect_to_self' }
    }

    if (access.isDeniedPeer(destination)) {
      return { status: 'PERMISSION_DENIED', reason: 'destination_denied' }
    }

    if (isDraining()) {
      return { status: 'CONNECTION_FAILED', reason: 'draining' }
    }

    if (this.#carrier(destination) == null) {
      return { status: 'NO_RESERVATION', reason: 'no_reservation' }
    }

    const reason = overload()

    return reason == null ? undefined : { status: 'RESOURCE_LIMIT_EXCEEDED', reason: `overload_${reason}` }
  }

  async #connect (stream: Stream, connection: Connection, destination: PeerId, deadline: AbortController, release: () => void): Promise<boolean> {
    const { components, options, timers, emit, isDraining } = this.#init
    const source = connection.remotePeer
    // #refusal found one, and nothing was awaited since
    const carrier = this.#carrier(destination) as Connection
    const limit = limitMessage(options)
    const onSourceClose = (): void => { deadline.abort(new Error('source closed its HOP stream')) }
    let stopStream: Stream

    stream.addEventListener('close', onSourceClose)

    try {
      stopStream = await openStop(carrier, source, limit, deadline.signal)
    } catch (err) {
      components.logger.forComponent('enigma:relay').trace('STOP failed - %e', err)
      await this.#refuse(stream, source, destination, { status: 'CONNECTION_FAILED', reason: 'destination_failed' })
      return false
    } finally {
      stream.removeEventListener('close', onSourceClose)
    }

    // the reservation may have ended, and shutdown begun, while the destination was asked
    const late = isDraining()
      ? { status: 'CONNECTION_FAILED', reason: 'draining' } as const
      : this.#carrier(destination) == null ? { status: 'NO_RESERVATION', reason: 'reservation_ended' } as const : undefined

    if (late != null) {
      stopStream.abort(new Error(late.reason))
      await this.#refuse(stream, source, destination, late)
      return false
    }

    try {
      stream.send(statusMessage('OK', { limit }))
    } catch (err) {
      stopStream.abort(err instanceof Error ? err : new Error(String(err)))
      emit('circuit_req_denied', { src_peer_id: source.toString(), dst_peer_id: destination.toString(), reason: 'source_gone', status: 'CONNECTION_FAILED' })
      throw err
    }

    emit('circuit_req_accepted', { src_peer_id: source.toString(), dst_peer_id: destination.toString() })
    this.#splice({ stream, connection }, { stream: stopStream, connection: carrier }, release, timers)

    return true
  }

  #splice (source: { stream: Stream, connection: Connection }, destination: { stream: Stream, connection: Connection }, release: () => void, timers: HandlerInit['timers']): void {
    const { options, emit, onCircuitEnd } = this.#init
    const begun = performance.now()
    const splice = new Splice({
      source,
      destination,
      maxBytes: options.maxCircuitBytes,
      maxDurationSeconds: options.maxCircuitDurationSeconds,
      maxBytesPerSecond: options.maxBytesPerSecond,
      timers,
      onEnd: reason => {
        this.#circuits.delete(circuit)
        release()
        onCircuitEnd(splice.bytesToDestination, splice.bytesToSource)
        emit('circuit_closed', {
          src_peer_id: source.connection.remotePeer.toString(),
          dst_peer_id: destination.connection.remotePeer.toString(),
          bytes_to_dst: splice.bytesToDestination,
          bytes_to_src: splice.bytesToSource,
          duration_ms: Math.round(performance.now() - begun),
          reason
        })
      }
    })
    const circuit: Circuit = { splice, connections: [source.connection, destination.connection] }

    this.#circuits.add(circuit)
    splice.start()
  }

  async #refuse (stream: Stream, source: PeerId, destination: PeerId | undefined, { status, reason }: Refusal): Promise<void> {
    this.#init.emit('circuit_req_denied', { src_peer_id: source.toString(), dst_peer_id: destination?.toString() ?? '', reason, status })
    await answer(stream, status, this.#init.timers)
  }

  /**
   * The connection that a STOP goes over: the newest open one that carries the reservation, else the newest other direct
   * one (contract). Undefined without a reservation.
   */
  #carrier (peer: PeerId): Connection | undefined {
    const { components, reservations } = this.#init
    const reservation = reservations.get(peer)

    if (reservation == null) {
      return undefined
    }

    return newestOpen([...reservation.carriers.keys()]) ?? newestOpen(components.connectionManager.getConnections(peer))
  }
}

function newestOpen (connections: readonly Connection[]): Connection | undefined {
  return connections
    .filter(connection => connection.status === 'open' && !isRelayed(connection.remoteAddr))
    .reduce<Connection | undefined>((newest, connection) => newest == null || connection.timeline.open >= newest.timeline.open ? connection : newest, undefined)
}

/** Undefined when it names no peer or an address that is none. */
function readPeer (peer: Peer | undefined): PeerId | undefined {
  if (peer == null) {
    return undefined
  }

  try {
    peer.addrs.forEach(bytes => multiaddr(bytes).getComponents())

    return peerIdFromMultihash(Digest.decode(peer.id))
  } catch {
    return undefined
  }
}
