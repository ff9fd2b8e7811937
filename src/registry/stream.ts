import { ANSWERED, answerTo } from './answers.js'
import { RegistryError, toRegistryError } from './errors.js'
import { decodeRequest, peekRequest } from './wire/requests.js'
import { encodeResponse } from './wire/responses.js'
import type { CallConnection, CallHandler, CallStream, OpenRequest } from '../calls/index.js'
import type { ErrorCode } from '../errors.js'
import type { RequestError } from '../wire-messages.js'
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

  constructor (init: RegistryStreamInit) {
    this.#init = init
    this.#stream = init.stream
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
    return encodeResponse({ id, failure: failure(new RegistryError(code, message)) })
  }

  #call (open: RegistryCall, name: RegistryCallName, frame: Uint8Array): void {
    const { isShuttingDown, registry } = this.#init

    if (isShuttingDown()) {
      this.#fail(open, new RegistryError('shutting_down', 'the node is about to stop'))
      return
    }

    try {
      const request = decodeRequest(frame)
      const answer = answerTo(name, request, registry, this.#callerOf(name, request.proofOfWork))

      answer?.then(result => { this.#answer(open, { id: open.id, ...result }) }, err => { this.#fail(open, err) })
    } catch (err) {
      this.#fail(open, err)
    }
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

    this.#answer(open, { id: open.id, failure: failure(error) })
  }

  #answer (open: RegistryCall, response: RegistryResponse): void {
    const { calls, now } = this.#init

    calls.answered(open.counted, response.failure?.code ?? 'ok', now() - open.begunMs)
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

function failure ({ code, message, retryAfterMs, details }: RegistryError): NonNullable<RegistryResponse['failure']> {
  return { code, message, retryAfterMs, details: new Map(Object.entries(details)) }
}
