import { setTimeout as delay } from 'node:timers/promises'
import { answer } from './process.js'

// Stands in for the attacker where the pair's rate without an attack is measured: it takes its CPU time, and talks to nobody.

const TURN_MS = 5

const calls = {
  /** Uses this share of a core, 0 to 1, for so long. @returns CPU seconds used */
  async burn (share: number, ms: number): Promise<number> {
    const begun = performance.now()
    const before = process.cpuUsage()
    const usedMs = (): number => {
      const { user, system } = process.cpuUsage(before)

      return (user + system) / 1000
    }

    for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - begun) {
      const turn = performance.now()

      while (usedMs() < share * (performance.now() - begun) && performance.now() - turn < TURN_MS) {
        // the use of time is the point
      }

      await delay(1)
    }

    return usedMs() / 1000
  }
}

export type BallastCalls = typeof calls

answer(calls)
