import { setTimeout as sleep } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { ClientError, explain, refusal } from './errors.js'
import { connectToRelay, withoutPeerId } from './relay-connection.js'
import { isRelayed } from './watch.js'
import type { Client, HeldReservation } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 30_000

export interface RelaySessionInit {
  client: Client
  relay: Multiaddr
  token: string | undefined
  lines: Lines
  /** Called with the address under which others reach this peer, each time a reservation was made. */
  onReservation (circuit: Multiaddr): void
}

/**
 * Keeps a reservation on one relay. The circuit relay's transport renews it in time by itself, but does not come back after
 * the relay was away (js-libp2p #3601): that is what this is for.
 */
export class RelaySession {
  private readonly init: RelaySessionInit
  private lost = Promise.withResolvers<void>()
  private held: string | undefined

  constructor (init: RelaySessionInit) {
    this.init = init
    init.client.reservations.addEventListener('relay:created-reservation', ({ detail }) => { this.onCreated(detail) })
    init.client.reservations.addEventListener('relay:removed', ({ detail }) => { this.onRemoved(detail) })
  }

  /** Connects, shows the token, reserves. @throws ClientError */
  async reserve (signal: AbortSignal): Promise<void> {
    const { client, relay, token, lines } = this.init

    this.lost = Promise.withResolvers()

    const connection = await connectToRelay(client.libp2p, relay, { token, lines, signal })
    const relayAddr = withPeerId(connection)

    await this.forgetOldListeners()

    try {
      await client.transportManager.listen([relayAddr.encapsulate('/p2p-circuit')])
    } catch (err) {
      throw refusal('The relay gives no reservation', err) ?? new ClientError(`The relay gives no reservation: ${explain(err).message}`, { cause: err })
    }

    this.init.onReservation(relayAddr.encapsulate(`/p2p-circuit/p2p/${client.libp2p.peerId}`))
  }

  /** Reserves again whenever the reservation is lost, until the signal aborts. @throws ClientError when there is no sense in it */
  async keep (signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })

    while (!signal.aborted) {
      await Promise.race([this.lost.promise, aborted])
      await this.comeBack(signal)
    }
  }

  private async comeBack (signal: AbortSignal): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        // at random within the second half, so that the clients of a relay that was away do not all come at once
        await sleep(retryMs / 2 + Math.random() * retryMs / 2, undefined, { signal })
        await this.reserve(signal)
        return
      } catch (err) {
        if (signal.aborted) {
          return
        }

        if (err instanceof ClientError && err.status === 'PERMISSION_DENIED') {
          throw err
        }

        this.init.lines.say(`Trying again: ${explain(err).message}`)
      }
    }
  }

  private onCreated ({ relay, details }: HeldReservation): void {
    const expires = new Date(Number(details.reservation.expire) * 1000).toISOString()

    this.init.lines.say(`Reservation on ${relay} ${this.held === relay.toString() ? 'renewed' : 'made'}; expires ${expires}`)
    this.held = relay.toString()
  }

  private onRemoved ({ relay }: HeldReservation): void {
    if (this.held === relay.toString()) {
      this.init.lines.say(`Reservation on ${relay} lost`)
      this.held = undefined
      this.lost.resolve()
    }
  }

  /** Each reservation has a listener of its own, and libp2p keeps those of lost ones. */
  private async forgetOldListeners (): Promise<void> {
    for (const listener of this.init.client.transportManager.getListeners()) {
      if (listener.getAddrs().length === 0) {
        await listener.close()
      }
    }
  }
}

function withPeerId (connection: Connection): Multiaddr {
  if (isRelayed(connection)) {
    throw new ClientError('The relay is itself reached through a relay; that cannot carry a reservation')
  }

  return multiaddr(`${withoutPeerId(connection.remoteAddr)}/p2p/${connection.remotePeer}`)
}
