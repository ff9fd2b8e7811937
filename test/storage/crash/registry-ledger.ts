import assert from 'node:assert/strict'
import { indexOf } from '../../../src/storage/registry-conformance.js'
import type { Store } from '../../../src/storage/index.js'

export const REGISTRY_WRITERS = 8
export const INDEXES_A_WRITER = 5
const CALLS = ['put', 'announce', 'put', 'announce', 'bury', 'announce', 'put', 'set', 'announce', 'clear', 'put', 'put', 'announce'] as const

/** What is in the store of one index, as texts: '' is nothing. */
interface Standing {
  identity: string
  presence: string
  setting: string
}

/** Each index comes to each call. */
export function callOf (n: number): typeof CALLS[number] {
  return CALLS[n % CALLS.length] ?? 'put'
}

export function textOf (call: string, n: number): string {
  return `${call} ${n}`
}

/** What the writers of a registry wanted and heard, over all rounds. */
export class RegistryLedger {
  readonly #indexes = Array.from({ length: REGISTRY_WRITERS * INDEXES_A_WRITER }, (): { stands: Standing, wanted?: Standing } => ({ stands: { identity: '', presence: '', setting: '' } }))
  answered = 0
  /** Calls that were done without anybody having heard of it. */
  unanswered = 0

  /** Of the lines of `registryWriter`; others are passed over. */
  take (line: string): void {
    const [word, call = '', index, n] = line.split(' ')
    const entry = this.#indexes[Number(index)]

    if (entry == null) {
      return
    }

    if (word === 'want') {
      entry.wanted = after(entry.stands, call, Number(n))
    } else if (word === 'got' && entry.wanted != null) {
      entry.stands = entry.wanted
      entry.wanted = undefined
      this.answered++
    }
  }

  /** After a kill: all that was answered is there, and what was not is there whole or not at all. */
  async compare (store: Store): Promise<void> {
    for (const [index, entry] of this.#indexes.entries()) {
      const found = await standing(store, index)

      if (entry.wanted != null && JSON.stringify(found) === JSON.stringify(entry.wanted)) {
        this.unanswered++
      } else {
        assert.deepEqual(found, entry.stands, `index ${index}, of which ${JSON.stringify(entry.wanted)} was not answered`)
      }

      entry.stands = found
      entry.wanted = undefined
    }
  }
}

function after ({ identity, presence, setting }: Standing, call: string, n: number): Standing {
  const text = textOf(call, n)

  switch (call) {
    case 'put':
      return { identity: text, presence, setting }
    case 'bury':
      return { identity: text, presence: '', setting }
    case 'clear':
      return { identity: '', presence: '', setting }
    case 'announce':
      return { identity: identity === '' || identity.startsWith('bury') ? identity : text, presence: text, setting }
    default:
      return { identity, presence, setting: text }
  }
}

async function standing ({ registry, settings }: Store, index: number): Promise<Standing> {
  const identity = await registry.identity(indexOf(index), Date.now())
  const presence = await registry.presence(indexOf(index), Date.now())
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

  assert.ok(presence.length <= 1 && (identity == null || (identity.forgetAtMs != null) === text(identity.sealed).startsWith('bury')))

  return { identity: text(identity?.sealed), presence: text(presence[0]?.sealed), setting: text(await settings.get(`index ${index}`)) }
}
