import { strict as assert } from 'node:assert'
import { Rig } from '../support/rig.js'
import { staysTrue, within } from '../support/wait.js'

describe('circuit relay: several who wait for the drain', () => {
  const rig = new Rig()

  it('one that gives up leaves the others waiting for the last circuit', async () => {
    const { relay, source } = await rig.circuitOn({})
    const impatient = new AbortController()
    let done = false
    const given = relay.service.drain({ signal: impatient.signal })
    const drained = relay.service.drain().then(() => { done = true })
    impatient.abort()
    await within(given, 'the drain() that was given up')
    assert(await staysTrue(() => !done, 100), 'the other drain() came back with a circuit open')
    source.reset()
    await within(drained, 'the other drain()')
  })
})
