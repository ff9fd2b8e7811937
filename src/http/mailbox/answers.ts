import { formatUuid } from './uuid.js'
import { formatCursor } from './cursor.js'
import type { AckResult, Page } from '../../storage/index.js'
import type { MailboxStatistics, Pushed } from '../../mailbox/index.js'

/** Answers as text: the order of the fields is part of the contract, and numbers of 64 bits are exact. */

export function pushAnswer ({ stored, duplicate, differs, queueLen, queueBytes, seq, deadlineMs }: Pushed): string {
  return `{"stored":${String(stored)}${duplicate ? ',"duplicate":true' : ''},"queue_len":${queueLen},"queue_bytes":${queueBytes},"seq":${seq},"deadline_ms":${deadlineMs}${differs ? ',"differs":true' : ''}}`
}

export function pullAnswer (recipient: string, sentCursor: string | null, { items, nextCursor, more, remainingEstimate }: Page): string {
  const name = JSON.stringify(recipient)
  const last = items.length === 0 ? sentCursor : formatCursor(recipient, nextCursor)
  const texts = items.map(({ messageId, chunkIndex, chunkCount, kind, totalLen, sentMs, body, arrivalMs, deadlineMs, seq }) =>
    `{"recipient":${name},"message_id":"${formatUuid(messageId)}","ciphertext_b64":"${base64(body)}",` +
    `"meta":{"kind":${JSON.stringify(kind)},"total_len":${totalLen},"chunk_index":${chunkIndex},"chunk_count":${chunkCount},"sent_ms":${sentMs}},` +
    `"arrival_ms":${arrivalMs},"deadline_ms":${deadlineMs},"seq":${seq}}`)

  return `{"items":[${texts.join(',')}],"next_cursor":${more ? JSON.stringify(last) : 'null'},"remaining_estimate":${remainingEstimate},"last_cursor":${JSON.stringify(last)}}`
}

export function ackAnswer ({ deleted, missing, remaining }: AckResult): string {
  return `{"deleted":${deleted},"missing":${missing},"remaining":${remaining}}`
}

export function statAnswer (stats: MailboxStatistics): string {
  return `{"queue_len":${stats.queueLen},"queue_bytes":${stats.queueBytes},"oldest_ms":${stats.oldestMs},"newest_ms":${stats.newestMs},"next_seq":${stats.nextSeq},"max_queue_len":${stats.maxQueueLen},"max_queue_bytes":${stats.maxQueueBytes}}`
}

function base64 (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
