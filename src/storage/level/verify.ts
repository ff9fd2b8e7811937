import { MendStep } from './mend.js'
import { messageOf } from './open.js'
import { mailboxFindings } from './verify-mailbox.js'
import { registryFindings } from './verify-registry.js'
import { Pace } from './walk.js'
import { StorageError } from '../errors.js'
import type { Mend } from './mend.js'
import type { LevelMailboxComponents } from './mailbox.js'
import type { Found, Walk } from './walk.js'
import type { Finding, VerifyOptions } from '../types.js'

const DEFAULT_BUDGET_MS = 4

/**
 * Looks at a snapshot, in which all rows belong together, while others go on. What is put right is looked at again in the batch that does
 * it, and counts are said as a difference, so that changes made meanwhile stay.
 *
 * @throws StorageError when the store is closed, or opened again, before the end
 */
export async function * verifyStore (store: LevelMailboxComponents, options: VerifyOptions): AsyncIterable<Finding> {
  try {
    yield * verified(store, options)
  } catch (err) {
    throw err instanceof StorageError || options.signal?.aborted === true ? err : new StorageError(`the store could not be looked through (${messageOf(err)})`, { cause: err })
  }
}

async function * verified (store: LevelMailboxComponents, { mend = false, budgetMs = DEFAULT_BUDGET_MS, pauseMs = 0, signal }: VerifyOptions): AsyncIterable<Finding> {
  store.checkOpen()
  const { db } = store
  const snapshot = db.snapshot()
  const pace = new Pace(budgetMs, pauseMs, signal)

  try {
    for await (const { mend: remedy, ...finding } of findings({ db, snapshot, pace })) {
      const mended = mend && remedy != null && await applied(store, remedy)

      yield { ...finding, mended }
    }
  } finally {
    await snapshot.close()
  }
}

async function * findings (walk: Walk): AsyncIterable<Found> {
  yield * mailboxFindings(walk)
  yield * registryFindings(walk)
}

async function applied (store: LevelMailboxComponents, mend: Mend): Promise<boolean> {
  const step = new MendStep(mend)

  store.writer.add(step)

  return await step.promise
}
