import { strict as assert } from 'node:assert'
import { StreamEndedError } from '../support/raw-stream.js'
import { Rig } from '../support/rig.js'
import { below, honestHop, mutated, seeded } from '../support/mutate.js'
import { accept } from '../support/stop-target.js'
import { frame, HOP, HopType, statusName, STOP } from '../support/wire.js'
import { until } from '../support/wait.js'
import type { TestPeer } from '../support/rig.js'

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

describe('circuit relay: frames that nobody should send, through sockets', () => {
  const rig = new Rig()
  const escaped: unknown[] = []
  const onEscape = (err: unknown): void => { escaped.push(err) }

  // beside mocha's own listeners, which would blame whichever test runs
  beforeEach(() => {
    escaped.length = 0
    process.on('unhandledRejection', onEscape)
    process.on('uncaughtExceptionMonitor', onEscape)
  })

  afterEach(() => {
    process.off('unhandledRejection', onEscape)
    process.off('uncaughtExceptionMonitor', onEscape)
    assert.deepEqual(escaped, [], `FUZZ_SEED=${SEED}`)
  })

  /** Sends the bytes, split at random, closes, and resolves when the relay has answered or ended the stream. */
  async function throwAt (peer: TestPeer, random: () => number, bytes: Uint8Array): Promise<string> {
    const raw = await peer.hop()

    try {
      for (let offset = 0; offset < bytes.byteLength;) {
        const size = 1 + below(random, bytes.byteLength)
        raw.send(bytes.subarray(offset, offset + size))
        offset += size
      }

      await raw.close()
      const reply = await raw.hop()
      assert.equal(reply.type, HopType.STATUS, `FUZZ_SEED=${SEED}`)
      return statusName(reply.status)
    } catch (err) {
      if (err instanceof assert.AssertionError || (err instanceof Error && err.message.startsWith('waited'))) {
        throw new Error(`FUZZ_SEED=${SEED}, frame ${Buffer.from(bytes).toString('hex')}: ${err.message}`, { cause: err })
      }

      return err instanceof StreamEndedError ? err.ending : 'write failed'
    } finally {
      raw.reset()
    }
  }

  it('answers or resets each of 1,000 mutated frames on HOP, leaks nothing and goes on serving', async () => {
    const random = seeded(SEED)
    const relay = await rig.relay({ hopTimeoutSeconds: 2, maxCircuits: 50, maxCircuitsPerPeer: 0 })
    const target = await rig.target(relay, accept())
    const peers = await Promise.all(Array.from({ length: 4 }, async () => await rig.peer(relay)))
    const honest = honestHop(target.peer.id).map(frame)
    const outcomes = new Map<string, number>()

    await Promise.all(peers.map(async peer => {
      for (let i = 0; i < 250; i++) {
        const outcome = await throwAt(peer, random, mutated(random, honest[i % honest.length] ?? new Uint8Array(0)))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    }))

    assert((outcomes.get('MALFORMED_MESSAGE') ?? 0) > 50, JSON.stringify([...outcomes]))
    await until(() => relay.service.stats().circuits === 0, () => `no circuit is left; ${relay.service.stats().circuits}`)
    await until(() => relay.streams(HOP).length + relay.streams(STOP).length === 0, 'no stream is left')

    await Promise.all(peers.map(async peer => { await peer.disconnect() }))
    assert.deepEqual([...relay.service.reservations.keys()], [target.peer.peerId.toString()])
    const { totals } = relay.service.stats()
    assert.equal(totals.circuit_closed, relay.events.of('circuit_closed').length)
    assert.equal(totals.circuit_closed, totals.circuit_req_accepted)

    const circuit = await rig.circuit(await rig.peer(relay), target)
    circuit.source.send(Uint8Array.of(42))
    assert.deepEqual(await circuit.target.bytes(1), Uint8Array.of(42))
  }).timeout(120_000)

  it('gives CONNECTION_FAILED, or OK, for each of 300 mutated answers on STOP, and leaks nothing', async () => {
    const random = seeded(SEED + 1)
    const relay = await rig.relay({ hopTimeoutSeconds: 1, maxCircuits: 20, maxCircuitsPerPeer: 0 })
    const good = frame(Uint8Array.of(8, 1, 32, 100))
    const target = await rig.target(relay, async ({ raw }) => {
      raw.send(mutated(random, good))
      await raw.close()
    })
    const source = await rig.peer(relay)
    const statuses = new Map<string, number>()

    for (let i = 0; i < 300; i++) {
      const { raw, reply } = await source.tryConnect(target.peer.id)
      const status = statusName(reply.status)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      raw.reset()
    }

    assert.deepEqual([...statuses.keys()].filter(status => status !== 'OK' && status !== 'CONNECTION_FAILED'), [])
    assert((statuses.get('CONNECTION_FAILED') ?? 0) > 100, JSON.stringify([...statuses]))
    await until(() => relay.service.stats().circuits === 0, 'no circuit is left')
    target.stop.behaviour = accept()
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  }).timeout(120_000)

  it('lives through 100 streams whose connections end in the middle of everything', async () => {
    const random = seeded(SEED + 2)
    const relay = await rig.relay({ maxCircuitsPerPeer: 0, maxReservationsPerIp: 0 })
    const target = await rig.target(relay, accept())

    for (let i = 0; i < 25; i++) {
      const peer = await rig.peer(relay)
      await Promise.all(Array.from({ length: 4 }, async () => {
        const raw = await peer.hop()
        raw.sendFrame(honestHop(target.peer.id)[below(random, 3)] ?? new Uint8Array(0))

        if (random() < 0.5) {
          raw.send(new Uint8Array(below(random, 100_000)))
        }

        if (random() < 0.3) {
          raw.reset()
        }
      }))

      if (random() < 0.5) {
        await Promise.race([peer.barrier(), target.peer.barrier()])
      }

      peer.connection.abort(new Error('in the middle'))
    }

    await until(() => relay.service.stats().circuits === 0, 'no circuit is left')
    await until(() => relay.service.stats().reservations === 1, 'only the target\'s reservation is left')
    await relay.noStreams()
    assert.equal(relay.events.of('circuit_closed').length, relay.events.of('circuit_req_accepted').length)
    assert.equal(await (await rig.peer(relay)).connectStatus(target.peer.id), 'OK')
  })
})
