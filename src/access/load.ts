import { totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { LoadGuard, LoadGuardInit, Overload } from './index.js'

const SAMPLE_MS = 100
/** The mean is over five seconds (contract, `network.max_event_loop_delay_ms`). */
const SAMPLES = 50
/** Of the time between two looks at it. */
const BUSY_SHARE = 0.7
const BUSY_EVERY = 3
/** Reading the resident set opens a file: once a second is enough. */
const RSS_EVERY = 10

/** See `loadGuard` in `index.ts`. */
export class DefaultLoadGuard implements LoadGuard {
  readonly #maxRssBytes: number
  readonly #maxDelayMs: number
  readonly #rss: () => number
  readonly #now: () => number
  readonly #worked: () => number
  readonly #delays = new Float64Array(SAMPLES)
  #ticks = 0
  #last = 0
  #sum = 0
  #rssBytes = 0
  #isBusy = false
  /** Clock and work done at the last look. */
  #lookedAt = 0
  #workedThen = 0
  #timer?: NodeJS.Timeout

  constructor (init: LoadGuardInit) {
    this.#maxRssBytes = init.maxRssBytes === 0 ? Math.floor(availableMemory() * 3 / 4) : init.maxRssBytes
    this.#maxDelayMs = init.maxEventLoopDelayMs
    this.#rss = init.rss ?? (() => process.memoryUsage.rss())
    this.#now = init.now ?? (() => performance.now())
    this.#worked = init.worked ?? (() => performance.eventLoopUtilization().active)
  }

  start (): void {
    if (this.#timer != null) {
      return
    }

    this.#delays.fill(0)
    this.#sum = 0
    this.#ticks = 0
    this.#last = this.#now()
    this.#rssBytes = this.#rss()
    this.#isBusy = false
    this.#lookedAt = this.#last
    this.#workedThen = this.#worked()
    this.#timer = setInterval(() => { this.sample() }, SAMPLE_MS)
    this.#timer.unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** One look at the clock and, now and then, at the memory. The interval calls it; a test with its own clock may. */
  sample (): void {
    const now = this.#now()
    const late = Math.max(0, now - this.#last - SAMPLE_MS)
    // a loop that stood still missed the samples in between, each of which would have been late as well
    const missed = Math.min(SAMPLES - 1, Math.floor(late / SAMPLE_MS))

    for (let i = missed; i >= 0; i--) {
      this.#add(Math.max(0, late - i * SAMPLE_MS))
    }

    this.#last = now

    if (this.#ticks % RSS_EVERY === 0 || missed > 0) {
      this.#rssBytes = this.#rss()
    }

    if (this.#ticks % BUSY_EVERY === 0 || missed > 0) {
      const worked = this.#worked()

      this.#isBusy = worked - this.#workedThen > BUSY_SHARE * (now - this.#lookedAt)
      this.#lookedAt = now
      this.#workedThen = worked
    }
  }

  get isBusy (): boolean {
    return this.#isBusy
  }

  get eventLoopDelayMs (): number {
    return this.#sum / SAMPLES
  }

  get rssBytes (): number {
    return this.#rssBytes
  }

  overload (): Overload | undefined {
    if (this.#rssBytes > this.#maxRssBytes) {
      return 'memory'
    }

    return this.#maxDelayMs > 0 && this.eventLoopDelayMs > this.#maxDelayMs ? 'event_loop_delay' : undefined
  }

  #add (delay: number): void {
    const index = this.#ticks++ % SAMPLES

    // an index below the array's length
    this.#sum += delay - (this.#delays[index] as number)
    this.#delays[index] = delay
  }
}

/** What the control group or the machine gives this process, in bytes. */
function availableMemory (): number {
  const constrained = process.constrainedMemory()

  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
