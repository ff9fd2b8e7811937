import { loadConfig } from '../config/index.js'
import { NotRunningError, PathTooLongError, callNode, controlPath } from '../control/index.js'
import { configuredKeys, keysView } from '../node/registry-keys.js'
import { keptKeys } from '../registry/index.js'
import { levelStore } from '../storage/index.js'
import { EXIT, UsageError } from './exit-codes.js'
import { isEmptyFolder } from './is-empty.js'
import { complain, print, warn } from './output.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'
import type { Config } from '../config/index.js'
import type { KeysView } from '../node/registry-keys.js'

/**
 * Prints what clients over HTTP are configured with: of a running node what it uses now, of a stopped one what its configuration sets and
 * its store keeps.
 *
 * @returns 1 when there are no keys yet
 * @throws UsageError when the configuration has no registry or no data folder, ControlError, ControlCallError, StoreOpenError
 */
export async function keysShow ({ json, ...options }: GlobalOptions & { json: boolean }): Promise<ExitCode> {
  const { config, warnings } = loadConfig({ path: options.config, env: process.env, flags: { logLevel: options.logLevel } })

  warn(warnings)

  if (!config.registry.enabled) {
    throw new UsageError('registry.enabled is false: there are no keys')
  }

  if (config.storage.kind === 'memory') {
    throw new UsageError('storage.kind is "memory": without a data folder, the node keeps no keys and has no control socket')
  }

  const view = await ofRunning(config.storage.path) ?? await ofStopped(config)

  if (view == null) {
    complain(`There are no keys yet in ${config.storage.path}: they are made at the first start.`)

    return EXIT.failed
  }

  print(json ? JSON.stringify(view) : textOf(view, Date.now()))

  return EXIT.fine
}

/** Undefined: it does not run, or can only be asked when it is stopped. */
async function ofRunning (folder: string): Promise<KeysView | undefined> {
  try {
    return await callNode(folder, 'keys.show') as KeysView
  } catch (err) {
    if (err instanceof NotRunningError || err instanceof PathTooLongError) {
      return undefined
    }

    throw err
  }
}

/** @throws StoreOpenError; PathTooLongError where a node has it open that has no control socket */
async function ofStopped ({ storage, registry }: Config): Promise<KeysView | undefined> {
  if (await isEmptyFolder(storage.path)) {
    return undefined
  }

  const store = await levelStore(storage.path).catch((err: unknown) => {
    controlPath(storage.path)
    throw err
  })

  try {
    const keys = await keptKeys({ settings: store.settings, ...configuredKeys(registry.envelope), now: Date.now })

    return keys == null ? undefined : keysView(keys)
  } finally {
    await store.close()
  }
}

function textOf ({ pepper_hex: pepper, keys }: KeysView, now: number): string {
  const lines = keys.map(({ kid_hex: kid, x25519_public_key_hex: key, active, not_after_epoch_ms: notAfter }) => {
    const isOver = notAfter != null && notAfter < now
    const end = notAfter == null ? '' : `${isOver ? 'over since' : 'until'} ${new Date(notAfter).toISOString()}`

    return `${kid}  ${key}  ${active ? 'active' : isOver ? 'not accepted' : 'accepted'}${end === '' ? '' : `, ${end}`}`
  })

  return [`pepper_hex = "${pepper}"`, '', `${'kid_hex'.padEnd(16)}  ${'x25519_public_key_hex'.padEnd(64)}  use`, ...lines].join('\n')
}
