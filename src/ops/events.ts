import { TypedEventEmitter } from 'main-event'
import type { EventFields, EventName, NodeEventTarget, NodeLog } from './types.js'

/** The fields of each event and no others: what a dispatcher adds by mistake reaches no log. */
export const EVENT_FIELDS: { readonly [E in EventName]: ReadonlyArray<keyof EventFields[E] & string> } = {
  listening: ['addr'],
  ready: ['peer_id', 'addrs', 'http', 'ops'],
  connection_established: ['peer_id', 'transport', 'direction', 'num_established', 'remote_addr'],
  connection_closed: ['peer_id', 'cause', 'remaining'],
  reservation_req_accepted: ['peer_id', 'renewed', 'expires'],
  reservation_req_denied: ['peer_id', 'reason', 'status'],
  reservation_timed_out: ['peer_id'],
  reservation_closed: ['peer_id'],
  circuit_req_accepted: ['src_peer_id', 'dst_peer_id'],
  circuit_req_denied: ['src_peer_id', 'dst_peer_id', 'reason', 'status'],
  circuit_closed: ['src_peer_id', 'dst_peer_id', 'bytes_to_dst', 'bytes_to_src', 'duration_ms', 'reason'],
  shutdown: ['signal'],
  stopped: []
}

export const EVENT_NAMES = Object.keys(EVENT_FIELDS) as EventName[]

/** `reservation_req_accepted` → `ReservationReqAccepted`: the spelling of the Rust relay's event enum. */
export function messageOf (event: EventName): string {
  return event.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** A target that everything a node does is dispatched on. */
export function createEvents (): NodeEventTarget {
  return new TypedEventEmitter()
}

/** Writes every event to the log until the returned function is called. */
export function logEvents (events: NodeEventTarget, log: Pick<NodeLog, 'event'>): () => void {
  const detachers = EVENT_NAMES.map(name => attach(events, log, name))

  return () => {
    detachers.forEach(detach => detach())
  }
}

function attach<E extends EventName> (events: NodeEventTarget, log: Pick<NodeLog, 'event'>, name: E): () => void {
  const listener = (event: CustomEvent<EventFields[E]>): void => {
    log.event(name, event.detail)
  }
  // the map of events is indexed by a type parameter here, which the listener's type cannot follow
  const target = events as EventTarget

  target.addEventListener(name, listener as EventListener)

  return () => {
    target.removeEventListener(name, listener as EventListener)
  }
}
