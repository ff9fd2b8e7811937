import { isRelayed } from '../access/index.js'
import { reservationAddrs } from './addresses.js'
import { answer, endAnswered, statusMessage } from './hop-stream.js'
import { limitMessage } from './limit.js'
import { encodeHop, HopType, MAX_MESSAGE_LENGTH, Status } from './messages.js'
import { sealVoucher } from './voucher.js'
import type { HandlerInit } from './handler.js'
import type { StatusName } from './messages.js'
import type { ReserveReason } from './reasons.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'

/** The stock server's name, so that whoever looks at tags finds them. */
const TAG = 'circuit-relay-source'

/** A pruner drops peers with lower values first (circuit-v2.md: the relay should keep reserved connections). */
const TAG_VALUE = 100

/** Answers that are kept for peers that ask again within a second, of some 600 bytes each. */
const MAX_KEPT_ANSWERS = 1024

interface Refusal {
  status: StatusName
  reason: ReserveReason
}

/** Answers RESERVE (circuit-v2.md, "Reservation"). */
export class ReserveHandler {
  readonly #init: HandlerInit
  /** By peer; those that tell `#keptExpiry`, Unix seconds. */
  readonly #keptAnswers = new Map<string, Uint8Array>()
  #keptExpiry = 0

  constructor (init: HandlerInit) {
    this.#init = init
  }

  async handle (stream: Stream, connection: Connection): Promise<void> {
    const { reservations, timers, emit, ipGroup, onReserved } = this.#init
    const peer = connection.remotePeer
    const refusal = this.#refusal(connection)

    if (refusal != null) {
      await this.#refuse(stream, peer, refusal)
      return
    }

    const result = reservations.reserve(connection, ipGroup(connection))

    if (result.refusal != null) {
      await this.#refuse(stream, peer, { status: 'RESERVATION_REFUSED', reason: result.refusal })
      return
    }

    const { reservation, renewed } = result
    const { expires, grants } = reservation

    try {
      stream.send(await this.#okAnswer(peer, expires))
    } catch (err) {
      // the peer was never told, so it holds nothing, unless it has asked once more since
      if (!renewed && reservations.get(peer) === reservation && reservation.grants === grants) {
        reservations.remove(peer)
      }

      throw err
    }

    emit('reservation_req_accepted', { peer_id: peer.toString(), renewed, expires })

    if (!renewed) {
      // it stays until the reservation ends: a renewal has nothing to write
      this.#merge(peer, { value: TAG_VALUE })
      onReserved(reservation)
    }

    // Whether the answer arrived is not known when this fails. A peer that took it holds what it was told; one that did not asks again.
    await endAnswered(stream, timers)
  }

  untag (peer: PeerId): void {
    this.#merge(peer, undefined)
  }

  #refusal (connection: Connection): Refusal | undefined {
    const { access, options, reservations, isDraining, isLimited, overload } = this.#init

    if (isRelayed(connection.remoteAddr)) {
      return { status: 'PERMISSION_DENIED', reason: 'relayed_connection' }
    }

    if (isLimited(connection, 'reserve')) {
      return { status: 'RESERVATION_REFUSED', reason: 'rate_limited' }
    }

    if (options.requireAuthorizedReserve && !access.isAuthorized(connection.remotePeer)) {
      return { status: 'PERMISSION_DENIED', reason: 'not_authorized' }
    }

    if (isDraining()) {
      return { status: 'RESERVATION_REFUSED', reason: 'draining' }
    }

    const reason = reservations.get(connection.remotePeer) == null ? overload() : undefined

    if (reason != null) {
      return { status: 'RESERVATION_REFUSED', reason: `overload_${reason}` }
    }

    // it closed while the message was read; its close event has been and will not free the slot
    return connection.status === 'open' ? undefined : { status: 'RESERVATION_REFUSED', reason: 'connection_closed' }
  }

  async #refuse (stream: Stream, peer: PeerId, { status, reason }: Refusal): Promise<void> {
    this.#init.emit('reservation_req_denied', { peer_id: peer.toString(), reason, status })
    await answer(stream, status, this.#init.timers)
  }

  /** Whoever asks many times a second has one voucher signed a second: all of them would say the same. */
  async #okAnswer (peer: PeerId, expires: number): Promise<Uint8Array> {
    const key = peer.toString()

    if (this.#keptExpiry !== expires) {
      this.#keptAnswers.clear()
      this.#keptExpiry = expires
    }

    let kept = this.#keptAnswers.get(key)

    if (kept == null) {
      kept = statusMessage('OK', await this.#reservationMessage(peer, expires))

      if (this.#keptExpiry === expires && this.#keptAnswers.size < MAX_KEPT_ANSWERS) {
        this.#keptAnswers.set(key, kept)
      }
    }

    // who sends it may write into it
    return kept.slice()
  }

  async #reservationMessage (peer: PeerId, expires: number): Promise<Parameters<typeof statusMessage>[1]> {
    const { components, options } = this.#init
    const { addrs } = reservationAddrs(components.addressManager, components.peerId, options.advertisePrivateAddrs)
    const voucher = await sealVoucher({ relay: components.peerId, peer, expiration: BigInt(expires), privateKey: components.privateKey })
    const limit = limitMessage(options)
    const reservation = { expire: BigInt(expires), addrs: addrs.map(addr => addr.bytes), voucher }

    // long announced names: fewer addresses rather than a message that go and rust refuse
    while (reservation.addrs.length > 1 && encodeHop({ type: HopType.STATUS, status: Status.OK, reservation, limit }).byteLength > MAX_MESSAGE_LENGTH) {
      reservation.addrs.pop()
    }

    return { reservation, limit }
  }

  #merge (peer: PeerId, tag: { value: number } | undefined): void {
    const { components } = this.#init

    components.peerStore.merge(peer, { tags: { [TAG]: tag } })
      .catch(err => { components.logger.forComponent('enigma:relay').error('could not tag a peer - %e', err) })
  }
}
