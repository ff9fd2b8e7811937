import assert from 'node:assert/strict'
import { Peers, TRANSPORTS } from './peer.js'
import { RAW_LANGUAGES } from './raw.js'
import { Relay } from './relay.js'
import type { Peer, TransportName } from './peer.js'

/** Both renew at 3/4 of it, rust in whole seconds. */
const TTL_SECONDS = 12
const RENEWALS = 3
const FRAMES = 10
const BYTES = 1000

describe('interop: reservations are renewed', () => {
  const peers = new Peers()
  let relay: Relay

  before(async () => {
    relay = await Relay.start({ relay: { reservation_ttl_secs: TTL_SECONDS } })
  })

  after(async () => {
    await peers.stop()
    await relay.stop()
  })

  it(`${RENEWALS} times by go and by rust over each transport, while a circuit stays open and new ones can be made`, async function () {
    this.timeout((RENEWALS + 2) * TTL_SECONDS * 1000)
    await Promise.all(TRANSPORTS.flatMap(transport => RAW_LANGUAGES.map(async language => {
      const target = await peers.start(language, { transport })
      const early = await peers.start(language, { transport })
      const late = await peers.start(language === 'go' ? 'rust' : 'go', { transport })
      await renews(transport, target, early, late)
    })))
    assert.deepEqual(relay.events('reservation_timed_out'), [])
  })

  async function renews (transport: TransportName, target: Peer, early: Peer, late: Peer): Promise<void> {
    const peer = target.peerId
    const begun = performance.now()
    let { expires } = await target.call('reserve', { addr: relay.addr(transport), renew: true })
    await early.call('connect', { addr: relay.circuitAddr(transport, peer) })
    const held = await early.call('open', { peer })
    // go's side is not announced before something is written
    await early.call('write', { stream: held.stream, bytes: BYTES, seed: 1 })
    const { stream } = await target.event('stream', { peer: early.peerId })
    assert.equal((await target.call('read', { stream, bytes: BYTES })).bytes, BYTES)

    for (let i = 0; i < RENEWALS; i++) {
      const renewed = await target.event('renewed', { timeoutMs: TTL_SECONDS * 1000 })
      if (renewed.expires != null && expires != null) {
        assert.ok(renewed.expires > expires, `expires ${renewed.expires} after ${expires}`)
        expires = renewed.expires
      }
    }
    assert.ok(performance.now() - begun > 2 * TTL_SECONDS * 1000, 'longer than two reservations without a renewal')
    const logged = await relay.logged('reservation_req_accepted', peer, 1 + RENEWALS)
    assert.deepEqual(logged.map(line => line.renewed), [false, ...Array.from({ length: RENEWALS }, () => true)])

    // the circuit of before carries on
    await early.call('write', { stream: held.stream, bytes: BYTES, seed: 2 })
    assert.equal((await target.call('read', { stream, bytes: BYTES })).bytes, BYTES)

    // and new ones find the peer
    await late.call('connect', { addr: relay.circuitAddr(transport, peer) })
    assert.equal((await late.call('echo', { peer, frames: FRAMES, seed: 1 })).end, 'eof')
  }
})
