import { homedir } from 'node:os'
import { join } from 'node:path'

/** A path from the command line: a shell expands `~`, a script's `--config=~/x` does not get that far. */
export function expandHome (path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** A word that can be pasted into a shell. */
export function shellWord (text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
