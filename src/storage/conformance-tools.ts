import type { Store, StoreInit } from './types.js'

/** A Monday in 2026. */
export const T0 = 1_767_571_200_000

/** One place that a store lives in. */
export interface ConformanceSubject {
  open (init?: StoreInit): Promise<Store>
  /** What was closed can be opened again. */
  persistent: boolean
  /** Called after the last store of this subject was closed. */
  dispose (): Promise<void>
}

export interface ConformanceRunner {
  describe (title: string, suite: () => void): unknown
  it (title: string, test: () => Promise<void>): unknown
}

type Using = (title: string, test: (store: Store, subject: ConformanceSubject) => Promise<Store | undefined>, init?: StoreInit) => void
type WithStore = (title: string, test: (store: Store) => Promise<void>, init?: StoreInit) => void

/** Tests that have a store each, and leave none. A test that opens it again gives the one that is open then. */
export function makeUsing (makeSubject: () => Promise<ConformanceSubject>, { it }: ConformanceRunner): { using: Using, withStore: WithStore } {
  const using: Using = (title, test, init) => {
    it(title, async () => {
      const subject = await makeSubject()
      let store = await subject.open(init)

      try {
        store = await test(store, subject) ?? store
      } finally {
        await store.close()
        await subject.dispose()
      }
    })
  }
  const withStore: WithStore = (title, test, init) => {
    using(title, async store => { await test(store); return undefined }, init)
  }

  return { using, withStore }
}

export async function all<T> (source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []

  for await (const value of source) {
    found.push(value)
  }

  return found
}

export function range (first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
