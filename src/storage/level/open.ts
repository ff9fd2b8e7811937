import { chmod, mkdir, open, readdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { StoreOpenError } from '../errors.js'
import { Db } from './db.js'
import { AREA, pieceKey, uploadOf } from './keys.js'
import { readRegistryState } from './registry-rows.js'
import { FORMAT_VERSION, META, formatRow, readFormat, readState } from './rows.js'
import type { RegistryState } from './registry-rows.js'
import type { StateRow } from './rows.js'

export interface Opened {
  db: Db
  state: StateRow
  registry: RegistryState
  /** It was open when a process ended, and was not looked through since. */
  uncleanStop: boolean
}

export const OPTIONS = {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  // bodies are sealed: there is nothing to win
  compression: false,
  // two of them at most; what comes in between two compactions, and what is read again at the next start
  writeBufferSize: 16 * 1024 * 1024,
  maxFileSize: 8 * 1024 * 1024,
  cacheSize: 8 * 1024 * 1024,
  // of 8 MiB each: LevelDB reads open ones through the page cache, without copies
  maxOpenFiles: 500,
  // one write each in a compaction; to look up a key reads of one what it needs
  blockSize: 64 * 1024
} as const

/**
 * Opens or makes the folder, takes away pieces of bodies that were never finished, and leaves a mark that it is open.
 *
 * @throws StoreOpenError with the folder as it was, unless the disk failed half-way
 */
export async function openDb (path: string): Promise<Opened> {
  const isNew = await prepareFolder(path)
  const db = new Db(path, { ...OPTIONS, createIfMissing: isNew })

  try {
    await db.open()
  } catch (err) {
    throw openError(path, err)
  }

  try {
    const opened = await readStore(path, db)

    // LevelDB names its new files here, and does that itself only for some of them
    await syncFolder(path)

    return opened
  } catch (err) {
    await db.close()
    throw err instanceof StoreOpenError ? err : openError(path, err)
  }
}

/** Tells whether there is nothing in it yet. LevelDB would take a folder that lost its CURRENT file for a new one, and empty it. */
async function prepareFolder (path: string): Promise<boolean> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 })

    if (made != null) {
      await syncEntries(resolve(path), resolve(made))
    }

    if (((await stat(path)).mode & 0o077) !== 0) {
      await chmod(path, 0o700)
    }

    const files = await readdir(path)

    if (files.includes('CURRENT')) {
      return false
    }

    if (files.some(file => /^\d+\.(log|ldb|sst)$/.test(file))) {
      throw new StoreOpenError('store_damaged', path, `${path} holds a store whose CURRENT file is missing: put it back from a backup, or move the folder away to begin anew`)
    }

    return true
  } catch (err) {
    throw err instanceof StoreOpenError ? err : new StoreOpenError('store_unusable', path, `${path} cannot be used as the store's folder (${messageOf(err)}): make it readable and writable for this user, or set storage.path to another one`, { cause: err })
  }
}

async function readStore (path: string, db: Db): Promise<Opened> {
  const [format, state, mark, registry] = await db.getMany([META.format, META.state, META.open, META.registry])

  if (format == null) {
    if ((await db.keys({ limit: 1 }).all()).length > 0) {
      throw new StoreOpenError('store_damaged', path, `${path} holds a database that enigma-node did not write: set storage.path to another folder`)
    }

    await db.batch().put(META.format, formatRow()).put(META.open, Buffer.alloc(0)).write({ sync: true })

    return { db, state: readState(undefined), registry: readRegistryState(undefined), uncleanStop: false }
  }

  const version = readFormat(format)

  if (version == null || version > FORMAT_VERSION) {
    throw new StoreOpenError('store_newer', path, `${path} was written by a newer version of enigma-node (format ${version ?? 'unknown'}, this one reads up to ${FORMAT_VERSION}): install that version, or set storage.path to another folder`)
  }

  await removeOrphans(db)
  // what is written from now on an older version would misread
  await db.batch().put(META.format, formatRow()).put(META.open, Buffer.alloc(0)).write({ sync: true })

  return { db, state: readState(state), registry: readRegistryState(registry), uncleanStop: mark != null }
}

/** Pieces are stored before their item; the row of an upload goes with the batch that brings the item. */
async function removeOrphans (db: Db): Promise<void> {
  for await (const key of db.keys({ gte: Uint8Array.of(AREA.upload), lt: Uint8Array.of(AREA.upload + 1) })) {
    const upload = uploadOf(Buffer.from(key))

    await db.clear({ gte: Buffer.from(pieceKey(upload, 0)), lt: Buffer.from(pieceKey(upload + 1, 0)) })
    await db.batch().del(key).write({ sync: true })
  }
}

/** Of new folders, from the last one up to the first: one whose entry is not on disk may be gone, with all that is in it. */
async function syncEntries (last: string, first: string): Promise<void> {
  for (let folder = last; folder.length >= first.length; folder = dirname(folder)) {
    await syncFolder(dirname(folder))
  }
}

async function syncFolder (path: string): Promise<void> {
  if (process.platform === 'win32') {
    // it has no such call
    return
  }

  const folder = await open(path, 'r')

  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** What it means that LevelDB did not open, and what to do about it. */
export function openError (path: string, err: unknown): StoreOpenError {
  const cause = err instanceof Error && err.cause != null ? err.cause : err
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const said = messageOf(cause)

  if (code === 'LEVEL_LOCKED') {
    return new StoreOpenError('store_locked', path, `${path} is open in another process: stop that one (two nodes cannot share a folder), or set storage.path to another folder`, { cause: err })
  }

  if (/No space left|quota exceeded/i.test(said)) {
    return new StoreOpenError('store_unusable', path, `${path} cannot be opened (${said}): make room on its disk, or set storage.path to another folder`, { cause: err })
  }

  // they name a file that is as it should be
  const isOfSystem = /Permission denied|Operation not permitted|Read-only file system|Too many open files|Input\/output error/i.test(said)

  if (code === 'LEVEL_CORRUPTION' || (!isOfSystem && /CURRENT|MANIFEST|\.ldb|\.sst|does not exist|missing files|No such file/.test(said))) {
    return new StoreOpenError('store_damaged', path, `${path} is damaged (${said}): put it back from a backup, or move the folder away to begin anew`, { cause: err })
  }

  return new StoreOpenError('store_unusable', path, `${path} cannot be opened (${said}): look at the disk and at the rights of the folder, or set storage.path to another one`, { cause: err })
}

export function messageOf (err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}
