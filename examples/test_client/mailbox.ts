import { ClientError as MailboxError, mailboxClient } from '../../src/client/index.js'
import { ClientError, textOf } from './errors.js'
import { loadOrCreateKey } from './key.js'
import { createClient } from './libp2p.js'
import type { MailboxClient } from '../../src/client/index.js'
import type { ClientLibp2p } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Options } from './options.js'

/** Leaves a message in a mailbox. @throws ClientError */
export async function runPush (options: Options, { mailbox, message }: NonNullable<Options['push']>, lines: Lines, signal: AbortSignal): Promise<void> {
  await withMailbox(options, lines, async client => {
    const { duplicate, queueLen, deadlineMs } = await client.push(mailbox, new TextEncoder().encode(message), { kind: 'text', signal })

    lines.say(`${duplicate ? 'Was stored before' : 'Stored'}: ${queueLen} waiting there, until ${new Date(deadlineMs).toISOString()} at the latest`)
  })
}

/** Takes what is in this peer's mailbox, and what comes, until the signal aborts. @throws ClientError */
export async function runInbox (options: Options, lines: Lines, signal: AbortSignal): Promise<void> {
  await withMailbox(options, lines, async (client, libp2p) => {
    await client.inbox(({ body, from }) => {
      lines.say(`Message ${from == null ? 'by the mailbox' : `from ${from}`}: "${new TextDecoder().decode(body)}"`)
    }, {
      onCaughtUp: () => { lines.say('All that was waiting is here; Ctrl+C ends') },
      onError: err => { lines.error(err instanceof Error ? err : new Error(String(err))) }
    })
    lines.say(`Second terminal: npm run example:test-client -- --push ${libp2p.peerId} --message hello`)
    await new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
    lines.say('Ending')
  })
}

async function withMailbox (options: Options, lines: Lines, use: (client: MailboxClient, libp2p: ClientLibp2p) => Promise<void>): Promise<void> {
  const { libp2p } = await createClient(await loadOrCreateKey(options.keyFile))
  // parseOptions gives a relay unless there is a circuit address
  const client = mailboxClient(libp2p, options.relay ?? [])

  try {
    lines.say(`PeerId: ${libp2p.peerId}`)
    await use(client, libp2p)
  } catch (err) {
    throw err instanceof MailboxError ? new ClientError(`The mailbox: ${err.code}: ${textOf(err)}`, { cause: err }) : err
  } finally {
    await client.close()
    await libp2p.stop()
  }
}
