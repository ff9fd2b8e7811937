import { sha256 } from '@noble/hashes/sha2.js'
import { InvalidRegistryInputError } from '../errors.js'
import { startsWithZeroBits } from './zero-bits.js'

/** In zero bits: some 2^30 hashes. A node that asks for more only holds its clients up. */
export const MAX_DIFFICULTY = 30

/** Between two looks at the time. */
const HASHES_A_LOOK = 256
const utf8 = new TextEncoder()

export interface SolveOptions {
  /** Ends the search with its reason. */
  signal?: AbortSignal
  /** About how long others wait for their turn, in milliseconds. @default 8 */
  sliceMs?: number
}

/**
 * The first decimal number that SHA-256 makes, with the challenge before it, into a digest with `difficulty` zero bits at its start
 * (specs/registry.md, 4.3). Takes about 2^difficulty hashes, in slices that leave the event loop free. Runs in browsers.
 *
 * @param difficulty 0 to 30
 * @throws InvalidRegistryInputError for another difficulty
 */
export async function solveChallenge (challenge: string, difficulty: number, { signal, sliceMs = 8 }: SolveOptions = {}): Promise<string> {
  if (!Number.isInteger(difficulty) || difficulty < 0 || difficulty > MAX_DIFFICULTY) {
    throw new InvalidRegistryInputError(`a challenge asks for 0 to ${MAX_DIFFICULTY} zero bits`)
  }

  const head = utf8.encode(challenge)
  // the digits of 2^53 are 16
  const input = new Uint8Array(head.byteLength + 16)
  input.set(head)
  let sliceEndsAt = performance.now() + sliceMs

  for (let counter = 0; ; counter++) {
    const solution = String(counter)
    const { written } = utf8.encodeInto(solution, input.subarray(head.byteLength))

    if (startsWithZeroBits(sha256(input.subarray(0, head.byteLength + written)), difficulty)) {
      return solution
    }

    if (counter % HASHES_A_LOOK === 0 && performance.now() >= sliceEndsAt) {
      await new Promise(resolve => { setTimeout(resolve) })
      signal?.throwIfAborted()
      sliceEndsAt = performance.now() + sliceMs
    }
  }
}
