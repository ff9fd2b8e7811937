import { concat } from 'uint8arrays/concat'
import type { WholeItem } from './assembler.js'
import type { Acks } from './acks.js'
import type { MailboxMessage } from './index.js'

export function messageOf (chunks: WholeItem, cursor: string, acks: Acks): MailboxMessage {
  const [first] = chunks
  const keys = chunks.map(({ messageId, chunkIndex }) => ({ messageId, chunkIndex }))

  return {
    messageId: first.messageId,
    kind: first.kind,
    body: chunks.length === 1 ? first.body : concat(chunks.map(({ body }) => body)),
    sentMs: Number(first.sentMs),
    arrivalMs: Math.max(...chunks.map(({ arrivalMs }) => arrivalMs)),
    deadlineMs: Math.min(...chunks.map(({ deadlineMs }) => deadlineMs)),
    chunkCount: chunks.length,
    cursor,
    ack: async () => { await acks.ack(keys) }
  }
}
