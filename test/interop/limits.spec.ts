import assert from 'node:assert/strict'
import { seededBytes, sha256 } from './bytes.js'
import { Peers, TRANSPORTS } from './peer.js'
import { nameOf, rawLegs, RawPair } from './raw.js'
import { Relay } from './relay.js'
import type { RawEnd } from './raw.js'

const DATA_LIMIT = 100_000
const OVER = 50_000
const DURATION_LIMIT_SECONDS = 2
const DURATION_SLACK_MS = 2500
const SEED = 7

describe('interop: limits of circuits', () => {
  describe('of data', () => {
    let relay: Relay

    before(async () => {
      relay = await Relay.start({ relay: { max_circuit_bytes: DATA_LIMIT, max_circuit_duration_secs: 0 } })
    })

    after(async () => {
      await relay.stop()
    })

    for (const legs of rawLegs(TRANSPORTS)) {
      it(`lets ${DATA_LIMIT} bytes each way pass, and at one more resets both ends after what is within: ${nameOf(legs)}`, async () => {
        const peers = new Peers()
        try {
          const pair = await RawPair.start(relay, peers, legs)
          const first = await pair.circuit()
          assert.deepEqual(first.limits, [{ duration: 0, data: DATA_LIMIT }, { duration: 0, data: DATA_LIMIT }])
          await passes(first.source, first.destination)
          await passes(first.destination, first.source)
          await first.source.peer.call('write', { stream: first.source.stream, bytes: 1, seed: SEED })
          assert.deepEqual(await toEnd(first.destination), { bytes: 0, sha256: sha256(new Uint8Array()), end: 'reset' })
          assert.equal((await toEnd(first.source)).end, 'reset')

          const second = await pair.circuit()
          const write = second.source.peer.call('write', { stream: second.source.stream, bytes: DATA_LIMIT + OVER, seed: SEED })
          assert.deepEqual(await toEnd(second.destination), { bytes: DATA_LIMIT, sha256: sha256(seededBytes(SEED, DATA_LIMIT)), end: 'reset' })
          await write
          assert.equal((await toEnd(second.source)).end, 'reset')
        } finally {
          await peers.stop()
        }
      })
    }
  })

  describe('of data, with a connection of go on top', () => {
    let relay: Relay

    before(async () => {
      relay = await Relay.start({ relay: { max_circuit_bytes: DATA_LIMIT } })
    })

    after(async () => {
      await relay.stop()
    })

    for (const transport of TRANSPORTS) {
      it(`cuts a stream of the connection, which never looks like its end, over ${transport}`, async () => {
        const peers = new Peers()
        try {
          const target = await peers.start('go', { transport })
          const source = await peers.start('go', { transport })
          const peer = target.peerId
          await target.call('reserve', { addr: relay.addr(transport) })
          await source.call('connect', { addr: relay.circuitAddr(transport, peer) })
          const held = await source.call('open', { peer })
          const write = source.call('write', { stream: held.stream, bytes: DATA_LIMIT, seed: SEED })
          const { stream } = await target.event('stream', { peer: source.peerId })
          const { bytes, end } = await target.call('read', { stream })
          await write
          assert.ok(bytes < DATA_LIMIT, `${bytes} bytes, with the handshake and the records on top of them`)
          assert.equal(end, 'reset')
        } finally {
          await peers.stop()
        }
      })
    }
  })

  describe('of duration', () => {
    let relay: Relay

    before(async () => {
      relay = await Relay.start({ relay: { max_circuit_bytes: 0, max_circuit_duration_secs: DURATION_LIMIT_SECONDS } })
    })

    after(async () => {
      await relay.stop()
    })

    it(`resets both ends after ${DURATION_LIMIT_SECONDS} seconds, for each pair over each transport`, async () => {
      const peers = new Peers()
      try {
        await Promise.all(rawLegs(TRANSPORTS).map(async legs => {
          const pair = await RawPair.start(relay, peers, legs)
          const { source, destination, limits } = await pair.circuit()
          const begun = performance.now()
          assert.deepEqual(limits, [{ duration: DURATION_LIMIT_SECONDS, data: 0 }, { duration: DURATION_LIMIT_SECONDS, data: 0 }])
          await passes(source, destination)
          const ends = await Promise.all([toEnd(source), toEnd(destination)])
          const took = performance.now() - begun
          assert.deepEqual(ends.map(({ end }) => end), ['reset', 'reset'], nameOf(legs))
          assert.ok(took > DURATION_LIMIT_SECONDS * 1000 - 500 && took < DURATION_LIMIT_SECONDS * 1000 + DURATION_SLACK_MS, `${nameOf(legs)}: ${took} ms`)
        }))
      } finally {
        await peers.stop()
      }
    })
  })
})

/** All of the data limit, from one end to the other. */
async function passes (from: RawEnd, to: RawEnd): Promise<void> {
  const [sent, received] = await Promise.all([
    from.peer.call('write', { stream: from.stream, bytes: DATA_LIMIT, seed: SEED }),
    to.peer.call('read', { stream: to.stream, bytes: DATA_LIMIT })
  ])
  assert.equal(sent.end, 'open')
  assert.equal(received.end, 'open')
  assert.equal(received.bytes, DATA_LIMIT)
  assert.equal(received.sha256, sent.sha256)
}

async function toEnd ({ peer, stream }: RawEnd): Promise<{ bytes: number, sha256: string, end: string }> {
  const { bytes, sha256, end } = await peer.call('read', { stream })
  return { bytes, sha256, end }
}
