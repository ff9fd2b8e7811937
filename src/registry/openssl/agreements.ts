import { RegistryError } from '../errors.js'
import type { NodeKeyAgreement } from './key-agreement.js'

/**
 * Handed to the threads of the pool and not told yet: enough for all of them to be busy while the event loop turns once, and little enough that
 * whoever else needs a thread (the store) waits for a millisecond or so.
 */
const MAX_RUNNING = 32

interface Job {
  own: NodeKeyAgreement
  publicKey: Uint8Array
  resolve: (secret: Uint8Array) => void
  reject: (err: unknown) => void
}

/**
 * Key agreements beside the event loop, in the order in which they were asked for. Those that are asked for within one turn of the loop are begun
 * together, since each thread that has to be woken takes the processor from somebody; those that are done within one are told together, so that
 * their answers go out together.
 */
export class Agreements {
  readonly #waiting: Job[] = []
  #done: Array<() => void> = []
  #running = 0
  #isScheduled = false
  #isStopped = false
  #onIdle?: () => void

  /** Agreements that wait for their turn: each is a call of some door, which bounds them. */
  get waiting (): number {
    return this.#waiting.length
  }

  /**
   * @throws InvalidRegistryInputError as `KeyAgreement.agree`
   * @throws RegistryError `shutting_down` when it was not begun before `stop`
   */
  async agree (own: NodeKeyAgreement, publicKey: Uint8Array): Promise<Uint8Array> {
    return await new Promise((resolve, reject) => {
      if (this.#isStopped) {
        reject(stopped())
        return
      }

      this.#waiting.push({ own, publicKey, resolve, reject })
      this.#schedule()
    })
  }

  start (): void {
    this.#isStopped = false
  }

  /** Drops what was not begun, and waits for the rest. */
  async stop (): Promise<void> {
    this.#isStopped = true
    this.#waiting.splice(0).forEach(({ reject }) => { reject(stopped()) })

    if (this.#running > 0) {
      await new Promise<void>(resolve => { this.#onIdle = resolve })
    }
  }

  #schedule (): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#turn)
    }
  }

  readonly #turn = (): void => {
    const done = this.#done

    this.#isScheduled = false
    this.#done = []
    this.#running -= done.length

    for (const { own, publicKey, resolve, reject } of this.#waiting.splice(0, MAX_RUNNING - this.#running)) {
      this.#running++
      own.agreeAside(publicKey).then(
        secret => { this.#finish(() => { resolve(secret) }) },
        (err: unknown) => { this.#finish(() => { reject(err) }) }
      )
    }

    done.forEach(tell => { tell() })

    if (this.#running === 0) {
      this.#onIdle?.()
      this.#onIdle = undefined
    }
  }

  #finish (tell: () => void): void {
    this.#done.push(tell)
    this.#schedule()
  }
}

function stopped (): RegistryError {
  return new RegistryError('shutting_down', 'the node is about to stop')
}
