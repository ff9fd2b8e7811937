import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { streamPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { ReserveHandler } from '../../src/relay/reserve.js'
import { Reservations } from '../../src/relay/reservations.js'
import { TimerWheel } from '../../src/relay/timer-wheel.js'
import { RawStream } from '../support/raw-stream.js'
import { statusName } from '../support/wire.js'
import type { HandlerInit } from '../../src/relay/handler.js'
import type { Connection } from '@libp2p/interface'

describe('relay: a RESERVE whose stream ends badly', () => {
  const timers = new TimerWheel()

  after(() => { timers.clear() })

  async function relay (): Promise<{ handler: ReserveHandler, reservations: Reservations, connection: Connection, events: string[] }> {
    const privateKey = await generateKeyPair('Ed25519')
    const peerId = peerIdFromPrivateKey(privateKey)
    const remotePeer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const reservations = new Reservations({ maxReservations: 0, maxReservationsPerPeer: 0, maxReservationsPerIp: 0, ttlSeconds: 60 }, timers, () => {})
    const events: string[] = []
    const init = {
      components: {
        privateKey,
        peerId,
        addressManager: { getAddressesWithMetadata: () => [{ multiaddr: multiaddr('/ip4/192.0.2.1/tcp/4001'), type: 'announce', verified: true }] },
        peerStore: { merge: async () => {} }
      },
      options: { reservationTtlSeconds: 60, maxCircuitBytes: 0, maxCircuitDurationSeconds: 0, advertisePrivateAddrs: true },
      timers,
      reservations,
      isDraining: () => false,
      isLimited: () => false,
      overload: () => undefined,
      ipGroup: () => undefined,
      emit: (name: string) => { events.push(name) },
      onReserved: () => {}
    }

    return {
      // what RESERVE needs of the relay
      handler: new ReserveHandler(init as unknown as HandlerInit),
      reservations,
      connection: { remotePeer, remoteAddr: multiaddr('/ip4/192.0.2.2/tcp/4001'), status: 'open' } as unknown as Connection,
      events
    }
  }

  it('keeps the reservation that the peer was told of', async () => {
    const { handler, reservations, connection, events } = await relay()
    const [stream, other] = await streamPair()
    const raw = new RawStream(other)
    const lost = new Error('the stream was aborted before all was written')

    stream.close = async () => {
      assert.equal(statusName((await raw.hop()).status), 'OK')
      stream.abort(lost)
      throw lost
    }

    await assert.rejects(handler.handle(stream, connection), lost)
    assert.ok(reservations.get(connection.remotePeer) != null, 'the peer holds a reservation that the relay does not know')
    assert.deepEqual(events, ['reservation_req_accepted'])
    reservations.remove(connection.remotePeer)
  })

  it('frees the slot of a peer that could not be told', async () => {
    const { handler, reservations, connection, events } = await relay()
    const [stream, other] = await streamPair()

    stream.abort(new Error('gone'))
    await assert.rejects(handler.handle(stream, connection), { name: 'StreamStateError' })
    assert.equal(reservations.size, 0)
    assert.deepEqual(events, [])
    other.abort(new Error('over'))
  })
})
