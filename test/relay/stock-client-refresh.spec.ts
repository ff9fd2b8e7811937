import { strict as assert } from 'node:assert'
import { openRaw, RawStream } from '../support/raw-stream.js'
import { Rig } from '../support/rig.js'
import { until } from '../support/wait.js'
import type { EventFields } from '../../src/ops/index.js'
import type { ClientNode } from '../support/nodes.js'
import type { TestRelay } from '../support/rig.js'

const ECHO = '/test/echo/1'

/**
 * The stock client renews no sooner than 30 s after it has reserved. So this begins with the first test of the whole run
 * and goes on beside the others; the test below only waits for its end.
 */
interface Result { accepted: Array<EventFields['reservation_req_accepted']>, timedOut: number, reservations: number, echoed: Uint8Array }

const rig = new Rig({ until: 'stop' })
let stopped = false
let begun: Promise<{ relay: TestRelay, listener: ClientNode }> | undefined
let running: Promise<Result> | undefined

async function begin (): Promise<{ relay: TestRelay, listener: ClientNode }> {
  const relay = await rig.relay({ reservationTtlSeconds: 40 })
  const listener = await rig.client({ circuit: true, listen: [`${relay.addr().toString()}/p2p-circuit`] })
  await listener.handle(ECHO, async stream => {
    const raw = new RawStream(stream)
    raw.send(await raw.bytes(1))
    await raw.close()
  }, { runOnLimitedConnection: true })
  return { relay, listener }
}

async function comes (condition: () => boolean, what: string): Promise<void> {
  await until(() => stopped || condition(), what, 90_000)

  if (stopped) {
    throw new Error('the run is over')
  }
}

async function overTime (started: Promise<{ relay: TestRelay, listener: ClientNode }>): Promise<Result> {
  const { relay, listener } = await started
  const accepted = (): Result['accepted'] => relay.events.of('reservation_req_accepted')
  await comes(() => accepted().length === 2, 'the client renews')
  await comes(() => Date.now() / 1000 > (accepted()[0]?.expires ?? Infinity), 'the first expiry has passed')

  const address = listener.getMultiaddrs().find(addr => addr.toString().includes('/p2p-circuit'))
  assert(address != null)
  const raw = await openRaw(await (await rig.client({ circuit: true })).dial(address), ECHO)
  raw.send(Uint8Array.of(7))
  const echoed = await raw.bytes(1)

  return { accepted: accepted(), timedOut: relay.events.of('reservation_timed_out').length, reservations: relay.service.stats().reservations, echoed }
}

before(() => {
  begun = begin()
  running = overTime(begun)
  // whoever waits for it hears of a failure; nobody may
  running.catch(() => {})
})

after(async () => {
  stopped = true
  await begun?.catch(() => {})
  await rig.stop()
})

describe('circuit relay: the stock js client over time', () => {
  it('C18 renews a reservation of 40 s and is dialled when the first expiry is over', async () => {
    assert(running != null)
    const { accepted, timedOut, reservations, echoed } = await running
    assert.deepEqual(accepted.map(event => event.renewed), [false, true])
    assert((accepted[1]?.expires ?? 0) > (accepted[0]?.expires ?? Infinity))
    assert.equal(timedOut, 0)
    assert.equal(reservations, 1)
    assert.deepEqual(echoed, Uint8Array.of(7))
  }).timeout(150_000)
})
