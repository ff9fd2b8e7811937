import assert from 'node:assert/strict'
import { Peers, TRANSPORTS } from './peer.js'
import { canReset, nameOf, rawLegs, RawPair } from './raw.js'
import { Relay } from './relay.js'
import type { RawEnd } from './raw.js'

const SOME_BYTES = 5000

describe('interop: how a circuit ends', () => {
  let relay: Relay

  before(async () => {
    relay = await Relay.start()
  })

  after(async () => {
    await relay.stop()
  })

  for (const legs of rawLegs(TRANSPORTS)) {
    it(`a reset arrives as a reset, an end as an end, and the other direction goes on after an end: ${nameOf(legs)}`, async () => {
      const peers = new Peers()
      try {
        const pair = await RawPair.start(relay, peers, legs)

        if (canReset(legs.from, legs.fromTransport)) {
          const { source, destination } = await pair.circuit()
          await resets(source, destination)
        }
        if (canReset(legs.to, legs.toTransport)) {
          const { source, destination } = await pair.circuit()
          await resets(destination, source)
        }
        const one = await pair.circuit()
        await ends(one.source, one.destination)
        const two = await pair.circuit()
        await ends(two.destination, two.source)
      } finally {
        await peers.stop()
      }
    })
  }
})

/** Bytes, then a reset: the bytes arrive, and then nothing but the reset. */
async function resets (from: RawEnd, to: RawEnd): Promise<void> {
  await carries(from, to)
  await from.peer.call('reset', { stream: from.stream })
  const { bytes, end } = await to.peer.call('read', { stream: to.stream })
  assert.deepEqual({ bytes, end }, { bytes: 0, end: 'reset' })
}

/** Bytes, then FIN: they arrive as such, and the other direction still carries bytes and an end of its own. */
async function ends (from: RawEnd, to: RawEnd): Promise<void> {
  const written = await from.peer.call('write', { stream: from.stream, bytes: SOME_BYTES, seed: 3 })
  await from.peer.call('close_write', { stream: from.stream })
  const { bytes, sha256, end } = await to.peer.call('read', { stream: to.stream })
  assert.deepEqual({ bytes, sha256, end }, { bytes: SOME_BYTES, sha256: written.sha256, end: 'eof' })

  const back = await to.peer.call('write', { stream: to.stream, bytes: SOME_BYTES, seed: 4 })
  await to.peer.call('close_write', { stream: to.stream })
  const received = await from.peer.call('read', { stream: from.stream, ended: true })
  assert.deepEqual({ bytes: received.bytes, sha256: received.sha256, end: received.end }, { bytes: SOME_BYTES, sha256: back.sha256, end: 'eof' })
}

async function carries (from: RawEnd, to: RawEnd): Promise<void> {
  const [sent, received] = await Promise.all([
    from.peer.call('write', { stream: from.stream, bytes: SOME_BYTES, seed: 5 }),
    to.peer.call('read', { stream: to.stream, bytes: SOME_BYTES })
  ])
  assert.equal(received.sha256, sent.sha256)
}
