import { Histogram } from '../../histogram.js'
import { StorageError } from '../errors.js'
import { messageOf } from './open.js'
import type { Draft } from './draft.js'
import type { Step } from './draft.js'

/** Steps of one batch, and of one go without a break for others. */
const MAX_STEPS = 1024
const MAX_STEPS_A_GO = 256
/** Bytes of one batch: what small messages wait for at most, in front of a disk. */
const MAX_BYTES = 2 * 1024 * 1024
/** Of these, pieces of large bodies. */
const MAX_PIECE_BYTES = 512 * 1024
/** So many steps are worth another look-up while a batch is being written. */
const WORTH_A_READ = 16
/** So many are worth a batch before this turn of the event loop has brought all: the next one is made while the disk has this one. */
const WORTH_A_WRITE = 64

export interface WriterInit {
  /** Makes a draft on the engine that is open now. @throws StorageError when there is none */
  draft: (previous: Draft | undefined) => Draft
  /** Before a batch with steps that need room. */
  beforeBatch: () => Promise<void> | undefined
  /** A batch is on disk. */
  written: (draft: Draft) => void
  /** A batch could not be written, or not be made to the end: nothing in memory can be trusted. */
  failed: (err: unknown) => void
}

/**
 * Group commit: while one batch is written, what comes in is made into the next one. At most one batch is under way, and none after one
 * that failed until `reset`.
 */
export class Writer {
  /** Steps of a batch, and what its write with fsync took. */
  readonly batchSize = new Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
  readonly batchSeconds = new Histogram([0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1])
  readonly #init: WriterInit
  #queue: Step[] = []
  #pieces: Step[] = []
  #drafting: Draft | undefined
  #writing: { draft: Draft, done: Promise<void> } | undefined
  #pump: Promise<void> | undefined
  #wake: (() => void) | undefined
  /** Ends the wait for what else this turn of the event loop brings. */
  #start: (() => void) | undefined
  #stopped: StorageError | undefined
  /** Goes up when all is failed: a draft of an earlier one must not be written. */
  #generation = 0

  constructor (init: WriterInit) {
    this.#init = init
  }

  add (step: Step): void {
    this.#add(this.#queue, step)
  }

  /** Pieces go beside other steps, a few at a time. */
  addPiece (step: Step): void {
    this.#add(this.#pieces, step)
  }

  /** Fails all that is not on disk, and what comes, until `reset`. */
  stop (error: StorageError): void {
    const steps = [...this.#drafting?.steps ?? [], ...this.#queue, ...this.#pieces]

    this.#stopped = error
    this.#generation++
    this.#queue = []
    this.#pieces = []

    for (const step of steps) {
      step.fail(error)
    }
  }

  reset (): void {
    this.#stopped = undefined
  }

  get isIdle (): boolean {
    return this.#pump == null && this.#writing == null
  }

  /** Resolves when all that was added is done. */
  async idle (): Promise<void> {
    while (!this.isIdle) {
      await this.#pump
      await this.#writing?.done
    }
  }

  #add (queue: Step[], step: Step): void {
    if (this.#stopped != null) {
      step.fail(this.#stopped)
      return
    }

    queue.push(step)
    this.#pump ??= this.#run()

    if (queue.length >= WORTH_A_READ) {
      this.#wake?.()
    }

    if (queue.length >= WORTH_A_WRITE) {
      this.#start?.()
    }
  }

  async #run (): Promise<void> {
    // what this turn of the event loop brings goes together
    await new Promise<void>(resolve => {
      this.#start = resolve
      setImmediate(resolve)
    })
    this.#start = undefined

    while (this.#stopped == null && this.#queue.length + this.#pieces.length > 0) {
      await this.#batch()
    }

    this.#pump = undefined
  }

  async #batch (): Promise<void> {
    const generation = this.#generation
    let draft: Draft

    try {
      draft = this.#drafting = this.#init.draft(this.#writing?.draft)
    } catch (err) {
      this.stop(asStorageError(err))
      return
    }

    await this.#fill(draft, generation)

    while (this.#writing != null && generation === this.#generation && draft.steps.length < MAX_STEPS && draft.bytes < MAX_BYTES) {
      if (this.#queue.length >= WORTH_A_READ) {
        // the next one does not fit: to try again would only keep the disk's answer from coming in
        if (await this.#fill(draft, generation) === 0) {
          break
        }
      } else {
        const woken = new Promise<void>(resolve => { this.#wake = resolve })
        await Promise.race([this.#writing.done, woken])
      }
    }

    await this.#writing?.done
    this.#drafting = undefined

    if (generation === this.#generation && draft.steps.length > 0) {
      const writing = { draft, done: Promise.resolve() }

      // before it begins: one without changes is done at once
      this.#writing = writing
      writing.done = this.#write(draft)
    } else {
      draft.drop()
    }
  }

  /** @returns how many steps were taken */
  async #fill (draft: Draft, generation: number): Promise<number> {
    const steps = this.#take(draft)
    const before = draft.steps.length

    try {
      await this.#init.beforeBatch()
      await draft.fetch(steps)
    } catch (err) {
      // nothing of them is in it
      fail(steps, asStorageError(err))
      return steps.length
    }

    if (generation !== this.#generation) {
      fail(steps, this.#stopped ?? new StorageError('the store was opened again'))
      return steps.length
    }

    try {
      draft.apply(steps)
    } catch (err) {
      // half of a step may be in it
      fail(steps.slice(draft.steps.length - before), asStorageError(err))
      this.#init.failed(err)
    }

    return steps.length
  }

  #take (draft: Draft): Step[] {
    const steps: Step[] = []
    let bytes = draft.bytes

    // pieces first, a few, or many small steps would leave them no room for ever
    for (const [queue, most] of [[this.#pieces, bytes + MAX_PIECE_BYTES], [this.#queue, MAX_BYTES]] as const) {
      let count = 0

      for (const step of queue) {
        if (steps.length + count >= MAX_STEPS_A_GO || (bytes > 0 && bytes + step.bytes > most)) {
          break
        }

        bytes += step.bytes
        count++
      }

      steps.push(...queue.splice(0, count))
    }

    return steps
  }

  async #write (draft: Draft): Promise<void> {
    try {
      if (draft.finish()) {
        const begun = performance.now()

        await draft.write()
        this.batchSeconds.observe((performance.now() - begun) / 1000)
        this.batchSize.observe(draft.steps.length)
        this.#init.written(draft)
      } else {
        draft.drop()
      }
    } catch (err) {
      this.#writing = undefined
      fail(draft.steps, asStorageError(err))
      this.#init.failed(err)
      return
    }

    this.#writing = undefined

    for (const step of draft.steps) {
      step.settle()
    }
  }
}

function fail (steps: readonly Step[], error: StorageError): void {
  for (const step of steps) {
    step.fail(error)
  }
}

function asStorageError (err: unknown): StorageError {
  return err instanceof StorageError ? err : new StorageError(`the store could not be read or written (${messageOf(err)})`, { cause: err })
}
