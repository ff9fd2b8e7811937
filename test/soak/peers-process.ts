import { inspect } from 'node:util'
import { answer } from '../abuse/process.js'
import { seeded } from '../support/mutate.js'
import { emptyTally, linger, live } from './lives.js'
import type { Carrier } from '../support/nodes.js'
import type { Tally, World } from './lives.js'

/** Why lives broke off, a few of them. */
const MAX_ERRORS = 10

interface Outcome {
  tally: Tally
  errors: string[]
}

const calls = {
  /** Lives one after the other, `parallel` at once, for so long. */
  async live (relay: Partial<Record<Carrier, string>>, seed: number, parallel: number, ms: number): Promise<Outcome> {
    const world: World = { random: seeded(seed), relay, tally: emptyTally(), keys: [] }
    const errors: string[] = []
    const end = Date.now() + ms

    await Promise.all(Array.from({ length: parallel }, async () => {
      while (Date.now() < end) {
        await live(world).catch(brokenOff(world, errors))
      }
    }))

    return { tally: world.tally, errors }
  },

  /** One pair of peers on each transport, with a reservation and a quiet circuit; this process is killed with all that. */
  async linger (relay: Partial<Record<Carrier, string>>, seed: number): Promise<Outcome> {
    const world: World = { random: seeded(seed), relay, tally: emptyTally(), keys: [] }
    const errors: string[] = []

    await Promise.all((Object.keys(relay) as Carrier[]).map(async carrier => linger(world, carrier).catch(brokenOff(world, errors))))

    return { tally: world.tally, errors }
  }
}

function brokenOff (world: World, errors: string[]): (err: unknown) => void {
  const begun = Date.now()

  return err => {
    world.tally.broken++

    if (errors.length < MAX_ERRORS) {
      errors.push(`${new Date().toISOString()}, after ${Date.now() - begun} ms: ${inspect(err)}`)
    }
  }
}

export type PeersCalls = typeof calls

answer(calls)
