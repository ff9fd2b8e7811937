import { loadConfig } from '../config/index.js'
import { NotRunningError, PathTooLongError, callNode, controlPath } from '../control/index.js'
import { configuredKeys, keysView } from '../node/registry-keys.js'
import { keptKeys, rotateKeptKeys } from '../registry/index.js'
import { levelStore } from '../storage/index.js'
import { EXIT, UsageError } from './exit-codes.js'
import { isEmptyFolder } from './is-empty.js'
import { complain, print, warn } from './output.js'
import { requireOwnStore } from './own-store.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'
import type { Config } from '../config/index.js'
import type { KeysView } from '../node/registry-keys.js'
import type { Keys } from '../registry/index.js'

type KeptInit = Parameters<typeof keptKeys>[0]

/** Of a running node by a call, of a stopped one in its store. */
interface KeysCall {
  call: string
  params?: Readonly<Record<string, unknown>>
  kept: (init: KeptInit) => Promise<Keys | undefined>
}

/**
 * Prints what clients over HTTP are configured with: of a running node what it uses now, of a stopped one what its configuration sets and
 * its store keeps.
 *
 * @returns 1 when there are no keys yet
 * @throws UsageError when the configuration has no registry or no data folder, ControlError, ControlCallError, StoreOpenError
 */
export async function keysShow ({ json, ...options }: GlobalOptions & { json: boolean }): Promise<ExitCode> {
  const view = await keysOf(configWithKeys(options), { call: 'keys.show', kept: keptKeys })

  if (view != null) {
    print(json ? JSON.stringify(view) : textOf(view, Date.now()))
  }

  return view == null ? EXIT.failed : EXIT.fine
}

/**
 * Makes a new envelope key, of a running node or of a stopped one, and prints the keys as `keysShow` does.
 *
 * @param options.oldForMs how long what was sealed to the key before is still opened, in milliseconds; 0: not at all. @default a day
 * @returns 1 when there are no keys yet
 * @throws UsageError as `keysShow`, and when the configuration sets the keys; RegistryError, StorageError
 */
export async function keysRotate ({ json, oldForMs, ...options }: GlobalOptions & { json: boolean, oldForMs?: number }): Promise<ExitCode> {
  const config = configWithKeys(options)

  if (config.registry.envelope.keys.length > 0) {
    throw new UsageError('registry.envelope.keys sets the keys: put a new active one before the others there, give the old one a not_after_epoch_ms, and start the node again')
  }

  // a key whose last moment is now is accepted in it
  const notAfterMs = oldForMs == null ? undefined : Date.now() + (oldForMs === 0 ? -1 : oldForMs)
  const view = await keysOf(config, {
    call: 'keys.rotate',
    params: notAfterMs == null ? {} : { not_after_epoch_ms: notAfterMs },
    kept: async init => await rotateKeptKeys(init, { notAfterMs })
  })

  if (view != null) {
    print(json ? JSON.stringify(view) : `${view.keys[0]?.kid_hex ?? ''} is the active key now.\n\n${textOf(view, Date.now())}`)
  }

  return view == null ? EXIT.failed : EXIT.fine
}

/** @throws UsageError where there can be none */
function configWithKeys (options: GlobalOptions): Config {
  const { config, warnings } = loadConfig({ path: options.config, env: process.env, flags: { logLevel: options.logLevel } })

  warn(warnings)

  if (!config.registry.enabled) {
    throw new UsageError('registry.enabled is false: there are no keys')
  }

  if (config.storage.kind === 'memory') {
    throw new UsageError('storage.kind is "memory": without a data folder, the node keeps no keys and has no control socket')
  }

  return config
}

/** Undefined: there are none, which is said then. */
async function keysOf (config: Config, call: KeysCall): Promise<KeysView | undefined> {
  const view = await ofRunning(config.storage.path, call) ?? await ofStopped(config, call)

  if (view == null) {
    complain(`There are no keys yet in ${config.storage.path}: they are made at the first start.`)
  }

  return view
}

/** Undefined: it does not run, or can only be asked when it is stopped. */
async function ofRunning (folder: string, { call, params }: KeysCall): Promise<KeysView | undefined> {
  try {
    return await callNode(folder, call, params) as KeysView
  } catch (err) {
    if (err instanceof NotRunningError || err instanceof PathTooLongError) {
      return undefined
    }

    throw err
  }
}

/** @throws StoreOpenError; PathTooLongError where a node has it open that has no control socket */
async function ofStopped ({ storage, registry }: Config, { kept }: KeysCall): Promise<KeysView | undefined> {
  if (await isEmptyFolder(storage.path)) {
    return undefined
  }

  await requireOwnStore(storage.path)

  const store = await levelStore(storage.path).catch((err: unknown) => {
    controlPath(storage.path)
    throw err
  })

  try {
    const keys = await kept({ settings: store.settings, ...configuredKeys(registry.envelope), now: Date.now })

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
