import { hash } from 'node:crypto'
import { startsWithZeroBits } from '../../src/registry/pow/zero-bits.js'

/** A number as text that does not solve the challenge: any fixed text would, now and then. */
export function noSolution (challenge: string, difficulty: number): string {
  for (let n = 0; ; n++) {
    if (!startsWithZeroBits(hash('sha256', `${challenge}${n}`, 'buffer'), difficulty)) {
      return String(n)
    }
  }
}
