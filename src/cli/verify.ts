import { loadConfig } from '../config/index.js'
import { levelStore } from '../storage/index.js'
import { EXIT, UsageError } from './exit-codes.js'
import { isEmptyFolder } from './is-empty.js'
import { complain, print, warn } from './output.js'
import { requireOwnStore } from './own-store.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'
import type { Store } from '../storage/index.js'

/** Findings that are printed one by one. */
const MAX_LINES = 100
/** What one mend brings to light, the next pass mends. */
const MAX_PASSES = 5
/** Nobody else wants the event loop. */
const BUDGET_MS = 100

interface Tally {
  mended: number
  left: number
}

/**
 * Looks through the store of a node that is not running, and puts right what can be.
 *
 * @returns 0 when all is as it should be in the end, 1 when something is left or there is no store
 * @throws UsageError when the configuration has no store on disk, StoreOpenError when it cannot be opened (a running node has it)
 */
export async function verify ({ dryRun, ...options }: GlobalOptions & { dryRun: boolean }): Promise<ExitCode> {
  const { config: { storage }, warnings } = loadConfig({ path: options.config, env: process.env, flags: { logLevel: options.logLevel } })

  warn(warnings)

  if (storage.kind === 'memory') {
    throw new UsageError('storage.kind is "memory": there is no store on disk to verify')
  }

  if (await isEmptyFolder(storage.path)) {
    complain(`there is no store in ${storage.path}: name the configuration of your node with --config, or look at storage.path`)

    return EXIT.failed
  }

  await requireOwnStore(storage.path)

  // one that is damaged as a whole, or that a node has open, says so here
  const store = await levelStore(storage.path)

  try {
    if (store.health().uncleanStop) {
      print(`${storage.path}: the last process did not close it`)
    }

    const { mended, left } = await passes(store, !dryRun)

    print(`${storage.path}: ${holdings(store)}; ${verdict(mended, left, dryRun)}`)

    return left === 0 ? EXIT.fine : EXIT.failed
  } finally {
    await store.close()
  }
}

async function passes (store: Store, mend: boolean): Promise<Tally> {
  const total = { mended: 0, left: 0 }

  for (let pass = 1; pass <= MAX_PASSES; pass++) {
    const { mended, left } = await onePass(store, mend, total.mended)

    total.mended += mended
    total.left = left

    if (mended === 0) {
      break
    }
  }

  return total
}

/** What cannot be put right is found in each pass, and printed in the first. */
async function onePass (store: Store, mend: boolean, mendedBefore: number): Promise<Tally> {
  const tally = { mended: 0, left: 0 }
  let lines = mendedBefore

  for await (const { message, mended } of store.verify({ mend, budgetMs: BUDGET_MS })) {
    tally[mended ? 'mended' : 'left']++

    if (!(mended || mendedBefore === 0)) {
      continue
    }

    lines++

    if (lines <= MAX_LINES) {
      print(`  ${message}${mended ? ': put right' : ''}`)
    } else if (lines === MAX_LINES + 1) {
      print('  …')
    }
  }

  return tally
}

/** What its counters say. */
function holdings ({ mailbox, registry }: Store): string {
  const { items, bytes } = mailbox.totals()
  const { identities, presences, nodes } = registry.totals()

  return `${counted(items, 'item', 'items')} of ${counted(bytes, 'byte', 'bytes')}, ${counted(identities, 'identity', 'identities')}, ${counted(presences, 'entry', 'entries')} of presence, ${counted(nodes, 'node', 'nodes')}`
}

function counted (count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function verdict (mended: number, left: number, dryRun: boolean): string {
  if (mended === 0 && left === 0) {
    return 'counters equal contents, and nothing is out of place'
  }

  if (dryRun) {
    return `${left} found and left as they are; without --dry-run, what can be put right is`
  }

  return left === 0 ? `${mended} found, all put right: counters equal contents` : `${mended + left} found, ${mended} put right, ${left} left`
}
