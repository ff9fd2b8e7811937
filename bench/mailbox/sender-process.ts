import { randomBytes } from 'node:crypto'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { noise, tls } from '../../src/security/index.js'
import { quic } from '../../src/transports/index.js'
import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import { percentile } from '../support/figures.js'
import { Caller, PushTemplate } from './caller.js'
import { WARM_SECONDS, mailboxName, writeMessageId } from './protocol.js'
import type { Load, Security, SenderCommand } from './protocol.js'
import type { MailboxRequest } from '../../src/mailbox/messages.js'
import type { Connection } from '@libp2p/interface'

// Callers of the bench. The encrypters are ours, as they cost less than the stock ones: the two cores are for the node.

const MIB = 1024 * 1024

let connection: Connection | undefined
let opened: { addr: string, security: Security } | undefined
let number = Math.floor(Math.random() * 2 ** 40)

async function connect (addr: string, security: Security): Promise<Connection> {
  const node = await createLibp2p({
    transports: [security === 'quic' ? quic() : tcp()],
    connectionEncrypters: [security === 'noise' ? noise() : tls()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: 16 * MIB, maxReadBufferLength: 32 * MIB } })],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false }
  })

  return await node.dial(multiaddr(addr))
}

async function call (): Promise<Caller> {
  if (connection == null) {
    throw new Error('not connected')
  }

  return await Caller.open(connection)
}

/** So many pushes under way on one stream; what one tick frees goes in one write. */
async function push (bytes: number, inFlight: number, mailboxes: number, seconds: number): Promise<Load> {
  const caller = await call()
  const templates = Array.from({ length: mailboxes }, (_, i) => new PushTemplate(mailboxName(i), randomBytes(bytes)))
  const latencies: number[] = []
  const over = Promise.withResolvers<void>()
  const begin = performance.now() + WARM_SECONDS * 1000
  const end = begin + seconds * 1000
  let open = 0
  let counted = 0
  let isScheduled = false

  const refill = (): void => {
    const now = performance.now()

    isScheduled = false

    if (now >= end) {
      if (open === 0) {
        over.resolve()
      }

      return
    }

    // the templates are as long as each other: so are their names
    const length = templates[0]?.byteLength ?? 0
    const frames = Buffer.allocUnsafe(length * (inFlight - open))

    for (let at = 0; at < frames.byteLength; at += length) {
      open++
      caller.push(templates[++number % mailboxes] as PushTemplate, frames, at, number, () => {
        const done = performance.now()

        open--

        if (now >= begin && done <= end) {
          latencies.push(done - now)
        }

        if (done >= begin && done <= end) {
          counted++
        }

        if (!isScheduled) {
          isScheduled = true
          queueMicrotask(refill)
        }
      })
    }

    caller.send(frames)
  }

  refill()
  await Promise.race([over.promise, caller.failure])

  return load(counted, seconds, latencies)
}

/** `next` gives a call, or undefined when there is no more to do. Counts what `counts` says of each answer. */
async function repeat (inFlight: number, next: () => Omit<MailboxRequest, 'id'> | undefined, onItem: () => void, onDone: (answer: Parameters<Parameters<Caller['request']>[1]>[0]) => void): Promise<{ seconds: number, latencies: number[] }> {
  const caller = await call()
  const latencies: number[] = []
  const begun = performance.now()

  await Promise.race([caller.failure, Promise.all(Array.from({ length: inFlight }, async () => {
    for (let request = next(); request != null; request = next()) {
      const sent = performance.now()
      const wanted = request

      await new Promise<void>(resolve => {
        caller.request(wanted, answer => {
          if (answer.isItem) {
            onItem()
          } else {
            latencies.push(performance.now() - sent)
            onDone(answer)
            resolve()
          }
        })
      })
    }
  }))])

  return { seconds: (performance.now() - begun) / 1000, latencies }
}

async function pull (mailbox: string, cursor: number, inFlight: number, seconds: number): Promise<Load> {
  const end = performance.now() + seconds * 1000
  const request = { pull: { mailbox, cursor: BigInt(cursor), maxItems: 0, maxBytes: 0 } }
  let items = 0
  const { seconds: took, latencies } = await repeat(inFlight, () => performance.now() < end ? request : undefined, () => { items++ }, () => {})

  return load(items, took, latencies)
}

async function pullAll (mailbox: string): Promise<Load> {
  let cursor: bigint | undefined = 0n
  let items = 0
  const { seconds, latencies } = await repeat(1, () => cursor == null ? undefined : { pull: { mailbox, cursor, maxItems: 0, maxBytes: 0 } }, () => { items++ }, answer => {
    const page = answer.decode().pageEnd

    cursor = page?.more === true ? page.nextCursor : undefined
  })

  return load(items, seconds, latencies)
}

async function ack (mailbox: string, from: number, count: number, keys: number, inFlight: number): Promise<Load> {
  let next = from
  let deleted = 0
  const { seconds, latencies } = await repeat(inFlight, () => {
    const first = next

    next += keys

    return first >= from + count ? undefined : { ack: { mailbox, upToSeq: 0n, keys: Array.from({ length: keys }, (_, i) => ({ messageId: idOf(first + i), chunkIndex: 0 })) } }
  }, () => {}, answer => { deleted += answer.decode().acked?.deleted ?? 0 })

  return load(deleted, seconds, latencies)
}

function idOf (number: number): Uint8Array<ArrayBuffer> {
  const id = Buffer.alloc(16)

  writeMessageId(id, 0, number)

  return id
}

/** From the call of a push on one connection to the item on another, which is subscribed. */
async function live (bytes: number, perSecond: number, seconds: number): Promise<Load> {
  if (opened == null) {
    throw new Error('not connected')
  }

  const subscriber = await Caller.open(await connect(opened.addr, opened.security))
  const pusher = await call()
  const mailbox = mailboxName(Math.floor(Math.random() * 1e9))
  const template = new PushTemplate(mailbox, randomBytes(bytes))
  const sent: number[] = []
  const latencies: number[] = []
  const caughtUp = Promise.withResolvers<void>()
  const begun = performance.now()

  subscriber.request({ subscribe: { mailbox, cursor: 0n, credit: 0xffff_ffff } }, answer => {
    if (answer.isItem) {
      latencies.push(performance.now() - (sent[latencies.length] ?? 0))
    } else {
      caughtUp.resolve()
    }
  })

  await caughtUp.promise

  await Promise.race([pusher.failure, subscriber.failure, new Promise<void>(resolve => {
    const timer = setInterval(() => {
      if (performance.now() - begun >= seconds * 1000) {
        clearInterval(timer)
        setTimeout(resolve, 200)
        return
      }

      const frame = Buffer.allocUnsafe(template.byteLength)

      sent.push(performance.now())
      pusher.push(template, frame, 0, ++number, () => {})
      pusher.send(frame)
    }, 1000 / perSecond)
  })])

  // the first ones are not yet compiled
  return load(latencies.length, seconds, latencies.slice(Math.floor(latencies.length / 5)))
}

function load (count: number, seconds: number, latencies: readonly number[]): Load {
  return { count, seconds, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
}

answerCommands<SenderCommand>(async command => {
  switch (command.call) {
    case 'usage':
      return ownUsage(command.gc ?? false)
    case 'connect':
      opened = command
      connection = await connect(command.addr, command.security)
      return
    case 'push':
      return push(command.bytes, command.inFlight, command.mailboxes, command.seconds)
    case 'pull':
      return pull(command.mailbox, command.cursor, command.inFlight, command.seconds)
    case 'pull-all':
      return pullAll(command.mailbox)
    case 'ack':
      return ack(command.mailbox, command.from, command.count, command.keys, command.inFlight)
    case 'live':
      return live(command.bytes, command.perSecond, command.seconds)
    case 'stat':
      return Number((await (await call()).ask({ stat: { mailbox: command.mailbox } })).stats?.queueLen ?? 0)
    case 'stop':
      process.exit(0)
  }
})
announceReady(null)
