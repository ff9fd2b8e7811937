import { RawStream } from './raw-stream.js'
import { concat, encodeStop, frame, Status, STOP, StopType } from './wire.js'
import { within } from './wait.js'
import type { StopMessage } from './wire.js'
import type { Connection, Libp2p } from '@libp2p/interface'

/** One STOP stream as the target sees it. */
export interface StopRequest {
  raw: RawStream
  connection: Connection
  message: StopMessage
}

/** What a target does once the relay's CONNECT has been read. */
export type StopBehaviour = (request: StopRequest) => void | Promise<void>

export const stopOk = encodeStop({ type: StopType.STATUS, status: Status.OK })

/** Accepts; `behind` goes out in the same write as the STATUS. */
export const accept = (behind: Uint8Array = new Uint8Array(0)): StopBehaviour => ({ raw }) => { raw.send(concat(frame(stopOk), behind)) }

/** Answers with this status and leaves the stream open, as an impolite peer would. */
export const answer = (status: number): StopBehaviour => ({ raw }) => { raw.sendFrame(encodeStop({ type: StopType.STATUS, status })) }

/** Answers with these bytes, as they are. */
export const answerRaw = (bytes: Uint8Array): StopBehaviour => ({ raw }) => { raw.send(bytes) }

export const reset: StopBehaviour = ({ raw }) => { raw.reset() }

/** Closes its write side without a word. */
export const hangUp: StopBehaviour = async ({ raw }) => { await raw.close() }

export const silent: StopBehaviour = () => {}

/** Sends everything back that comes, in order, and closes when the other side does. */
export const echo: StopBehaviour = async ({ raw }) => {
  raw.sendFrame(stopOk)
  raw.stream.addEventListener('message', event => { raw.send(event.data.subarray()) })
  await raw.finSeen()
  await raw.close()
}

/** Answers STOP by script, and keeps every stream it got. */
export class StopTarget {
  readonly requests: StopRequest[] = []
  behaviour: StopBehaviour
  /** Errors of the behaviour itself: streams that ended under it. */
  readonly failures: unknown[] = []
  #wake = Promise.withResolvers<void>()

  constructor (behaviour: StopBehaviour = accept()) {
    this.behaviour = behaviour
  }

  async attach (node: Libp2p): Promise<this> {
    await node.handle(STOP, (stream, connection) => {
      const raw = new RawStream(stream)
      raw.stop()
        .then(async message => {
          const request = { raw, connection, message }
          this.requests.push(request)
          this.#wake.resolve()
          this.#wake = Promise.withResolvers()
          await this.behaviour(request)
        })
        .catch((err: unknown) => { this.failures.push(err) })
    }, { maxInboundStreams: 10_000, maxOutboundStreams: 10_000, force: true })

    return this
  }

  /** The nth STOP stream (the first is 1), waiting for it when it has not come yet. */
  async request (nth = 1): Promise<StopRequest> {
    while (true) {
      const woken = this.#wake.promise
      const found = this.requests[nth - 1]

      if (found != null) {
        return found
      }

      await within(woken, `STOP stream no. ${nth}`)
    }
  }
}
