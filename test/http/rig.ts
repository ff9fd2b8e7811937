import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { accessControl, limiter } from '../../src/access/index.js'
import { httpDoor } from '../../src/http/index.js'
import { InflightBudget } from '../../src/calls/index.js'
import { MailboxRules } from '../../src/mailbox/index.js'
import { memoryStore } from '../../src/storage/index.js'
import { within } from '../support/wait.js'
import type { LimiterInit } from '../../src/access/index.js'
import type { HttpDoor, HttpDoorInit } from '../../src/http/index.js'
import type { Mailbox, MailboxRulesInit } from '../../src/mailbox/index.js'
import type { Store } from '../../src/storage/index.js'
import type { Socket } from 'node:net'

export interface DoorOptions extends Partial<Omit<HttpDoorInit, 'mailbox'>> {
  rules?: Partial<MailboxRulesInit>
  limits?: Partial<LimiterInit>
  /** In place of rules on a store of its own. */
  mailbox?: HttpDoorInit['mailbox'] | null
}

export interface TestDoor {
  readonly door: HttpDoor
  readonly url: string
  readonly port: number
  readonly mailbox: Mailbox
  readonly inflight: InflightBudget
  readonly store: Store
  /** What the door called a bug. */
  readonly bugs: unknown[]
}

/** One answer, with its body as text and as JSON. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

/** The limits of [rate_limit] as they come, switched off. */
export const LIMITS: LimiterInit = {
  enabled: false,
  globalPerSecond: 20,
  burst: 40,
  banAfter: 40,
  banSeconds: 300,
  perSecond: { push: 10, pull: 5, ack: 10, register: 1, resolve: 3, check_user: 10, reserve: 10, connect: 50 }
}

/** Makes doors and takes them down after each test. */
export class HttpRig {
  readonly #stops: Array<() => Promise<void>> = []

  constructor () {
    afterEach(async () => {
      for (const stop of this.#stops.splice(0).reverse()) {
        await within(stop(), 'a door stops')
      }
    })
  }

  onStop (stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  async door (options: DoorOptions = {}): Promise<TestDoor> {
    const { rules: rulesInit = {}, limits = {}, mailbox: given, ...init } = options
    const store = rulesInit.store ?? await memoryStore()
    const rules = new MailboxRules({ ...rulesInit, store })
    const inflight = given?.inflight ?? new InflightBudget(rules.options.maxInflightBytes)
    const mailbox = given?.mailbox ?? rules
    const bugs: unknown[] = []
    const door = httpDoor({
      host: '127.0.0.1',
      port: 0,
      privateKey: await generateKeyPair('Ed25519'),
      access: accessControl(),
      limiter: limiter({ ...LIMITS, ...limits }),
      maxConnections: 1000,
      maxAnswerBytes: 256 * 1024 * 1024,
      headerTimeoutMs: 5000,
      bodyTimeoutMs: 60_000,
      idleTimeoutMs: 65_000,
      onError: err => { bugs.push(err) },
      ...init,
      ...(given === null ? {} : { mailbox: { mailbox, inflight } })
    })

    rules.start()
    await door.start()
    this.onStop(async () => {
      await door.stop()
      await rules.stop()
      await store.close()
      assert.equal(inflight.used, 0, 'nothing is held of bodies')
      assert.deepEqual(bugs, [])
    })

    return { door, url: door.url ?? '', port: Number(new URL(door.url ?? '').port), mailbox, inflight, store, bugs }
  }
}

export async function call (url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()

  return { status: response.status, headers: response.headers, text, json: text === '' ? {} : JSON.parse(text) as Record<string, unknown> }
}

/** Sends text, or a value as JSON. */
export async function post ({ url }: Pick<TestDoor, 'url'>, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return await call(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body)
  })
}

/** A push that is right. */
export function pushBody (recipient: string, more: Record<string, unknown> = {}, meta: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    recipient,
    message_id: randomUUID(),
    ciphertext_b64: 'aGk=',
    ...more,
    meta: { kind: 'opaque', total_len: 2, chunk_index: 0, chunk_count: 1, sent_ms: 7, ...meta }
  }
}

export function errorOf ({ json }: Pick<Answer, 'json'>): { code: string, message: string, details?: Record<string, string> } {
  return json.error as { code: string, message: string }
}

/** A connection on which bytes are sent as they are. */
export class RawHttp {
  readonly socket: Socket
  #text = ''
  readonly #ended: Promise<void>
  #onData = (): void => {}

  constructor (port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', data => {
      this.#text += data.toString()
      this.#onData()
    })
    this.socket.on('error', () => {})
    this.#ended = new Promise(resolve => { this.socket.once('close', () => { resolve() }) })
  }

  get text (): string {
    return this.#text
  }

  send (text: string): this {
    this.socket.write(text)
    return this
  }

  /** All that comes until the other end closes. */
  async end (ms?: number): Promise<string> {
    await within(this.#ended, `the end of a connection; so far: ${this.#text}`, ms)
    return this.#text
  }

  async until (pattern: RegExp): Promise<string> {
    await within(new Promise<void>(resolve => {
      this.#onData = () => {
        if (pattern.test(this.#text)) {
          resolve()
        }
      }
      this.#onData()
    }), `${String(pattern)} in an answer`)

    return this.#text
  }

  destroy (): void {
    this.socket.destroy()
  }
}
