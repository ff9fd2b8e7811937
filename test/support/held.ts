import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Above what a heap does by itself between two looks, and far below what 100,000 of anything would take. */
export const FLAT_BYTES = 12 * 1024 * 1024

setFlagsFromString('--expose-gc')

const gc = runInNewContext('gc') as () => void

/** What this process holds in bytes, garbage not counted: whoever is tested and whoever tests. */
export function held (): number {
  gc()
  gc()

  const { heapUsed, external } = process.memoryUsage()

  return heapUsed + external
}
