import { join } from 'node:path'
import { PathTooLongError } from './errors.js'

const NAME = 'control.sock'

/** `sun_path` less its zero byte. What is longer is cut off by some systems without a word: another file. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/**
 * Where the node with this data folder listens.
 *
 * @throws PathTooLongError when the system takes no path as long
 */
export function controlPath (folder: string): string {
  const path = join(folder, NAME)
  const bytes = Buffer.byteLength(path)

  if (bytes > MAX_PATH_BYTES) {
    throw new PathTooLongError(`${path} is too long for a Unix socket (${bytes} bytes; the system takes ${MAX_PATH_BYTES}): set storage.path to a shorter one`)
  }

  return path
}
