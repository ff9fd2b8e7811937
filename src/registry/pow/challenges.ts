import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { UsedChallenges } from './used-challenges.js'
import { startsWithZeroBits } from './zero-bits.js'

// A challenge is 16 bytes, and 32 lower-case hex on the wire as enigma-node-registry has it:
//   4  the second on the clock of this process in which it is over
//   1  difficulty
//   4  random
//   7  of HMAC-SHA-256 over these and the requester: a wrong one passes once in 2^56 tries, and then buys no more than asking does
const HEAD_BYTES = 9
const CHALLENGE_BYTES = 16
const CHALLENGE = /^[0-9a-f]{32}$/
const MAX_SOLUTION_LENGTH = 128
/** Used challenges that are remembered: some 8 MiB. */
const MAX_USED = 65_536

export interface ChallengesInit {
  /** How long a challenge can be used, in seconds. */
  ttlSeconds: number
  /** Of used challenges that are remembered. @default 65536 */
  maxUsed?: number
  /** Monotonic, in milliseconds; 0 or more. @default performance.now */
  now?: () => number
}

export interface IssuedChallenge {
  challenge: string
  difficulty: number
  /** From now on, in milliseconds. */
  ttlMs: number
}

/**
 * Proofs of work (specs/registry.md, Part I and 4.3). Nothing is kept of a challenge until it is used: a MAC under a secret of this
 * process says that it was made here, for this requester, with this difficulty and end.
 */
export class Challenges {
  readonly #secret = randomBytes(32)
  readonly #ttlSeconds: number
  readonly #now: () => number
  readonly #used: UsedChallenges

  constructor ({ ttlSeconds, maxUsed = MAX_USED, now = () => performance.now() }: ChallengesInit) {
    this.#ttlSeconds = ttlSeconds
    this.#now = now
    this.#used = new UsedChallenges(maxUsed)
  }

  /** Used challenges that are remembered now. */
  get used (): number {
    return this.#used.size
  }

  /**
   * @param requester who may use it: a PeerId or an address, as text
   * @param difficulty in zero bits, 0 to 255
   */
  issue (requester: string, difficulty: number): IssuedChallenge {
    const now = this.#now()
    const endsAt = Math.floor(now / 1000) + 1 + this.#ttlSeconds
    const challenge = Buffer.allocUnsafe(CHALLENGE_BYTES)

    challenge.writeUInt32BE(endsAt, 0)
    challenge.writeUInt8(difficulty, 4)
    randomBytes(4).copy(challenge, 5)
    this.#mac(challenge, requester).copy(challenge, HEAD_BYTES)

    return { challenge: challenge.toString('hex'), difficulty, ttlMs: endsAt * 1000 - now }
  }

  /**
   * Whether this requester did the work for a challenge of this node, in time and for the first time. What is right is used up by that;
   * what is wrong costs nothing but this call.
   */
  redeem (requester: string, challenge: string, solution: string): boolean {
    if (!CHALLENGE.test(challenge) || solution.length === 0 || solution.length > MAX_SOLUTION_LENGTH) {
      return false
    }

    const bytes = Buffer.from(challenge, 'hex')
    const endsAt = bytes.readUInt32BE(0)
    const second = Math.floor(this.#now() / 1000)

    return endsAt > second &&
      timingSafeEqual(this.#mac(bytes, requester), bytes.subarray(HEAD_BYTES)) &&
      startsWithZeroBits(hash('sha256', challenge + solution, 'buffer'), bytes.readUInt8(4)) &&
      this.#used.use(challenge, endsAt, second)
  }

  #mac (challenge: Buffer, requester: string): Buffer {
    return createHmac('sha256', this.#secret).update(challenge.subarray(0, HEAD_BYTES)).update(requester).digest().subarray(0, CHALLENGE_BYTES - HEAD_BYTES)
  }
}
