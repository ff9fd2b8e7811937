import { MAX_DIFFICULTY } from './solve.js'

const WINDOW_SECONDS = 10
/** Times `register_rps`: a node that gets more is under load. */
const LOAD_FACTOR = 10
const MAX_RISE = 3

export interface PowLoadInit {
  /** `rate_limit.endpoints.register_rps`: of one caller. */
  registerRps: number
  /** `registry.pow.difficulty`, in zero bits. */
  difficulty: number
  /** Monotonic, in milliseconds. @default performance.now */
  now?: () => number
}

/**
 * How many calls of register and announce the whole node got in the last ten seconds, and what that asks of callers: above ten times
 * `register_rps` a second these calls need a proof of work, too; at each doubling of that its difficulty rises by one, three times at most.
 */
export class PowLoad {
  readonly #threshold: number
  readonly #difficulty: number
  readonly #now: () => number
  /** Calls by the second, modulo the window. */
  readonly #calls = new Array<number>(WINDOW_SECONDS).fill(0)
  #second: number
  #sum = 0

  constructor ({ registerRps, difficulty, now = () => performance.now() }: PowLoadInit) {
    this.#threshold = registerRps * LOAD_FACTOR * WINDOW_SECONDS
    this.#difficulty = difficulty
    this.#now = now
    this.#second = this.#secondNow()
  }

  /** One more call of register or announce, taken or refused. */
  count (): void {
    this.#advance()
    const slot = this.#second % WINDOW_SECONDS

    this.#calls[slot] = (this.#calls[slot] ?? 0) + 1
    this.#sum++
  }

  /** Whether register and announce need a proof now. */
  get isHigh (): boolean {
    this.#advance()

    return this.#sum > this.#threshold
  }

  /** What the next challenge asks for, in zero bits; never above 30. */
  get difficulty (): number {
    this.#advance()
    let rise = 0

    while (rise < MAX_RISE && this.#sum > this.#threshold * 2 ** (rise + 1)) {
      rise++
    }

    return Math.min(this.#difficulty + rise, MAX_DIFFICULTY)
  }

  #advance (): void {
    const second = this.#secondNow()
    const passed = Math.min(second - this.#second, WINDOW_SECONDS)

    for (let step = 1; step <= passed; step++) {
      const slot = (this.#second + step) % WINDOW_SECONDS

      this.#sum -= this.#calls[slot] ?? 0
      this.#calls[slot] = 0
    }

    this.#second = Math.max(second, this.#second)
  }

  #secondNow (): number {
    return Math.floor(this.#now() / 1000)
  }
}
