import { connect } from 'node:net'
import { answerCommands, ownUsage, announceReady } from '../support/child.js'
import { percentile } from '../support/figures.js'
import type { LoadCommand, Operation, RunCommand, RunFigures } from './protocol.js'
import type { Socket } from 'node:net'

// Callers that do as little as they can: HTTP/1.1 on plain sockets, one request under way on each, answers read by their length.

const port = Number(process.argv[2])
const BODY = Buffer.alloc(1024, 7).toString('base64')
const LENGTH = /content-length: (\d+)\r\n/i
let lastId = 0

/** Mailboxes of 100 senders. */
function mailboxOf (n: number): string {
  return `box-${n % 100}`
}

function bodyOf (operation: Operation, n: number): string {
  const id = n.toString(16).padStart(32, '0')

  switch (operation) {
    case 'push': return `{"recipient":"${mailboxOf(n)}","message_id":"${id}","ciphertext_b64":"${BODY}","meta":{"kind":"opaque","total_len":1024,"chunk_index":0,"chunk_count":1,"sent_ms":1700000000000}}`
    case 'pull': return `{"recipient":"${mailboxOf(n)}","max":1}`
    case 'ack': return `{"recipient":"${mailboxOf(n)}","ack":[{"message_id":"${id}","chunk_index":0}]}`
    case 'health': return ''
  }
}

function requestOf (operation: Operation, n: number): string {
  const body = bodyOf(operation, n)

  return operation === 'health'
    ? 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'
    : `POST /${operation} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** One answer, or undefined until it is whole. */
function answerLength (text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')

  if (head === -1) {
    return undefined
  }

  if (!text.startsWith('HTTP/1.1 200')) {
    throw new Error(text.slice(0, 500))
  }

  const length = head + 4 + Number(LENGTH.exec(text)?.[1])

  return text.length >= length ? length : undefined
}

async function run ({ operation, connections, requests }: RunCommand): Promise<RunFigures> {
  const sockets = await Promise.all(Array.from({ length: connections }, async () => await new Promise<Socket>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => { resolve(socket) }).setNoDelay().setEncoding('latin1')

    socket.once('error', reject)
  })))
  // acks name what was pushed by the last run
  const first = operation === 'ack' ? lastId - requests : lastId
  const times: number[] = []
  let sent = 0
  const begun = performance.now()

  await Promise.all(sockets.map(async socket => await new Promise<void>((resolve, reject) => {
    let text = ''
    let at = 0
    const next = (): void => {
      if (sent === requests) {
        resolve()
        return
      }

      at = performance.now()
      socket.write(requestOf(operation, first + sent++), 'latin1')
    }

    socket.on('data', (data: string) => {
      text += data

      try {
        const length = answerLength(text)

        if (length != null) {
          text = text.slice(length)
          times.push(performance.now() - at)
          next()
        }
      } catch (err) {
        reject(err)
      }
    })
    next()
  })))

  const seconds = (performance.now() - begun) / 1000

  lastId = operation === 'push' ? first + requests : lastId
  sockets.forEach(socket => { socket.destroy() })

  return { seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

answerCommands<LoadCommand>(async command => {
  switch (command.call) {
    case 'usage': return ownUsage(command.gc ?? false)
    case 'run': return await run(command)
    case 'stop': process.exit(0)
  }
})
announceReady(true)
