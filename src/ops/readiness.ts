import type { StoreHealth } from '../storage/index.js'

/** Why a node is not ready. */
export const NOT_READY_REASONS = ['draining', 'storage_reopening', 'storage_full', 'storage_silent', 'memory', 'event_loop_delay', 'listener_closed'] as const

export type NotReadyReason = typeof NOT_READY_REASONS[number]

export interface ReadinessInit {
  isDraining: () => boolean
  overload: () => 'memory' | 'event_loop_delay' | undefined
  /** A transport that was opened at the start is not open any more. */
  isListenerClosed: () => boolean
  /** Left out when nothing is stored. */
  store?: ReadinessStore
  /** How long the store has for an answer, in milliseconds. @default 2000 */
  storeMs?: number
}

export interface ReadinessStore {
  health (): StoreHealth
  mailbox: { stat (mailbox: string): Promise<unknown> }
}

/** Whoever has it: it is looked up, and what is found is told to nobody. */
const PROBED_MAILBOX = 'ready'

/** Tells whether the node does its work: for load balancers and for those who wait for an upgrade. */
export class Readiness {
  readonly #init: ReadinessInit
  #probe?: Promise<boolean>

  constructor (init: ReadinessInit) {
    this.#init = init
  }

  /** All that is wrong; empty: nothing. Resolves within `storeMs`. */
  async reasons (): Promise<NotReadyReason[]> {
    const { isDraining, overload, isListenerClosed } = this.#init
    const storage = await this.#storage()
    const load = overload()

    return [
      ...(isDraining() ? ['draining' as const] : []),
      ...(storage == null ? [] : [storage]),
      ...(load == null ? [] : [load]),
      ...(isListenerClosed() ? ['listener_closed' as const] : [])
    ]
  }

  async #storage (): Promise<NotReadyReason | undefined> {
    const { store } = this.#init

    if (store == null) {
      return undefined
    }

    // one question at a time, however many ask
    this.#probe ??= this.#answers(store).finally(() => { this.#probe = undefined })

    const answers = await this.#probe

    switch (store.health().state) {
      case 'full': return 'storage_full'
      case 'ready': return answers ? undefined : 'storage_silent'
      // closed: the node is about to be gone
      default: return 'storage_reopening'
    }
  }

  async #answers ({ mailbox }: ReadinessStore): Promise<boolean> {
    const late = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => { late.resolve(false) }, this.#init.storeMs ?? 2000)

    try {
      return await Promise.race([mailbox.stat(PROBED_MAILBOX).then(() => true, () => false), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
