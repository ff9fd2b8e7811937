import { LRUCache } from 'lru-cache'
import type { StreamPace, StreamPaceInit } from './index.js'
import type { Connection, StreamMuxer } from '@libp2p/interface'

/** Callers remembered; one that is forgotten begins anew. */
const MAX_CALLERS = 16_384

/** A connection is not held for longer in one go, or it would look dead. */
const MAX_HOLD_MS = 2000

/** As many streams may be opened at once as this time allows. */
const AT_ONCE_MS = 1000

/** What this leans on of libp2p's own connection (libp2p 3); a test holds it against the installed version. */
interface MuxedConnection extends Connection {
  muxer?: StreamMuxer & { maConn?: { pause: () => void, resume: () => void, readStatus: string, status: string } }
}

/** See `streamPace` in `index.ts`. */
export class DefaultStreamPace implements StreamPace {
  readonly #perSecond: number
  readonly #perSecondWhenBusy: number
  readonly #isBusy: () => boolean
  readonly #callerOf: StreamPaceInit['callerOf']
  readonly #now: () => number
  /** When the streams that each caller has opened are paid for. */
  readonly #paidAt = new LRUCache<string, number>({ max: MAX_CALLERS })

  constructor ({ perSecond, perSecondWhenBusy = perSecond, isBusy = () => false, callerOf, now = () => performance.now() }: StreamPaceInit) {
    this.#perSecond = perSecond
    this.#perSecondWhenBusy = perSecondWhenBusy
    this.#isBusy = isBusy
    this.#callerOf = callerOf
    this.#now = now
  }

  watch (connection: Connection): boolean {
    const { muxer } = connection as MuxedConnection
    const below = muxer?.maConn

    if (this.#perSecond === 0 || muxer == null || typeof below?.pause !== 'function') {
      return false
    }

    const caller = this.#callerOf(connection)
    let held = false
    const release = (): void => {
      held = false

      if (below.status === 'open' && below.readStatus === 'paused') {
        below.resume()
      }
    }

    muxer.addEventListener('stream', () => {
      const waitMs = this.#charge(caller)

      if (waitMs > 0 && !held) {
        held = true
        // within a resume() a pause() is undone
        queueMicrotask(() => {
          if (below.status === 'open' && below.readStatus === 'readable') {
            below.pause()
          }
        })
        setTimeout(release, waitMs).unref()
      }
    })

    return true
  }

  /** @returns 0, or for how many milliseconds to hold the connection */
  #charge (caller: string): number {
    const now = this.#now()
    const perSecond = this.#isBusy() ? this.#perSecondWhenBusy : this.#perSecond
    const paidAt = Math.max(this.#paidAt.get(caller) ?? 0, now) + 1000 / perSecond
    const overMs = paidAt - now - AT_ONCE_MS

    // what is owed beyond one hold is forgiven, or a caller might never get out of it
    this.#paidAt.set(caller, Math.min(paidAt, now + AT_ONCE_MS + MAX_HOLD_MS))

    return Math.max(0, Math.min(Math.ceil(overMs), MAX_HOLD_MS))
  }
}
