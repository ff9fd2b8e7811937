import { within } from './wait.js'
import type { RelayServer } from '../../src/relay/index.js'
import type { EventFields } from '../../src/ops/index.js'

const NAMES = [
  'reservation_req_accepted', 'reservation_req_denied', 'reservation_timed_out', 'reservation_closed',
  'circuit_req_accepted', 'circuit_req_denied', 'circuit_closed'
] as const

export type RelayEventName = typeof NAMES[number]

/** All events of one relay, from the moment it was made. */
export class EventLog {
  readonly #seen: Array<{ name: RelayEventName, fields: unknown }> = []
  #wake = Promise.withResolvers<void>()

  constructor (relay: RelayServer) {
    for (const name of NAMES) {
      relay.addEventListener(name, event => {
        this.#seen.push({ name, fields: event.detail })
        this.#wake.resolve()
        this.#wake = Promise.withResolvers()
      })
    }
  }

  of<N extends RelayEventName> (name: N): Array<EventFields[N]> {
    // the detail of an event of this name has these fields by the type of RelayServerEvents
    return this.#seen.filter(event => event.name === name).map(event => event.fields as EventFields[N])
  }

  names (): RelayEventName[] {
    return this.#seen.map(event => event.name)
  }

  /** The nth event of a name (the first is 1), waiting for it when it has not come yet. */
  async wait<N extends RelayEventName> (name: N, nth = 1, ms?: number): Promise<EventFields[N]> {
    while (true) {
      const woken = this.#wake.promise
      const found = this.of(name)[nth - 1]

      if (found != null) {
        return found
      }

      await within(woken, `event ${name} no. ${nth}; seen: ${this.names().join(', ')}`, ms)
    }
  }
}
