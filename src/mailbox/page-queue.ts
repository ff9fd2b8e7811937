import type { InflightShare } from '../calls/index.js'

export interface PageQueueInit<Call> {
  /** Of answers that wait to be sent. */
  outgoing: InflightShare
  /** Whether the stream takes more. `read` is called when that may have changed. */
  mayRead: () => boolean
  onError: (call: Call, err: unknown) => void
}

/** Items to be read for a request. */
interface Page<Call> {
  readonly call: Call
  /** What they may come to. */
  readonly bytes: number
  readonly read: () => Promise<void>
}

/** Pages of one stream: read one at a time, and only while there is room for what they hold. */
export class PageQueue<Call> {
  readonly #init: PageQueueInit<Call>
  readonly #pages: Array<Page<Call>> = []
  #isReading = false

  constructor (init: PageQueueInit<Call>) {
    this.#init = init
  }

  add (call: Call, bytes: number, read: () => Promise<void>): void {
    this.#pages.push({ call, bytes, read })
    this.read()
  }

  readonly read = (): void => {
    const { outgoing, mayRead, onError } = this.#init

    if (this.#isReading || this.#pages.length === 0 || !mayRead()) {
      return
    }

    if (!outgoing.hasRoom()) {
      outgoing.whenRoom(this.read)
      return
    }

    const page = this.#pages.shift()

    if (page == null) {
      return
    }

    this.#isReading = true
    outgoing.change(page.bytes)
    page.read().catch((err: unknown) => { onError(page.call, err) }).finally(() => {
      outgoing.change(-page.bytes)
      this.#isReading = false
      this.read()
    })
  }

  /** Forgets what was not begun. @returns the requests that it was for */
  drop (): Call[] {
    this.#init.outgoing.forget(this.read)

    return this.#pages.splice(0).map(({ call }) => call)
  }
}
