import { closeSync, constants, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { EnigmaError } from '../errors.js'
import type { Sink } from './sink.js'

/** The file of `logging.file` cannot be opened. */
export class LogFileError extends EnigmaError {
  constructor (path: string, reason: string, options?: ErrorOptions) {
    super('log_file_unusable', `The log file ${path} cannot be opened: ${reason}. Let logging.file name a file this user may write, or "" for none.`, options)
  }
}

export interface FileSinkInit {
  path: string
  /** The line that says in the file how many are missing. */
  lost (lines: number): string
  /** Called once when writing begins to fail, and again only after it has worked in between. */
  onFailure (reason: string): void
}

function reason (err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}

function openLog (path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // not blocking, so that a named pipe nobody reads is an error and not a start that hangs
    const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o600)

    if (fstatSync(fd).isDirectory()) {
      closeSync(fd)
      throw new Error('it is a folder')
    }

    return fd
  } catch (err) {
    throw new LogFileError(path, reason(err), { cause: err })
  }
}

/**
 * Appends to a file, made with mode 0600. Each line is handed to the system before the call returns, so a crash
 * loses none. A full disk loses lines, counts them, and says so when there is room again.
 *
 * @throws LogFileError
 */
export function fileSink (init: FileSinkInit): Sink {
  const fd = openLog(init.path)
  let open = true
  let failing = false
  let lost = 0
  /** A line was cut off by a failure: the next begins on a new one. */
  let torn = false

  const writeAll = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(fd, bytes, at)
      torn = at < bytes.length
    }
  }

  const write = (lines: string): void => {
    if (!open) {
      return
    }

    try {
      writeAll(Buffer.from((torn ? '\n' : '') + (lost > 0 ? init.lost(lost) : '') + lines))
      lost = 0
      failing = false
    } catch (err) {
      lost++

      if (!failing) {
        failing = true
        init.onFailure(reason(err))
      }
    }
  }

  return {
    write,
    flush: async () => {},
    close: async () => {
      if (open) {
        open = false
        closeSync(fd)
      }
    }
  }
}
