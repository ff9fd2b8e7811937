import { Type } from '../type.js'
import { longString, optional, u32, u64 } from '../schema.js'
import type { Static } from 'typebox'

/** The shapes of the mailbox's calls (specs/mailbox.md, §1.1 and Part I). What they mean is checked by the handlers. */

const Recipient = Type.String({ description: 'A mailbox: 1 to 256 bytes of UTF-8, not blank. A PeerId and 64 hex are one mailbox in all their spellings.' })
const MessageId = Type.String({ description: 'A UUID.' })

const Meta = Type.Object({
  kind: Type.String({ description: '1 to 256 bytes of UTF-8, not blank.' }),
  total_len: u64('Not looked into.'),
  chunk_index: u32('Less than chunk_count.'),
  chunk_count: u32('1 or more.'),
  sent_ms: u64('Not looked into.')
})

export const PushRequest = Type.Object({
  recipient: Recipient,
  message_id: MessageId,
  ciphertext_b64: longString({ description: 'Standard base64 with padding.', contentEncoding: 'base64' }),
  meta: Meta,
  ttl_seconds: optional(u64('How long it waits at most. 0, null or more than the node\'s own: the node\'s own.'))
})

export const PushAnswer = Type.Object({
  stored: Type.Boolean(),
  duplicate: Type.Optional(Type.Literal(true, { description: 'It was there already.' })),
  queue_len: u64('Of the mailbox, after this call.'),
  queue_bytes: u64('Of the mailbox, after this call.'),
  seq: u64('0 for what is no longer queued.'),
  deadline_ms: u64('Unix milliseconds; 0 for what is no longer queued.'),
  differs: Type.Optional(Type.Literal(true, { description: 'What was stored under this id is not what was sent now.' }))
})

export const PullRequest = Type.Object({
  recipient: Recipient,
  cursor: optional(Type.String({ description: 'next_cursor or last_cursor of an answer.' })),
  max: optional(u64('Items, 1 or more; at most the node\'s own.')),
  wait_ms: optional(Type.Integer({ description: 'How long an answer that would be empty is held until something comes.', minimum: 0, maximum: 30_000 }))
})

const Item = Type.Object({
  recipient: Type.String(),
  message_id: MessageId,
  ciphertext_b64: Type.String({ contentEncoding: 'base64' }),
  meta: Meta,
  arrival_ms: u64('Unix milliseconds.'),
  deadline_ms: u64('Unix milliseconds.'),
  seq: u64('Its place in the mailbox.')
})

export const PullAnswer = Type.Object({
  items: Type.Array(Item),
  next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Null unless there is more.' }),
  remaining_estimate: u64('What the mailbox holds beside this page.'),
  last_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Of the last item, else the one that was sent: for the next long poll, and for up_to.' })
})

export const AckRequest = Type.Object({
  recipient: Recipient,
  ack: optional(Type.Array(Type.Object({ message_id: MessageId, chunk_index: u32('Of the chunk.') }), { description: 'At most 4096.' })),
  up_to: optional(Type.String({ description: 'In place of ack: a cursor, up to which all is deleted.' }))
})

export const AckAnswer = Type.Object({
  deleted: u64('Distinct entries that were there.'),
  missing: u64('Distinct entries that were not.'),
  remaining: u64('Left in the mailbox.')
})

export const StatRequest = Type.Object({ recipient: Recipient })

export const StatAnswer = Type.Object({
  queue_len: u64('Items.'),
  queue_bytes: u64('Of their bodies.'),
  oldest_ms: u64('Arrival of the first item; 0 when empty.'),
  newest_ms: u64('Arrival of the last item; 0 when empty.'),
  next_seq: u64('What the next item gets.'),
  max_queue_len: u64('How many items it may hold.'),
  max_queue_bytes: u64('How many bytes it may hold.')
})

export const HealthAnswer = Type.Object({ status: Type.Literal('ok') })

export const StatsAnswer = Type.Object({
  metrics: Type.Object({
    ack_deleted: u64('Items deleted by /ack.'),
    ack_total: u64('Calls of /ack.'),
    duplicates: u64('Pushes that were there already.'),
    gc_removed: u64('Expired items that were collected.'),
    pull_total: u64('Calls of /pull.'),
    push_stored: u64('Pushes that were stored.'),
    push_total: u64('Calls of /push.'),
    rate_limited: u64('Calls that were refused for their rate.')
  }),
  status: Type.Literal('ok'),
  uptime_ms: u64('Of the HTTP door.')
})

export type PushBody = Static<typeof PushRequest>
export type PullBody = Static<typeof PullRequest>
export type AckBody = Static<typeof AckRequest>
export type StatBody = Static<typeof StatRequest>
