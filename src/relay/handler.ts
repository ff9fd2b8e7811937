import type { AccessControl, CallGroup, Overload } from '../access/index.js'
import type { CircuitSlots } from './circuits.js'
import type { RelayEventName, RelayServerComponents, RelayServerEvents } from './index.js'
import type { RelayOptions } from './options.js'
import type { Reservation, Reservations } from './reservations.js'
import type { TimerWheel } from './timer-wheel.js'
import type { Connection } from '@libp2p/interface'

/** What the handlers of RESERVE and CONNECT share. */
export interface HandlerInit {
  components: RelayServerComponents
  options: RelayOptions
  access: AccessControl
  timers: TimerWheel
  reservations: Reservations
  slots: CircuitSlots
  isDraining: () => boolean
  /** Whether the caller has called too often. */
  isLimited: (connection: Connection, group: CallGroup) => boolean
  overload: () => Overload | undefined
  /** What per-IP limits go by; undefined where none applies. */
  ipGroup: (connection: Connection) => string | undefined
  emit: <E extends RelayEventName> (name: E, detail: RelayServerEvents[E]['detail']) => void
  /** A peer that had no reservation has one. */
  onReserved: (reservation: Reservation) => void
  /** With what it relayed. */
  onCircuitEnd: (bytesToDestination: number, bytesToSource: number) => void
}
