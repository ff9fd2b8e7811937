import assert from 'node:assert/strict'
import { LANGUAGES, Peers, TRANSPORTS } from './peer.js'
import { Relay } from './relay.js'
import type { Language, Peer, TransportName } from './peer.js'

const FRAMES = 1000
const BULK_BYTES = 8 * 1024 * 1024
const LIMIT = { duration: 120, data: 10_485_760 }
const HANDSHAKE_BYTES = 16 * 1024
const TTL_SECONDS = 3600

describe('interop: peers of go, rust and js meet through the relay', () => {
  let relay: Relay

  before(async () => {
    relay = await Relay.start({ relay: { reservation_ttl_secs: TTL_SECONDS, max_circuit_duration_secs: LIMIT.duration, max_circuit_bytes: LIMIT.data } })
  })

  after(async () => {
    await relay.stop()
  })

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      const peers = new Peers()
      const targets = new Map<Language, Peer>()
      const sources = new Map<Language, Peer>()

      before(async () => {
        for (const language of LANGUAGES) {
          targets.set(language, await peers.start(language, { transport }))
          sources.set(language, await peers.start(language, { transport }))
        }
      })

      after(async () => {
        await peers.stop()
      })

      for (const language of LANGUAGES) {
        it(`${language} reserves, and reads what the relay promises`, async () => {
          const before = Math.floor(Date.now() / 1000)
          const target = known(targets, language)
          const answer = await target.call('reserve', { addr: relay.addr(transport) })
          assert.ok(answer.addrs.length > 0)
          if (language === 'js') {
            return
          }
          assert.deepEqual(answer.limit, LIMIT)
          if (language === 'go') {
            const after = Math.ceil(Date.now() / 1000)
            const expires = answer.expires ?? 0
            assert.ok(expires >= before + TTL_SECONDS - 1 && expires <= after + TTL_SECONDS + 1, `expires ${expires}`)
            assert.deepEqual(answer.voucher, { relay: relay.peerId, peer: target.peerId, expiration: expires })
            assert.deepEqual(answer.addrs.filter(addr => !addr.endsWith(`/p2p/${relay.peerId}`)), [])
          }
        })
      }

      for (const from of LANGUAGES) {
        for (const to of LANGUAGES) {
          it(`${from} dials ${to}, echoes ${FRAMES} frames and moves 8 MiB each way`, async () => {
            await meet(relay, transport, known(sources, from), known(targets, to))
          })
        }
      }
    })
  }

  describe('over legs of two kinds', () => {
    const peers = new Peers()

    after(async () => {
      await peers.stop()
    })

    const legs: Array<[Language, TransportName, Language, TransportName]> = [
      ['go', 'quic', 'rust', 'tcp+tls'],
      ['rust', 'tcp+noise', 'go', 'quic'],
      ['rust', 'quic', 'go', 'ws'],
      ['go', 'ws', 'rust', 'quic']
    ]

    for (const [from, fromTransport, to, toTransport] of legs) {
      it(`${from} over ${fromTransport} dials ${to} over ${toTransport}, echoes and moves 8 MiB each way`, async () => {
        const target = await peers.start(to, { transport: toTransport })
        const source = await peers.start(from, { transport: fromTransport })
        await target.call('reserve', { addr: relay.addr(toTransport) })
        await meet(relay, fromTransport, source, target)
      })
    }
  })
})

async function meet (relay: Relay, fromTransport: TransportName, source: Peer, target: Peer): Promise<void> {
  const peer = target.peerId
  const { limit } = await source.call('connect', { addr: relay.circuitAddr(fromTransport, peer) })
  if (source.language === 'js') { // tells what is left of it: the handshake has run already
    assert.ok(limit != null && limit.data <= LIMIT.data && limit.data > LIMIT.data - HANDSHAKE_BYTES, JSON.stringify(limit))
    assert.ok(limit.duration <= LIMIT.duration && limit.duration > LIMIT.duration - 10, JSON.stringify(limit))
  } else {
    assert.deepEqual(limit, LIMIT)
  }

  const echo = await source.call('echo', { peer, frames: FRAMES, seed: 1 })
  assert.equal(echo.frames, FRAMES)
  assert.equal(echo.end, 'eof')

  const [ours, theirs] = await Promise.all([
    source.call('bulk', { peer, bytes: BULK_BYTES, seed: 2 }),
    Promise.race([target.event('bulk', { peer: source.peerId }), failure(target)])
  ])
  assert.equal(ours.sent, BULK_BYTES)
  assert.equal(ours.received, BULK_BYTES)
  assert.equal(ours.end, 'eof')
  assert.equal(theirs.received_sha256, ours.sent_sha256)
  assert.equal(ours.received_sha256, theirs.sent_sha256)
  await source.call('disconnect', { peer })
}

async function failure (target: Peer): Promise<never> {
  const { reason } = await target.event('bulk_failed')
  throw new Error(`The target failed: ${reason}`)
}

function known (peers: Map<Language, Peer>, language: Language): Peer {
  const peer = peers.get(language)
  if (peer == null) {
    throw new Error(`no ${language} peer`)
  }
  return peer
}
