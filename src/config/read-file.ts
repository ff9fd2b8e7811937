import { isUtf8 } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Why a file could not be read, in words that need no errno table. */
export class ReadError extends Error {
  /** From 1, where the text stops being UTF-8. */
  readonly line?: number
  readonly notFound: boolean

  constructor (message: string, options: ErrorOptions & { line?: number, notFound?: boolean } = {}) {
    super(message, options)
    this.line = options.line
    this.notFound = options.notFound ?? false
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user (permission denied)',
  EPERM: 'may not be read by this user (not permitted)',
  EISDIR: 'is a folder, not a file',
  ELOOP: 'is a circle of symbolic links',
  ENOENT: 'was not found',
  ENOTDIR: 'lies in something that is not a folder',
  ENAMETOOLONG: 'has a name that is too long'
}

/**
 * Reads a small text file, also from a pipe.
 *
 * @throws ReadError when it is missing, may not be read, is a folder, longer than `maxBytes`, or not UTF-8
 */
export function readTextFile (path: string, maxBytes = 1_048_576): string {
  const bytes = readBytes(path, maxBytes)

  if (!isUtf8(bytes)) {
    throw new ReadError('is not UTF-8 text: save it as UTF-8', { line: firstBadLine(bytes) })
  }

  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function readBytes (path: string, maxBytes: number): Buffer {
  let fd: number | undefined

  try {
    fd = openSync(path, 'r')

    if (fstatSync(fd).isDirectory()) {
      throw new ReadError('is a folder, not a file')
    }

    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0

    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null)
    }

    if (length > maxBytes) {
      throw new ReadError(`is longer than ${maxBytes} bytes`)
    }

    return buffer.subarray(0, length)
  } catch (err) {
    if (err instanceof ReadError) {
      throw err
    }

    const code = err instanceof Error && 'code' in err && typeof err.code === 'string' ? err.code : ''
    throw new ReadError(REASONS[code] ?? `cannot be read (${code === '' ? 'unknown reason' : code})`, { cause: err, notFound: code === 'ENOENT' })
  } finally {
    if (fd !== undefined) {
      closeSync(fd)
    }
  }
}

/** No byte of a longer UTF-8 sequence is a newline, so each line stands for itself. */
function firstBadLine (bytes: Buffer): number {
  let line = 1

  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline

    if (!isUtf8(bytes.subarray(start, end))) {
      return line
    }

    start = end + 1
  }

  return line
}
