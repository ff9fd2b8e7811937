import { randomBytes } from 'node:crypto'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, writeNew } from '../new-file.js'

const NO_HARD_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

async function syncFolder (path: string): Promise<void> {
  const handle = await open(path, 'r')

  try {
    await handle.sync()
  } catch (err) {
    // some file systems cannot sync a folder; nothing more can be done there
    if (codeOf(err) !== 'EINVAL') {
      throw err
    }
  } finally {
    await handle.close()
  }
}

async function makeFolder (path: string): Promise<void> {
  const first: string | undefined = await mkdir(path, { recursive: true, mode: 0o700 })

  if (first == null) {
    return
  }

  // every folder that is new has to be synced in its parent, or a power cut takes the key with it
  for (let dir = path; dir !== dirname(first); dir = dirname(dir)) {
    await syncFolder(dirname(dir))
  }
}

/**
 * Makes a file of mode 0600 that is either whole or not there, and never takes the place of one that is:
 * a temporary file is synced and then linked to its name, which fails when the name is taken.
 * Resolves to false when another process was first.
 */
export async function createFile (path: string, bytes: Uint8Array): Promise<boolean> {
  const folder = resolve(dirname(path))
  await makeFolder(folder)

  // the random part keeps the leftover of a start that crashed from being in the way
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`)
  await writeNew(temporary, bytes)

  try {
    await link(temporary, path).catch(async err => {
      if (!NO_HARD_LINKS.has(codeOf(err))) {
        throw err
      }

      await writeNew(path, bytes)
    })
  } catch (err) {
    if (codeOf(err) === 'EEXIST') {
      return false
    }

    throw err
  } finally {
    await unlink(temporary).catch(() => {})
  }

  await syncFolder(folder)

  return true
}
