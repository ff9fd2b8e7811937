import { bytesOf, entryOf, indexOf } from '../../../src/storage/registry-conformance.js'
import { INDEXES_A_WRITER, callOf, textOf } from './registry-ledger.js'
import type { Store } from '../../../src/storage/index.js'

const LONG_MS = 1e9

/**
 * Registers, updates, removes and announces, one call after the other, and says a line before and after each. Nobody else uses its indexes.
 *
 * @throws Error when an answer is not what a single writer gets
 */
export async function registryWriter (store: Store, writer: number, first: number, say: (line: string) => void): Promise<never> {
  for (let n = first; ; n++) {
    const index = writer * INDEXES_A_WRITER + n % INDEXES_A_WRITER
    const call = callOf(n)

    say(`want ${call} ${index} ${n}`)

    if (!await made(store, call, index, n)) {
      throw new Error(`${call} ${n} of ${index} was refused`)
    }

    say(`got ${call} ${index} ${n}`)
  }
}

async function made ({ registry, settings }: Store, call: string, at: number, n: number): Promise<boolean> {
  const index = indexOf(at)
  const sealed = bytesOf(textOf(call, n))
  const now = Date.now()

  if (call === 'set') {
    await settings.set(`index ${at}`, sealed)

    return true
  }

  const row = await registry.identity(index, now)

  if (call === 'announce') {
    const next = row == null || row.forgetAtMs != null ? undefined : sealed
    const { outcome } = await registry.announce(index, entryOf('x', n, { expiresMs: now + LONG_MS, sealed }), { now, maxEntries: 8, maxTotal: 1e6, identity: { expected: row?.sealed, next } })

    return outcome === 'stored'
  }

  return await registry.replaceIdentity(index, row?.sealed, call === 'clear' ? undefined : call === 'put' ? { sealed } : { sealed, forgetAtMs: now + LONG_MS }, { now })
}
