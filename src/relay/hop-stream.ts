import { encodeHop, HopType, Status } from './messages.js'
import type { HopMessage, StatusName } from './messages.js'
import type { TimerWheel } from './timer-wheel.js'
import type { Stream } from '@libp2p/interface'

/** How long the other end may take to close its side of an answered handshake. */
const LINGER_MS = 1000

/** Sends a STATUS and ends the handshake's stream. @throws what `send` and `close` throw when it cannot be written */
export async function answer (stream: Stream, status: StatusName, timers: TimerWheel, fields: Pick<HopMessage, 'reservation' | 'limit'> = {}): Promise<void> {
  const linger = timers.schedule(LINGER_MS, () => { stream.abort(new Error('the other end did not close an answered stream')) })

  stream.addEventListener('close', () => { linger.cancel() })
  stream.send(statusMessage(status, fields))
  await stream.close()
  // what else the other end says is of no interest, and must not keep the stream from closing
  await stream.closeRead()
}

export function statusMessage (status: StatusName, fields: Pick<HopMessage, 'reservation' | 'limit'> = {}): Uint8Array {
  return encodeHop({ type: HopType.STATUS, status: Status[status], ...fields })
}
