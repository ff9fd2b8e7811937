import { MailboxClientError } from './errors.js'

/**
 * A place in a mailbox: all that was whole up to `seq` was given, and of what was not, the first chunks are at `firsts`. As text: the seq,
 * and where there are any, a colon and the firsts with commas between them.
 */
export interface CursorParts {
  seq: number
  firsts: number[]
}

export const START = '0'

/** More than a subscription ever holds. */
const MAX_FIRSTS = 4096
const CURSOR = /^(\d{1,16})(?::(\d{1,16}(?:,\d{1,16})*))?$/

export function formatCursor ({ seq, firsts }: CursorParts): string {
  return firsts.length === 0 ? String(seq) : `${seq}:${firsts.join(',')}`
}

/** @throws MailboxClientError `invalid_argument` */
export function parseCursor (text: string): CursorParts {
  const match = CURSOR.exec(text)
  const seq = Number(match?.[1])
  const firsts = match?.[2]?.split(',').map(Number) ?? []

  if (match == null || !Number.isSafeInteger(seq) || firsts.length > MAX_FIRSTS || firsts.some(first => first < 1 || first > seq)) {
    throw new MailboxClientError('invalid_argument', 'this is no cursor of a mailbox')
  }

  return { seq, firsts }
}
