import { userInfo } from 'node:os'
import { join } from 'node:path'

/** The folder that `~` means: `HOME`, else the account's own, else none. */
export function homeFolder (env: NodeJS.ProcessEnv, account: () => string = () => userInfo().homedir): string | undefined {
  if (env.HOME !== undefined && env.HOME !== '') {
    return env.HOME
  }

  try {
    const folder = account()

    return folder === '' ? undefined : folder
  } catch {
    // an account without an entry, as in a container with a made-up user id
    return undefined
  }
}

/** Replaces a leading `~`; undefined when there is no home folder to put in its place. */
export function expandHome (path: string, home: string | undefined): string | undefined {
  if (path !== '~' && !path.startsWith('~/')) {
    return path
  }

  return home === undefined ? undefined : join(home, path.slice(1))
}
