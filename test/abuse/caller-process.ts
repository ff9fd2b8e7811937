import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../../bench/support/figures.js'
import { sourceIp } from './attackers.js'
import { answer } from './process.js'
import type { IncomingMessage } from 'node:http'

// Callers over HTTP that mean well: each has an address and a connection of its own, and stays below its limits.

const CALLERS = 40
const EVERY_MS = 200
const BODY = Buffer.alloc(1024, 7).toString('base64')

let times: number[] = []
let failure: string | undefined
let url = new URL('http://127.0.0.1')
let agents: Agent[] = []
let stopping = new AbortController()
let running: Promise<unknown> = Promise.resolve()

const calls = {
  /** Opens the connections. */
  async connect (base: string): Promise<void> {
    url = new URL('/push', base)
    agents = Array.from({ length: CALLERS }, (_, index) => {
      const options = { keepAlive: true, maxSockets: 1, localAddress: sourceIp(index) }

      return base.startsWith('https') ? new TlsAgent({ ...options, rejectUnauthorized: false }) : new Agent(options)
    })
    await Promise.all(agents.map(async (_agent, index) => { await push(index) }))
  },

  start (): void {
    stopping = new AbortController()
    running = Promise.all(agents.map(async (_agent, index) => { await keepPushing(index, stopping.signal) }))
  },

  async stop (): Promise<void> {
    stopping.abort()
    await running
  },

  /** Milliseconds, of the answers that have come since the last time. */
  take (): { p99: number } {
    const taken = times

    times = []

    return { p99: percentile(taken, 0.99) }
  },

  failure (): string | undefined {
    return failure
  }
}

export type CallerCalls = typeof calls

async function keepPushing (index: number, signal: AbortSignal): Promise<void> {
  // not all at once
  await delay(EVERY_MS * index / CALLERS)

  while (!signal.aborted) {
    const begun = performance.now()

    await push(index).catch((err: unknown) => { failure ??= `caller ${index}: ${String(err)}` })
    times.push(performance.now() - begun)
    await delay(Math.max(0, EVERY_MS - (performance.now() - begun)))
  }
}

/** The same message each time, of which the mailbox holds one: what it costs the node is what is looked at. */
async function push (index: number): Promise<void> {
  const body = JSON.stringify({
    recipient: `caller ${index}`,
    message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8',
    ciphertext_b64: BODY,
    meta: { kind: 'opaque', total_len: 1024, chunk_index: 0, chunk_count: 1, sent_ms: 7 }
  })
  const send = url.protocol === 'https:' ? tlsRequest : request
  const status = await new Promise<number | undefined>((resolve, reject) => {
    send(url, { method: 'POST', agent: agents[index], headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response: IncomingMessage) => {
      response.resume().once('end', () => { resolve(response.statusCode) }).once('error', reject)
    }).once('error', reject).end(body)
  })

  if (status !== 200) {
    throw new Error(`status ${String(status)}`)
  }
}

answer(calls)
