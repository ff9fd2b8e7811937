import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { GO_PEER, RUST_PEER } from './paths.js'
import type { ChildProcess } from 'node:child_process'

export const LANGUAGES = ['go', 'rust', 'js'] as const
export const TRANSPORTS = ['tcp+tls', 'tcp+noise', 'quic', 'ws'] as const

export type Language = typeof LANGUAGES[number]
export type TransportName = typeof TRANSPORTS[number]

/** What the relay promised; a peer says null when the message had no limit. */
export interface Limit {
  /** Seconds. */
  duration: number
  /** Bytes in each direction. */
  data: number
}

/** How reading or writing ended: there may be more, the other side ended it, it was cut, or what the library said. */
export type End = 'open' | 'eof' | 'reset' | string

export interface Answers {
  /** `expires` is in Unix seconds; rust's client library does not tell it, and only go's verifies and tells the voucher. */
  reserve: { addrs: string[], limit: Limit | null, expires?: number, voucher?: { relay: string, peer: string, expiration: number } | null }
  connect: { limit: Limit | null }
  disconnect: object
  echo: { frames: number, bytes: number, end: End }
  bulk: Exchange & { end: End }
  open: { stream: string }
  circuit: { stream: string, limit: Limit | null }
  write: Moved
  read: Moved
  close_write: object
  reset: object
}

export interface Moved { bytes: number, sha256: string, end: End }

export interface Exchange { sent: number, sent_sha256: string, received: number, received_sha256: string }

export interface Events {
  /** The other side of a bulk exchange. */
  bulk: Exchange & { peer: string }
  bulk_failed: { reason: string }
  /** A stream that the other peer opened and this one holds. */
  stream: { stream: string, peer: string }
  /** A circuit that a raw peer took (then it has `stream`) or refused (then `end` says how its stream ended). */
  circuit: { stream: string, peer: string, limit: Limit | null, end?: End }
  renewed: { limit: Limit | null, expires?: number }
  reservation_lost: { reason: string }
}

interface Line { [field: string]: unknown }

interface Waiting { resolve: (line: Line) => void, reject: (err: Error) => void }

interface Arguments {
  addr?: string
  peer?: string
  stream?: string
  frames?: number
  bytes?: number
  seed?: number
  renew?: boolean
  ended?: boolean
  timeout_ms?: number
}

export interface StartOptions {
  transport: TransportName
  /** Speaks HOP and STOP by hand, with nothing on top of the circuit. */
  raw?: boolean
  /** A raw peer that refuses each STOP. */
  refuse?: boolean
}

const COMMAND_TIMEOUT_MS = 30_000
/** The peer's own timeout comes first and says more. */
const GRACE_MS = 5_000
const STOP_TIMEOUT_MS = 5_000

/** A command that a peer answered with an error. */
export class PeerError extends Error {
  override name = 'PeerError'

  constructor (
    message: string,
    /** The status that the relay gave, where the peer's library tells it apart. */
    readonly status?: string,
    /** How the relay ended the stream after that status. */
    readonly end?: End
  ) {
    super(message)
  }
}

const programs: Record<Language, readonly [string, ...string[]]> = {
  go: [GO_PEER],
  rust: [RUST_PEER],
  js: [process.execPath, fileURLToPath(new URL('js-peer.js', import.meta.url))]
}

/** A libp2p peer in a process of its own, driven over its standard input and output. */
export class Peer {
  #peerId = ''
  #nextId = 0
  readonly #answers = new Map<number, Waiting>()
  readonly #events: Line[] = []
  readonly #listeners = new Set<() => void>()
  #stderr = ''
  #gone: Error | undefined

  private constructor (
    readonly language: Language,
    private readonly child: ChildProcess
  ) {
    if (child.stdout == null || child.stderr == null) {
      throw new Error('A peer needs pipes')
    }
    createInterface({ input: child.stdout }).on('line', line => { this.#hear(line) })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-4096) })
    child.stdin?.on('error', () => { /* the exit below says it */ })
    child.on('error', err => { this.#end(err) })
    child.on('exit', (code, signal) => { this.#end(new Error(`The ${language} peer ended (${code ?? signal}): ${this.#stderr}`)) })
  }

  static async start (language: Language, options: StartOptions): Promise<Peer> {
    const [command, ...args] = programs[language]
    const peer = new Peer(language, spawn(command, args, { stdio: 'pipe' }))
    try {
      peer.#peerId = (await peer.#request('start', options) as { peer_id: string }).peer_id
    } catch (err) {
      await peer.stop()
      throw err
    }
    return peer
  }

  get peerId (): string {
    return this.#peerId
  }

  /** @throws PeerError when the peer says so, Error when it does not answer */
  async call<C extends keyof Answers> (command: C, args: Arguments = {}): Promise<Answers[C]> {
    return await this.#request(command, args) as unknown as Answers[C]
  }

  /** The oldest event of this name (and peer) that nobody has taken yet, or the next one. */
  async event<E extends keyof Events> (name: E, options: { peer?: string, timeoutMs?: number } = {}): Promise<Events[E]> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>()
    const timer = setTimeout(() => { reject(new Error(`The ${this.language} peer did not report ${name}`)) }, options.timeoutMs ?? COMMAND_TIMEOUT_MS)
    const look = (): void => {
      const at = this.#events.findIndex(line => line.event === name && (options.peer == null || line.peer === options.peer))
      const [found] = at < 0 ? [] : this.#events.splice(at, 1)
      if (found != null) {
        resolve(found)
      } else if (this.#gone != null) {
        reject(this.#gone)
      }
    }
    this.#listeners.add(look)
    look()
    try {
      return await promise as unknown as Events[E]
    } finally {
      this.#listeners.delete(look)
      clearTimeout(timer)
    }
  }

  /** Ends its input, on which it leaves by itself. */
  async stop (): Promise<void> {
    if (this.#gone != null) {
      return
    }
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    const exit = once(this.child, 'exit')
    this.child.stdin?.end()
    await exit
    clearTimeout(timer)
  }

  async #request (command: string, args: object): Promise<Line> {
    if (this.#gone != null) {
      throw this.#gone
    }
    const id = ++this.#nextId
    const { promise, resolve, reject } = Promise.withResolvers<Line>()
    const timeoutMs = 'timeout_ms' in args && typeof args.timeout_ms === 'number' ? args.timeout_ms : COMMAND_TIMEOUT_MS
    const timer = setTimeout(() => { reject(new Error(`The ${this.language} peer did not answer ${command}`)) }, timeoutMs + GRACE_MS)
    this.#answers.set(id, { resolve, reject })
    this.child.stdin?.write(`${JSON.stringify({ ...args, id, cmd: command })}\n`)
    try {
      return await promise
    } finally {
      this.#answers.delete(id)
      clearTimeout(timer)
    }
  }

  #hear (text: string): void {
    const line = JSON.parse(text) as Line
    if (typeof line.event === 'string') {
      this.#events.push(line)
      this.#wake()
      return
    }
    const waiting = this.#answers.get(Number(line.id))
    if (line.ok === true) {
      waiting?.resolve(line)
    } else {
      waiting?.reject(new PeerError(String(line.error), line.status as string | undefined, line.end as End | undefined))
    }
  }

  #end (err: Error): void {
    this.#gone ??= err
    for (const waiting of this.#answers.values()) {
      waiting.reject(err)
    }
    this.#wake()
  }

  #wake (): void {
    for (const listener of [...this.#listeners]) {
      listener()
    }
  }
}

/** Starts peers and stops all of them at the end of a test or suite. */
export class Peers {
  readonly #peers: Peer[] = []

  async start (language: Language, options: StartOptions): Promise<Peer> {
    const peer = await Peer.start(language, options)
    this.#peers.push(peer)
    return peer
  }

  async stop (): Promise<void> {
    await Promise.all(this.#peers.splice(0).map(async peer => { await peer.stop() }))
  }
}
