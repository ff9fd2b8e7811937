import { Crew } from './attackers.js'
import { attacks } from './attacks.js'
import { answer } from './process.js'
import type { AttackName } from './attacks.js'
import type { Deeds } from './attackers.js'

const calls = {
  /** One of the `slices` of an attack, which takes at least `ms`. */
  async attack (name: AttackName, addrs: readonly string[], scale: number, slices: number, ms: number, pace: number): Promise<{ deeds: Deeds, cpuSeconds: number }> {
    const scene = { addrs, scale, slices, pace, untilMs: Date.now() + ms }
    const crew = new Crew(scene)
    const before = process.cpuUsage()

    try {
      const deeds = await attacks[name](scene, crew)
      const { user, system } = process.cpuUsage(before)

      return { deeds, cpuSeconds: (user + system) / 1e6 }
    } finally {
      await crew.dismiss()
    }
  }
}

export type AttackerCalls = typeof calls

answer(calls)
