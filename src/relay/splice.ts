import { EnigmaError } from '../errors.js'
import { legCanPause } from '../transports/can-pause.js'
import { resetStream } from '../transports/web-rtc-channel.js'
import { Pump } from './pump.js'
import type { CircuitEnd } from './reasons.js'
import type { Timer, TimerWheel } from './timer-wheel.js'
import type { Connection, Stream, StreamCloseEvent } from '@libp2p/interface'

/**
 * What a receiver may still have on its way when its sender is told to stop. With libp2p's own yamux defaults a window
 * grows to 16 MiB; a smaller window bounds the memory, this only keeps the stream from being aborted for obeying it.
 */
const PAUSABLE_READ_BUFFER = 16 * 1024 * 1024 + 256 * 1024

/** A leg that cannot be held is reset past this backlog; an ordinary 8 MiB transfer into a slow window passes. */
const UNPAUSABLE_READ_BUFFER = 10 * 1024 * 1024

/** How long a target has to take what is within the data limit before the reset. */
const LIMIT_FLUSH_MS = 10_000

/** go drops what its application has not read yet when a reset comes, and QUIC what is still in flight. */
const LIMIT_LINGER_MS = 200

export class CircuitEndedError extends EnigmaError {
  constructor (reason: CircuitEnd, cause?: unknown) {
    super('circuit_ended', `circuit ended: ${reason}`, { cause })
  }
}

export interface Leg {
  stream: Stream
  connection: Connection
}

export interface SpliceInit {
  source: Leg
  destination: Leg
  /** In each direction. 0 = no limit. */
  maxBytes: number
  /** 0 = no limit. */
  maxDurationSeconds: number
  /** In each direction. 0 = no limit. */
  maxBytesPerSecond: number
  timers: TimerWheel
  onEnd: (reason: CircuitEnd) => void
}

interface Side {
  readonly name: 'source' | 'destination'
  readonly leg: Leg
  /** Reads from this side. */
  readonly pump: Pump
  gone: boolean
  readonly onClose: (event: StreamCloseEvent) => void
}

/** The two streams of a circuit joined; ends once, with one reason. */
export class Splice {
  readonly #init: SpliceInit
  readonly #source: Side
  readonly #destination: Side
  readonly #timers: Timer[] = []
  #ended = false

  constructor (init: SpliceInit) {
    this.#init = init
    this.#source = this.#side('source', init.source, init.destination)
    this.#destination = this.#side('destination', init.destination, init.source)
  }

  get bytesToDestination (): number {
    return this.#source.pump.bytes
  }

  get bytesToSource (): number {
    return this.#destination.pump.bytes
  }

  start (): void {
    const { maxDurationSeconds, timers } = this.#init

    if (maxDurationSeconds > 0) {
      this.#timers.push(timers.schedule(maxDurationSeconds * 1000, () => { this.end('duration_limit') }))
    }

    for (const side of [this.#source, this.#destination]) {
      const { stream, connection } = side.leg

      if (stream.status !== 'open' && stream.status !== 'closing') {
        this.end(`${side.name}_reset`)
        return
      }

      stream.maxReadBufferLength = legCanPause(connection) ? PAUSABLE_READ_BUFFER : UNPAUSABLE_READ_BUFFER
      stream.addEventListener('close', side.onClose)
    }

    this.#source.pump.start()
    this.#destination.pump.start()
  }

  /** Resets what is open of both streams. */
  end (reason: CircuitEnd, cause?: unknown): void {
    if (this.#ended) {
      return
    }

    this.#ended = true

    for (const timer of this.#timers) {
      timer.cancel()
    }

    for (const side of [this.#source, this.#destination]) {
      side.pump.stop()
      side.leg.stream.removeEventListener('close', side.onClose)

      // an error with its stack costs as much as the rest of an end in good order
      if (side.leg.stream.status !== 'closed') {
        resetStream(side.leg.stream, new CircuitEndedError(reason, cause))
      }
    }

    this.#init.onEnd(reason)
  }

  #side (name: Side['name'], leg: Leg, other: Leg): Side {
    const { maxBytes, maxBytesPerSecond, timers } = this.#init
    const opposite = name === 'source' ? 'destination' : 'source'
    const side: Side = {
      name,
      leg,
      gone: false,
      pump: new Pump({
        from: leg.stream,
        to: other.stream,
        maxBytes,
        maxBytesPerSecond,
        timers,
        onDone: () => { this.#onProgress() },
        onFailed: err => { this.end(`${opposite}_disconnected`, err) },
        onDataLimit: () => { this.#endSoon('data_limit', LIMIT_LINGER_MS) },
        onOverLimit: () => { this.#endSoon('data_limit', LIMIT_FLUSH_MS) }
      }),
      onClose: event => { this.#onClose(side, event) }
    }

    return side
  }

  #endSoon (reason: CircuitEnd, delayMs: number): void {
    if (!this.#ended) {
      this.#timers.push(this.#init.timers.schedule(delayMs, () => { this.end(reason) }))
    }
  }

  #onClose (side: Side, event: StreamCloseEvent): void {
    if (event.error != null) {
      this.end(endReason(side.name, event), event.error)
      return
    }

    side.gone = true

    // an end that was not announced is no end of the data
    if (!side.pump.sawFin) {
      this.end(`${side.name}_disconnected`)
      return
    }

    this.#onProgress()
  }

  #onProgress (): void {
    const [source, destination] = [this.#source, this.#destination]

    if (source.pump.done && destination.pump.done) {
      this.end('closed')
    } else if (hasLeft(source, destination)) {
      this.end('source_disconnected')
    } else if (hasLeft(destination, source)) {
      this.end('destination_disconnected')
    }
  }
}

/** It is gone, all that it sent was passed on, and what is meant for it has nowhere to go. */
function hasLeft (side: Side, other: Side): boolean {
  return side.gone && side.pump.done && !other.pump.ending
}

function endReason (side: Side['name'], event: StreamCloseEvent): CircuitEnd {
  if (event.error?.name === 'StreamResetError') {
    return `${side}_reset`
  }

  return event.error?.name === 'StreamBufferError' ? 'backlog_limit' : `${side}_disconnected`
}
