import { ClientError } from './errors.js'

/**
 * A place in a mailbox: all that was whole up to `seq` was given, and nothing that lies up to `after` belongs to what was not. As text: the
 * seq, and where `after` is less, a colon and the seq that follows it.
 */
export interface CursorParts {
  seq: number
  after: number
}

export const START = '0'

const CURSOR = /^(\d{1,16})(?::(\d{1,16}))?$/

export function formatCursor ({ seq, after }: CursorParts): string {
  return after >= seq ? String(seq) : `${seq}:${after + 1}`
}

/** @throws ClientError `invalid_argument` */
export function parseCursor (text: string): CursorParts {
  const match = CURSOR.exec(text)
  const seq = Number(match?.[1])
  const after = match?.[2] == null ? seq : Number(match[2]) - 1

  if (match == null || !Number.isSafeInteger(seq) || after < 0 || (match[2] != null && after >= seq)) {
    throw new ClientError('invalid_argument', 'this is no cursor of a mailbox')
  }

  return { seq, after }
}
