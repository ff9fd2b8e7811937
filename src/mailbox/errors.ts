import { CallError, EnigmaError, toCallError } from '../errors.js'

/** A call of the mailbox that was refused or failed. */
export class MailboxError extends CallError {}

export function toMailboxError (err: unknown): MailboxError {
  return toCallError(err, MailboxError)
}

/** An option of `mailboxServer` is outside its bounds. */
export class InvalidMailboxOptionError extends EnigmaError {
  constructor (message: string) {
    super('invalid_mailbox_option', message)
  }
}
