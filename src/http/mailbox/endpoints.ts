import { Type } from '../type.js'
import * as schemas from './schemas.js'
import { MailboxCalls } from './calls.js'
import type { Endpoint } from '../endpoint.js'
import type { CallCounts, CountedCall, Mailbox } from '../../mailbox/index.js'
import type { MailboxCounters } from './counters.js'

/** The reference's limit for every call. */
const MIN_BODY_BYTES = 2_097_152
/** Around the body of a message: names and numbers, however they are escaped. */
const ENVELOPE_BYTES = 64 * 1024
/** Of calls that have a dozen: each costs far more than its bytes. */
const FEW_JSON_VALUES = 1000

const OWNER = {
  provesPeer: true,
  headers: { 'Enigma-Grant': Type.String({ description: 'A grant of the mailbox\'s owner, or several with commas between them: base64url of the envelope.' }) },
  errors: { 401: 'A PeerId must be proven, as WWW-Authenticate says.', 403: 'The mailbox is somebody else\'s, or the caller is denied.' }
} as const

/** The mailbox's calls: paths, limits and shapes (specs/mailbox.md, §1.1 and Part I). */
export function mailboxEndpoints (mailbox: Mailbox, counters: MailboxCounters, counts?: CallCounts): Endpoint[] {
  const answered = (call: CountedCall): Endpoint['answered'] => (outcome, ms) => { counts?.answered(call, outcome, ms) }
  const calls = new MailboxCalls({ mailbox, counters })
  const maxPushBytes = Math.max(MIN_BODY_BYTES, 4 * Math.ceil(mailbox.describe().maxMessageBytes / 3) + ENVELOPE_BYTES)

  // bodies were checked against the schema beside the handler, which is where their type comes from
  return [
    {
      method: 'POST',
      path: '/push',
      summary: 'Stores one chunk; answers when it is on disk.',
      group: 'push',
      answered: answered('push'),
      request: schemas.PushRequest,
      answer: schemas.PushAnswer,
      errors: { 409: 'The mailbox is full.', 507: 'The disk is full.' },
      maxBodyBytes: maxPushBytes,
      maxJsonValues: () => FEW_JSON_VALUES,
      handle: (body, context) => calls.push(body as schemas.PushBody, context)
    },
    {
      method: 'POST',
      path: '/pull',
      summary: 'One page of what is stored. Deletes nothing.',
      group: 'pull',
      answered: answered('pull'),
      request: schemas.PullRequest,
      answer: schemas.PullAnswer,
      ...OWNER,
      maxBodyBytes: MIN_BODY_BYTES,
      maxJsonValues: () => FEW_JSON_VALUES,
      handle: (body, context) => calls.pull(body as schemas.PullBody, context)
    },
    {
      method: 'POST',
      path: '/ack',
      summary: 'Deletes what was received.',
      group: 'ack',
      answered: answered('ack'),
      request: schemas.AckRequest,
      answer: schemas.AckAnswer,
      ...OWNER,
      maxBodyBytes: MIN_BODY_BYTES,
      handle: (body, context) => calls.ack(body as schemas.AckBody, context)
    },
    {
      method: 'POST',
      path: '/stat',
      summary: 'How much waits in a mailbox.',
      group: 'other',
      answered: answered('stat'),
      request: schemas.StatRequest,
      answer: schemas.StatAnswer,
      ...OWNER,
      maxBodyBytes: MIN_BODY_BYTES,
      maxJsonValues: () => FEW_JSON_VALUES,
      handle: (body, context) => calls.stat(body as schemas.StatBody, context)
    }
  ]
}

/** What tells of the door itself. */
export function healthEndpoints (counters: MailboxCounters): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/health',
      summary: 'The process answers. Says nothing of the store.',
      answer: schemas.HealthAnswer,
      handle: () => '{"status":"ok"}'
    },
    {
      method: 'GET',
      path: '/stats',
      summary: 'Counts of calls since the start.',
      answer: schemas.StatsAnswer,
      handle: () => counters.toJson()
    }
  ]
}
