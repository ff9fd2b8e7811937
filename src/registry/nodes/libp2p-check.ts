import { multiaddr } from '@multiformats/multiaddr'
import { raceSignal } from 'race-signal'
import { NodeRefusedError } from './errors.js'
import type { Libp2pNode } from './address.js'
import type { Place } from './names.js'
import type { Connection, IdentifyResult, Libp2pEvents, TypedEventTarget } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Addresses of one name that are tried. */
const MAX_DIALS = 3
/** As long as the identify service waits for an answer. */
const IDENTIFY_MS = 5000
const CLOSE_MS = 1000

export interface NodeDialComponents {
  /** Not `libp2p.dial`: that gives out a connection that is there, to whatever address, and adds others that it knows. */
  transportManager: Pick<TransportManager, 'dial'>
  /** libp2p's own, with an identify service that asks each new connection. */
  events: TypedEventTarget<Libp2pEvents>
}

/**
 * Connects to one of these addresses as the PeerId that is wanted, waits until it has identified itself, and closes that connection.
 *
 * @returns where it was
 * @throws NodeRefusedError
 */
export async function checkLibp2p (components: NodeDialComponents, { peerId }: Libp2pNode, places: readonly Place[], { signal }: { signal: AbortSignal }): Promise<Place> {
  const errors: unknown[] = []

  for (const place of places.slice(0, MAX_DIALS)) {
    const { ip, transport } = place

    signal.throwIfAborted()

    try {
      // the handshake proves who it is
      await dial(components, multiaddr(`/ip${ip.family}/${ip.text}${transport}/p2p/${peerId}`), signal)

      return place
    } catch (err) {
      errors.push(err)
    }
  }

  throw new NodeRefusedError('it cannot be dialled, or does not identify itself', { cause: errors[0] })
}

async function dial ({ transportManager, events }: NodeDialComponents, addr: Multiaddr, signal: AbortSignal): Promise<void> {
  const identified = new Set<Connection>()
  let wake = (): void => {}
  const note = ({ detail: { connection } }: CustomEvent<IdentifyResult>): void => {
    identified.add(connection)
    wake()
  }

  // of all connections: which one is ours is known only when it is there, and then it may be over
  events.addEventListener('peer:identify', note)

  try {
    const connection = await transportManager.dial(addr, { signal })

    try {
      await raceSignal(new Promise<void>((resolve, reject) => {
        wake = () => {
          if (identified.has(connection)) {
            resolve()
          }
        }
        connection.addEventListener('close', () => { reject(new NodeRefusedError('it closed before it had identified itself')) })
        wake()
      }), AbortSignal.any([signal, AbortSignal.timeout(IDENTIFY_MS)]))
    } finally {
      await close(connection)
    }
  } finally {
    events.removeEventListener('peer:identify', note)
  }
}

async function close (connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(CLOSE_MS) })
  } catch (err) {
    connection.abort(err instanceof Error ? err : new Error(String(err)))
  }
}
