import { encodeHop, HopType, Status } from './messages.js'
import type { HopMessage, StatusName } from './messages.js'
import type { TimerWheel } from './timer-wheel.js'
import type { Stream } from '@libp2p/interface'

/** How long an answer may take to be written: behind what else is on its way, and over a link that is slow. */
const WRITE_MS = 10_000

/** How long the other end may take from then on to close its side of the handshake. */
const LINGER_MS = 1000

/** Sends a STATUS and ends the handshake's stream. @throws what `send` and `close` throw when it cannot be written */
export async function answer (stream: Stream, status: StatusName, timers: TimerWheel): Promise<void> {
  stream.send(statusMessage(status))
  await endAnswered(stream, timers)
}

/** Ends the stream of a handshake whose answer has been sent. @throws what `close` throws when the answer cannot be written */
export async function endAnswered (stream: Stream, timers: TimerWheel): Promise<void> {
  let timer = timers.schedule(WRITE_MS, () => { stream.abort(new Error('the answer could not be written')) })

  stream.addEventListener('close', () => { timer.cancel() })
  await stream.close()
  timer.cancel()

  if (stream.status === 'open' || stream.status === 'closing') {
    timer = timers.schedule(LINGER_MS, () => { stream.abort(new Error('the other end did not close an answered stream')) })
  }

  // what else the other end says is of no interest, and must not keep the stream from closing
  await stream.closeRead()
}

export function statusMessage (status: StatusName, fields: Pick<HopMessage, 'reservation' | 'limit'> = {}): Uint8Array {
  return encodeHop({ type: HopType.STATUS, status: Status[status], ...fields })
}
