import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { createFile } from './create-file.js'
import { decodeIdentity } from './decode.js'
import { IdentityError } from './errors.js'
import { judgeMode } from './mode.js'
import type { Identity } from './index.js'
import type { FileHandle } from 'node:fs/promises'

/** Far above the largest key of any type, far below what would hurt to read. */
const MAX_BYTES = 65_536

const ADVICE = 'Put the right file back from a backup, or move this one away to start with a new identity (a new PeerId)'

function reason (err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}

function codeOf (err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : ''
}

/** Undefined when there is no such file. */
async function openKeyFile (path: string): Promise<FileHandle | undefined> {
  try {
    // not blocking, so that a named pipe is told apart instead of being waited for
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (err) {
    if (codeOf(err) === 'ENOENT') {
      return
    }

    throw new IdentityError(path, `The key file ${path} cannot be read: ${reason(err)}. Give it to the user who runs the node, or change identity.key_file.`, { cause: err })
  }
}

async function readAll (handle: FileHandle, path: string): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0)

  if (bytesRead > MAX_BYTES) {
    throw new IdentityError(path, `The key file ${path} is too large to be a key. ${ADVICE}.`)
  }

  return buffer.subarray(0, bytesRead)
}

/** Only called for a file that holds a key: a slip in key_file must not change the mode of somebody's other file. */
async function secureMode (handle: FileHandle, path: string): Promise<string[]> {
  const { mode, uid } = await handle.stat()
  const octal = (mode & 0o777).toString(8).padStart(4, '0')

  switch (judgeMode(mode, uid, process.geteuid?.())) {
    case 'fine':
      return []

    case 'open-to-group':
      return [`The key file ${path} is open to its group (mode ${octal}); 0600 is safer.`]

    case 'refuse':
      throw new IdentityError(path, `The key file ${path} is open to every user (mode ${octal}) and belongs to another user (uid ${uid}). Run: chmod 600 ${path}`)

    case 'tighten':
      try {
        await handle.chmod(0o600)
      } catch (err) {
        throw new IdentityError(path, `The key file ${path} is open to every user (mode ${octal}) and cannot be set to 0600: ${reason(err)}`, { cause: err })
      }

      return [`The key file ${path} was open to every user (mode ${octal}); it is 0600 now. If others may have read it, replace the key.`]
  }
}

/**
 * Reads the key file and changes nothing but a mode that is too open. Resolves to undefined when there is no file.
 *
 * @throws IdentityError when the file is there and cannot be used
 */
export async function loadIdentity (path: string): Promise<Identity | undefined> {
  const handle = await openKeyFile(path)

  if (handle == null) {
    return
  }

  try {
    const stat = await handle.stat()

    if (!stat.isFile()) {
      throw new IdentityError(path, `The key file ${path} is ${stat.isDirectory() ? 'a folder' : 'not a regular file'}. Let identity.key_file name a file.`)
    }

    const key = await decodeIdentity(await readAll(handle, path))

    if ('problem' in key) {
      throw new IdentityError(path, `The key file ${path} ${key.problem}. ${ADVICE}.`)
    }

    return { privateKey: key, created: false, warnings: await secureMode(handle, path) }
  } catch (err) {
    if (err instanceof IdentityError) {
      throw err
    }

    throw new IdentityError(path, `The key file ${path} cannot be read: ${reason(err)}`, { cause: err })
  } finally {
    await handle.close()
  }
}

/**
 * Reads the key file, or makes one with a new Ed25519 key when there is none (folders 0700, file 0600, synced).
 * Processes that start at the same time end with the same identity. An existing file is never written to.
 *
 * @throws IdentityError when the file cannot be used or made
 */
export async function loadOrCreateIdentity (path: string): Promise<Identity> {
  const existing = await loadIdentity(path)

  if (existing != null) {
    return existing
  }

  const privateKey = await generateKeyPair('Ed25519')

  try {
    if (await createFile(path, privateKeyToProtobuf(privateKey))) {
      return { privateKey, created: true, warnings: [] }
    }
  } catch (err) {
    throw new IdentityError(path, `The key file ${path} cannot be made: ${reason(err)}. Let identity.key_file name a place where this user may write.`, { cause: err })
  }

  const theirs = await loadIdentity(path)

  if (theirs == null) {
    throw new IdentityError(path, `The key file ${path} is a link to a file that does not exist. Remove the link or let it point to a key.`)
  }

  return theirs
}
