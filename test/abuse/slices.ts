import { setTimeout as delay } from 'node:timers/promises'
import type { Scene } from './attackers.js'

export async function lasts (scene: Scene): Promise<void> {
  await delay(Math.max(0, scene.untilMs - Date.now()))
}

/** So many at one time. */
export function some (scene: Pick<Scene, 'scale'>, whole: number): number {
  return Math.max(1, Math.round(whole * scene.scale))
}

/** So many over a round. */
export function part (scene: Scene, whole: number): number {
  return some(scene, whole / scene.slices)
}
