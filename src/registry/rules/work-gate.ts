import { RegistryError } from '../errors.js'
import { Challenges } from '../pow/challenges.js'
import { PowLoad } from '../pow/load.js'
import type { Challenged, RegistryCaller } from '../index.js'

export interface WorkGateInit {
  enabled: boolean
  /** In zero bits. */
  difficulty: number
  ttlSeconds: number
  registerRps: number
  /** Wall clock in Unix milliseconds. */
  now: () => number
  /** Milliseconds. */
  monotonic?: () => number
}

/** Which calls need a proof of work, and whether it was brought (specs/registry.md, Part I, "proof of work"). */
export class WorkGate {
  readonly #enabled: boolean
  readonly #now: () => number
  readonly #challenges: Challenges
  readonly #load: PowLoad

  constructor ({ enabled, difficulty, ttlSeconds, registerRps, now, monotonic }: WorkGateInit) {
    this.#enabled = enabled
    this.#now = now
    this.#challenges = new Challenges({ ttlSeconds, now: monotonic })
    this.#load = new PowLoad({ registerRps, difficulty, now: monotonic })
  }

  /** Used challenges that are remembered. */
  get used (): number {
    return this.#challenges.used
  }

  /** @throws RegistryError `not_found` while it is off */
  challenge (caller: RegistryCaller): Challenged {
    if (!this.#enabled) {
      throw new RegistryError('not_found', 'this node asks for no proof of work')
    }

    const { challenge, difficulty, ttlMs } = this.#challenges.issue(requesterOf(caller), this.#load.difficulty)

    return { challenge, difficulty, expiresMs: Math.floor(this.#now() + ttlMs) }
  }

  /** Of resolve, check and presence. @throws RegistryError `pow_required` */
  ofReading (caller: RegistryCaller): void {
    if (this.#enabled) {
      this.#require(caller)
    }
  }

  /** Of register and announce, each of which counts. @throws RegistryError `pow_required` */
  ofWriting (caller: RegistryCaller): void {
    this.#load.count()

    if (this.#enabled && this.#load.isHigh) {
      this.#require(caller)
    }
  }

  #require (caller: RegistryCaller): void {
    const { proofOfWork: work } = caller

    if (work == null || !this.#challenges.redeem(requesterOf(caller), work.challenge, work.solution)) {
      throw new RegistryError('pow_required', 'pow required')
    }
  }
}

function requesterOf ({ peerId, group }: RegistryCaller): string {
  return peerId?.toString() ?? group
}
