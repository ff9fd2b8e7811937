import { MAX_DIFFICULTY, solveChallenge } from '../../registry/pow/solve.js'
import { ClientError, protocolError } from '../errors.js'
import { Deadline } from '../timing.js'
import type { enigma_registry_v1 as pb } from '../../registry/pb/registry.js'
import type { RegistryProgress } from './types.js'

/** Calls that the node asks for a proof of work or not together: those that read, always or never; those that write, under load. */
export type WorkKind = 'reading' | 'writing'

export interface WorkInit {
  /** @throws ClientError `not_found` while the node asks for no proofs of work */
  challenge: (signal: AbortSignal) => Promise<{ challenge: string, difficulty: number }>
  /** In zero bits. */
  maxDifficulty: number
  /** For one solution. */
  maxSolveMs: number
  /** Monotonic, in milliseconds. */
  now?: () => number
}

export interface WorkOptions {
  signal: AbortSignal
  onProgress?: (event: RegistryProgress) => void
}

/** Solutions of one call that the node may refuse: it may have begun to ask for more meanwhile. */
const MAX_SOLUTIONS = 3
/** How long a node that asked is taken to ask again, so that each call need not be refused first. */
const REMEMBERED_MS = 60_000

/** Brings a proof of work with calls that need one. */
export class Work {
  readonly #init: WorkInit
  readonly #now: () => number
  readonly #askedAt = new Map<WorkKind, number>()

  constructor (init: WorkInit) {
    this.#init = init
    this.#now = init.now ?? (() => performance.now())
  }

  /** @throws what the call rejects with; ClientError `too_much_work`; or the signal's reason */
  async with<T> (kind: WorkKind, options: WorkOptions, call: (proof?: pb.ProofOfWork) => Promise<T>): Promise<T> {
    let proof = this.#isAskedFor(kind) ? await this.#solve(kind, options) : undefined

    for (let solutions = 0; ; solutions++) {
      try {
        return await call(proof)
      } catch (err) {
        if (!(err instanceof ClientError && err.code === 'pow_required') || solutions === MAX_SOLUTIONS) {
          throw err
        }
      }

      this.#askedAt.set(kind, this.#now())
      proof = await this.#solve(kind, options)
    }
  }

  #isAskedFor (kind: WorkKind): boolean {
    return this.#now() - (this.#askedAt.get(kind) ?? -Infinity) < REMEMBERED_MS
  }

  /** @returns nothing when the node asks for none any more */
  async #solve (kind: WorkKind, { signal, onProgress }: WorkOptions): Promise<pb.ProofOfWork | undefined> {
    const { maxDifficulty, maxSolveMs } = this.#init
    let asked: { challenge: string, difficulty: number }

    try {
      asked = await this.#init.challenge(signal)
    } catch (err) {
      if (err instanceof ClientError && err.code === 'not_found') {
        this.#askedAt.delete(kind)

        return undefined
      }

      throw err
    }

    const { challenge, difficulty } = asked

    if (challenge === '' || !Number.isSafeInteger(difficulty) || difficulty < 0) {
      throw protocolError('what the node asks for is no proof of work')
    }

    if (difficulty > Math.min(maxDifficulty, MAX_DIFFICULTY)) {
      throw new ClientError('too_much_work', `the node asks for ${difficulty} zero bits, and maxDifficulty is ${maxDifficulty}`)
    }

    onProgress?.({ type: 'registry:solving', detail: { difficulty } })

    const deadline = new Deadline(maxSolveMs, signal)

    try {
      return { challenge, solution: await solveChallenge(challenge, difficulty, { signal: deadline.signal }) }
    } catch (err) {
      signal.throwIfAborted()

      throw deadline.signal.aborted ? new ClientError('too_much_work', `${difficulty} zero bits were not found within ${maxSolveMs} ms`, { cause: err }) : err
    } finally {
      deadline.clear()
    }
  }
}
