import assert from 'node:assert/strict'
import { PeerError, Peers, TRANSPORTS } from './peer.js'
import { RAW_LANGUAGES } from './raw.js'
import { Relay } from './relay.js'
import type { Language, Peer, TransportName } from './peer.js'

type Refusal = 'NO_RESERVATION' | 'PERMISSION_DENIED' | 'RESOURCE_LIMIT_EXCEEDED' | 'CONNECTION_FAILED'

/** How each client library words the status of a refused dial; the stock js and go clients by its name. */
const DIALS_IN_RUST: Record<Refusal, RegExp> = {
  NO_RESERVATION: /NoReservation/,
  PERMISSION_DENIED: /PermissionDenied/,
  RESOURCE_LIMIT_EXCEEDED: /ResourceLimitExceeded/,
  CONNECTION_FAILED: /ConnectionFailed/
}

const RESERVES: Record<'RESERVATION_REFUSED' | 'PERMISSION_DENIED', Record<Language, RegExp>> = {
  RESERVATION_REFUSED: { go: /RESERVATION_REFUSED/, rust: /Reservation\(Refused\)/, js: /RESERVATION_REFUSED/ },
  // rust's client does not know this status for a reservation, but names it
  PERMISSION_DENIED: { go: /PERMISSION_DENIED/, rust: /UnexpectedStatus\("PERMISSION_DENIED"\)/, js: /PERMISSION_DENIED/ }
}

const CLIENTS = ['go', 'rust', 'js'] as const

describe('interop: refusals reach each client with their status', () => {
  const peers = new Peers()
  const relays: Relay[] = []

  async function startRelay (config: Parameters<typeof Relay.start>[0]): Promise<Relay> {
    const relay = await Relay.start(config)
    relays.push(relay)
    return relay
  }

  afterEach(async () => {
    await peers.stop()
    await Promise.all(relays.splice(0).map(async relay => { await relay.stop() }))
  })

  for (const transport of TRANSPORTS) {
    it(`NO_RESERVATION for a peer that has none, CONNECTION_FAILED for one that refuses, over ${transport}`, async () => {
      const relay = await startRelay({})
      const absent = await peers.start('go', { transport })
      const unwilling = await peers.start('go', { transport, raw: true, refuse: true })
      await unwilling.call('reserve', { addr: relay.addr(transport) })
      for (const language of CLIENTS) {
        const client = await peers.start(language, { transport })
        await refusesDial(client, relay, transport, absent.peerId, 'NO_RESERVATION')
        await refusesDial(client, relay, transport, unwilling.peerId, 'CONNECTION_FAILED')
        const { end } = await unwilling.event('circuit', { peer: client.peerId })
        assert.ok(end === 'reset' || end === 'eof', `a refused STOP ended with ${end}`)
      }
      for (const language of RAW_LANGUAGES) {
        const client = await peers.start(language, { transport, raw: true })
        await refusesCircuit(client, relay, transport, absent.peerId, 'NO_RESERVATION')
      }
    })

    it(`PERMISSION_DENIED for a peer that is not on the list, over ${transport}`, async () => {
      const allowed = await peers.start('go', { transport })
      const relay = await startRelay({
        auth: { auth_enabled: true, restrict_connect: true, auth_token: 'only for this test', allow_peers: [allowed.peerId] }
      })
      await allowed.call('reserve', { addr: relay.addr(transport) })
      for (const language of CLIENTS) {
        const client = await peers.start(language, { transport })
        await refusesReserve(client, relay, transport, 'PERMISSION_DENIED')
        await refusesDial(client, relay, transport, allowed.peerId, 'PERMISSION_DENIED')
      }
      for (const language of RAW_LANGUAGES) {
        const client = await peers.start(language, { transport, raw: true })
        await refusesCircuit(client, relay, transport, allowed.peerId, 'PERMISSION_DENIED')
      }
    })

    it(`RESERVATION_REFUSED for one more than may reserve, RESOURCE_LIMIT_EXCEEDED for one circuit too many, over ${transport}`, async () => {
      const relay = await startRelay({ relay: { max_reservations: 1, max_circuits_per_peer: 1 } })
      const target = await peers.start('go', { transport })
      const first = await peers.start('go', { transport })
      await target.call('reserve', { addr: relay.addr(transport) })
      await target.call('reserve', { addr: relay.addr(transport) }) // a renewal needs no slot
      await first.call('connect', { addr: relay.circuitAddr(transport, target.peerId) })
      for (const language of CLIENTS) {
        const client = await peers.start(language, { transport })
        await refusesReserve(client, relay, transport, 'RESERVATION_REFUSED')
        await refusesDial(client, relay, transport, target.peerId, 'RESOURCE_LIMIT_EXCEEDED')
      }
      for (const language of RAW_LANGUAGES) {
        const client = await peers.start(language, { transport, raw: true })
        await refusesCircuit(client, relay, transport, target.peerId, 'RESOURCE_LIMIT_EXCEEDED')
      }
    })
  }
})

async function refusesDial (client: Peer, relay: Relay, transport: TransportName, peerId: string, refusal: Refusal): Promise<void> {
  await assert.rejects(client.call('connect', { addr: relay.circuitAddr(transport, peerId) }), err => {
    assert.ok(err instanceof PeerError)
    assert.match(err.message, client.language === 'rust' ? DIALS_IN_RUST[refusal] : new RegExp(refusal))
    return true
  })
}

async function refusesReserve (client: Peer, relay: Relay, transport: TransportName, refusal: keyof typeof RESERVES): Promise<void> {
  await assert.rejects(client.call('reserve', { addr: relay.addr(transport) }), err => {
    assert.ok(err instanceof PeerError)
    assert.match(err.message, RESERVES[refusal][client.language])
    return true
  })
}

/** By hand: the status as it is on the wire, and the stream ended by the relay after it. */
async function refusesCircuit (client: Peer, relay: Relay, transport: TransportName, peerId: string, refusal: Refusal): Promise<void> {
  await assert.rejects(client.call('circuit', { addr: relay.addr(transport), peer: peerId }), err => {
    assert.ok(err instanceof PeerError)
    assert.equal(err.status, refusal)
    assert.equal(err.end, 'eof')
    return true
  })
}
