import { randomBytes } from 'node:crypto'
import { mkdir, realpath, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EnigmaError } from '../errors.js'
import { codeOf, writeNew } from '../new-file.js'

/** A file that the command was to make could not be written. */
export class WriteError extends EnigmaError {
  constructor (path: string, cause: unknown) {
    super('write_failed', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** A link is followed, so that the file it names is replaced and not the link. */
async function replace (path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(8).toString('hex')}.tmp`)
  await writeNew(temporary, text)

  try {
    await rename(temporary, target)
  } catch (err) {
    await unlink(temporary).catch(() => {})
    throw err
  }
}

/**
 * Makes a file of mode 0600 and the folders above it. Without `force` a file that is there stays as it is and the
 * result is false; with it the old file is there until the new one is whole.
 *
 * @throws WriteError
 */
export async function writeNewFile (path: string, text: string, { force }: { force: boolean }): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (err) {
    throw new WriteError(path, err)
  }

  try {
    await (force ? replace(path, text) : writeNew(path, text))

    return true
  } catch (err) {
    if (!force && codeOf(err) === 'EEXIST') {
      return false
    }

    throw new WriteError(path, err)
  }
}
