import { Crew } from './attackers.js'
import { attacks } from './attacks.js'
import { answer } from './process.js'
import type { AttackName } from './attacks.js'
import type { Deeds } from './attackers.js'

const calls = {
  /** One of the `slices` of an attack, which takes at least `ms`. */
  async attack (name: AttackName, addrs: readonly string[], scale: number, slices: number, ms: number): Promise<{ deeds: Deeds, cpuSeconds: number, seconds: number }> {
    const begun = performance.now()
    const before = process.cpuUsage()
    const scene = { addrs, scale, slices, untilMs: Date.now() + ms }
    const crew = new Crew(scene)
    let deeds: Deeds

    try {
      deeds = await attacks[name](scene, crew)
    } finally {
      await crew.dismiss()
    }

    const { user, system } = process.cpuUsage(before)

    return { deeds, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - begun) / 1000 }
  }
}

export type AttackerCalls = typeof calls

answer(calls)
