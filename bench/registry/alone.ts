import { createHash, randomBytes } from 'node:crypto'
import { Agreements } from '../../src/registry/openssl/agreements.js'
import { openAgreed, sealAgreed } from '../../src/registry/openssl/envelope.js'
import { nodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'
import { Challenges } from '../../src/registry/pow/challenges.js'
import { solveChallenge } from '../../src/registry/pow/solve.js'
import { identityOf, userIdOf } from './users.js'

/** CPU of one call, in microseconds, after as many that are not counted. */
export function cpuOf (count: number, call: (n: number) => void): number {
  for (let n = 0; n < count; n++) {
    call(n)
  }

  const before = process.cpuUsage()

  for (let n = 0; n < count; n++) {
    call(n)
  }

  const { user, system } = process.cpuUsage(before)

  return (user + system) / count
}

/** As `cpuOf`, of calls of which so many are under way at a time. */
export async function cpuOfAside (count: number, call: () => Promise<unknown>, atOnce = 32): Promise<number> {
  const all = async (): Promise<void> => {
    let left = count

    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (left-- > 0) {
        await call()
      }
    }))
  }

  await all()

  const before = process.cpuUsage()

  await all()

  const { user, system } = process.cpuUsage(before)

  return (user + system) / count
}

/** What the envelope of one answer, and of one registration, costs by itself: that the two keys agree, on whatever thread, and the rest. */
export async function envelopeAlone (): Promise<{ agreeUs: number, sealUs: number, openUs: number }> {
  const own = nodeKeyAgreement(createHash('sha256').update('node').digest())
  const other = nodeKeyAgreement(createHash('sha256').update('other').digest())
  const agreements = new Agreements()
  const userId = userIdOf('somebody')
  const json = identityOf(userId)
  const agreed = { shared: own.agree(other.publicKey), pepper: randomBytes(32), userId, kid: randomBytes(8), senderPublicKey: own.publicKey }
  const sealed = sealAgreed(json, agreed)

  return {
    agreeUs: await cpuOfAside(5000, async () => await agreements.agree(own, other.publicKey)),
    sealUs: cpuOf(5000, () => { sealAgreed(json, agreed) }),
    openUs: cpuOf(5000, () => { openAgreed(sealed, agreed) })
  }
}

export interface WorkFigures {
  solveMs: number
  verifyUs: number
}

/** To be sure of a mean, in calls. */
const VERIFICATIONS = 5000

/** Means over so many challenges. A proof that was used is refused at the very last step: it costs what it did the first time. */
export async function workOf (difficulty: number, count: number): Promise<WorkFigures> {
  const challenges = new Challenges({ ttlSeconds: 600 })
  const solved: Array<[challenge: string, solution: string]> = []
  const begun = performance.now()

  for (let n = 0; n < count; n++) {
    const { challenge } = challenges.issue('somebody', difficulty)

    solved.push([challenge, await solveChallenge(challenge, difficulty)])
  }

  const solveMs = (performance.now() - begun) / count

  for (const [challenge, solution] of solved) {
    if (!challenges.redeem('somebody', challenge, solution)) {
      throw new Error('a proof of work was refused')
    }
  }

  const verifyUs = cpuOf(VERIFICATIONS, n => {
    const [challenge = '', solution = ''] = solved[n % count] ?? []

    challenges.redeem('somebody', challenge, solution)
  })

  return { solveMs, verifyUs }
}
