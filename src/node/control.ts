import { controlSocket } from '../control/index.js'
import { EnigmaError } from '../errors.js'
import { keysView, rotateOptions } from './registry-keys.js'
import type { Config } from '../config/index.js'
import type { ControlCalls, RunningControlSocket } from '../control/index.js'
import type { Log } from '../ops/index.js'
import type { Registry } from '../registry/index.js'

export interface ControlParts {
  registry?: Pick<Registry, 'keys' | 'rotateKey'>
  log: Log
}

/** For a node whose store is open. Undefined where it has no folder, and, with a warning, where there can be no socket: a node works without. */
export async function startControl ({ storage }: Config, { registry, log }: ControlParts): Promise<RunningControlSocket | undefined> {
  if (storage.kind !== 'level') {
    return undefined
  }

  const calls: ControlCalls = registry == null
    ? {}
    : {
        'keys.show': async () => keysView(registry.keys()),
        'keys.rotate': async params => {
          const keys = await registry.rotateKey(rotateOptions(params))

          log.info('the registry has a new envelope key')

          return keysView(keys)
        }
      }

  try {
    return await controlSocket({
      folder: storage.path,
      calls,
      onError: err => { log.error('a call over the control socket failed', { reason: err instanceof Error ? err.stack ?? err.message : String(err) }) }
    })
  } catch (err) {
    log.warn('there is no control socket: commands that ask the running node do not work', { reason: err instanceof EnigmaError || !(err instanceof Error) ? String(err) : err.message })

    return undefined
  }
}
