import { InflightBudget } from '../calls/index.js'
import { CallerShares } from './shares.js'
import type { Page } from '../storage/index.js'
import type { HeldShare } from './shares.js'

/** Around the body of an item, and for base64. */
const ITEM_BYTES = 512
const BASE64_GROWTH = 4 / 3

/** Memory for answers that hold bodies: as much as may come in, and of one caller a quarter. */
export class PageBudget {
  readonly #shares: CallerShares

  constructor (maxBytes: number) {
    this.#shares = new CallerShares(new InflightBudget(maxBytes))
  }

  /**
   * Reads a page when there is room for it. What it holds is given back by `leave`, when the answer has been taken.
   *
   * @throws the signal's reason
   */
  async read (caller: string, maxBytes: number, pull: () => Promise<Page>, signal: () => AbortSignal): Promise<{ page: Page, leave: () => void }> {
    const held = this.#shares.enter(caller)

    try {
      await room(held, maxBytes, signal)

      const page = await pull()
      const bytes = page.items.reduce((sum, { body }) => sum + ITEM_BYTES + body.byteLength * BASE64_GROWTH, 0)

      held.add(Math.ceil(bytes) - maxBytes)
      held.complete()

      return { page, leave: () => { held.leave() } }
    } catch (err) {
      held.leave()
      throw err
    }
  }
}

/** Takes the room at once when there is some: the next one that waits looks before this one goes on. */
async function room (held: HeldShare, bytes: number, signalOf: () => AbortSignal): Promise<void> {
  const { share } = held

  if (share.hasRoom()) {
    held.add(bytes)
    return
  }

  const signal = signalOf()

  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (share.hasRoom()) {
        signal.removeEventListener('abort', onAbort)
        held.add(bytes)
        resolve()
      } else {
        share.whenRoom(look)
      }
    }
    const onAbort = (): void => {
      share.forget(look)
      reject(signal.reason)
    }

    signal.throwIfAborted()
    signal.addEventListener('abort', onAbort, { once: true })
    look()
  })
}
