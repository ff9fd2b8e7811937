import { AnswerQueue, failureOf } from '../calls/index.js'
import { ANSWERED, answerTo } from './answers.js'
import { RegistryError, toRegistryError } from './errors.js'
import { decodeRequest, peekRequest } from './wire/requests.js'
import { encodeResponse } from './wire/responses.js'
import type { CallConnection, CallHandler, CallStream, OpenRequest } from '../calls/index.js'
import type { ErrorCode } from '../errors.js'
import type { RequestError } from '../wire-messages.js'
import type { Bounds } from './bounds.js'
import type { CountedRegistryCall, RegistryCallCounts } from './call-counts.js'
import type { Registry, RegistryCaller } from './index.js'
import type { RegistryCallName } from './wire/requests.js'
import type { RegistryResponse } from './wire/responses.js'
import type { Logger } from '@libp2p/interface'

/** What the streams of one connection have in common. */
export interface RegistryConnection extends CallConnection {
  /** Where the caller is seen just now, best first. */
  observedAddrs (): string[]
}

export interface RegistryStreamInit {
  stream: CallStream<RegistryCall>
  connection: RegistryConnection
  registry: Registry
  /** Of this door. */
  calls: RegistryCallCounts
  bounds: Bounds
  /** Monotonic, in milliseconds. */
  now: () => number
  log: Logger
  isShuttingDown: () => boolean
}

/** A request whose answer has not been given. */
export interface RegistryCall extends OpenRequest {
  /** What it asks for, and when it had come, for whoever counts. */
  readonly counted: CountedRegistryCall
  readonly begunMs: number
}

/** What a frame was before anything was spent on it. */
interface Peeked {
  id: bigint
  /** Undefined: none that is known. */
  call?: RegistryCallName
  error?: RequestError
}

/** One stream of /registry/1: hands requests to the rules, after the limiter was asked and before they are read. */
export class RegistryStream implements CallHandler<RegistryCall> {
  readonly #init: RegistryStreamInit
  readonly #stream: CallStream<RegistryCall>
  readonly #large: AnswerQueue<RegistryCall>

  constructor (init: RegistryStreamInit) {
    const { stream, connection, bounds } = init

    this.#init = init
    this.#stream = stream
    this.#large = new AnswerQueue({
      outgoing: connection.outgoing,
      atOnce: bounds.largeAnswersAtOnce,
      mayRun: () => !stream.isClosed && stream.waiting < bounds.outboxBytes,
      onError: (call, err) => { this.#fail(call, err) }
    })
  }

  onFrame (frame: Uint8Array): void {
    const { connection, now } = this.#init
    const { id, call, error } = peek(frame)
    const open: RegistryCall = {
      id, bytes: frame.byteLength, counted: call == null ? 'unknown' : ANSWERED[call].counted, begunMs: now(), isAnswered: false, isSettled: false
    }
    // what is no request costs a call too, also when it ends the stream
    const verdict = connection.charge(call == null ? 'other' : ANSWERED[call].group)

    if (!this.#stream.open(open)) {
      return
    }

    if (!verdict.allowed) {
      this.#fail(open, new RegistryError('rate_limited', 'too many calls', { retryAfterMs: verdict.retryAfterMs }))
    } else if (error != null) {
      this.#fail(open, new RegistryError('invalid_input', error.message))
    } else if (call == null) {
      this.#fail(open, new RegistryError('unknown_call', 'the request has no call that this node knows'))
    } else {
      this.#call(open, call, frame)
    }
  }

  encodeFailure (id: bigint, code: ErrorCode, message: string): Uint8Array {
    return encodeResponse({ id, failure: failureOf(new RegistryError(code, message)) })
  }

  onSent (): void {
    this.#large.run()
  }

  onRelease (): void {
    this.#large.drop().forEach(call => { this.#stream.settle(call) })
  }

  #call (open: RegistryCall, name: RegistryCallName, frame: Uint8Array): void {
    if (this.#init.isShuttingDown()) {
      this.#fail(open, new RegistryError('shutting_down', 'the node is about to stop'))
      return
    }

    const { maxBytes } = ANSWERED[name]

    if (maxBytes == null) {
      this.#ask(open, name, frame).catch((err: unknown) => { this.#fail(open, err) })
    } else {
      this.#large.add(open, maxBytes, async () => { await this.#ask(open, name, frame) })
    }
  }

  /** Rejects with why it is refused. */
  async #ask (open: RegistryCall, name: RegistryCallName, frame: Uint8Array): Promise<void> {
    const { connection, registry } = this.#init

    if (ANSWERED[name].isFor?.(registry, connection) === false) {
      throw new RegistryError('unauthorized', 'unauthorized')
    }

    const request = decodeRequest(frame)
    const result = await answerTo(name, request, registry, this.#callerOf(name, request.proofOfWork))

    this.#answer(open, { id: open.id, ...result })
  }

  #callerOf (name: RegistryCallName, proofOfWork: RegistryCaller['proofOfWork']): RegistryCaller {
    const { connection } = this.#init
    const { peerId, caller: group } = connection

    return { peerId, group, proofOfWork, observedAddrs: name === 'announce' ? connection.observedAddrs() : undefined }
  }

  #fail (open: RegistryCall, err: unknown): void {
    const error = toRegistryError(err)

    if (error.code === 'internal_error') {
      this.#init.log.error('registry call failed - %e', error.cause)
    }

    this.#answer(open, { id: open.id, failure: failureOf(error) })
  }

  #answer (open: RegistryCall, response: RegistryResponse): void {
    const { calls, now } = this.#init

    if (!open.isAnswered) {
      calls.answered(open.counted, response.failure?.code ?? 'ok', now() - open.begunMs)
    }

    this.#stream.answer(open, encodeResponse(response))
  }
}

function peek (frame: Uint8Array): Peeked {
  try {
    return peekRequest(frame)
  } catch (err) {
    const error = err as RequestError

    return { id: error.id, error }
  }
}
