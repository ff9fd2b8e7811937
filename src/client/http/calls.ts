import { concat } from 'uint8arrays/concat'
import { SCHEME } from '../../http/peer-id-auth/params.js'
import { parseJsonText } from '../../json/text.js'
import { connectionError, failureError, ClientError, protocolError } from '../errors.js'
import { Deadline } from '../timing.js'
import type { Proof } from './proof.js'

export interface HttpCallsInit {
  /** Ends with a slash. */
  url: string
  proof?: Proof
  /** @default that of the platform */
  fetch?: typeof fetch
  /** For an answer, in milliseconds. */
  timeoutMs: number
  /** Of an answer, in bytes. */
  maxAnswerBytes: number
}

export interface HttpCall {
  /** undefined: GET */
  json?: string
  headers?: Readonly<Record<string, string>>
  /** Who calls, where the client has a key to prove it with. @default never: but for a node that asks even so */
  proves?: 'if-asked' | 'always'
  /** How much longer than usual the answer may take. */
  waitMs?: number
  signal: AbortSignal
}

/** As many nodes as any node lists. */
const MAX_ANSWER_VALUES = 262_144

/** One attempt of one call: JSON there and back, a proof where it is asked for, and errors as the client has them. */
export class HttpCalls {
  readonly #init: HttpCallsInit

  constructor (init: HttpCallsInit) {
    this.#init = init
  }

  /** @throws ClientError, or the signal's reason */
  async call (path: string, call: HttpCall): Promise<unknown> {
    const deadline = new Deadline(this.#init.timeoutMs + (call.waitMs ?? 0), call.signal)

    try {
      return await this.#call(path, { ...call, signal: deadline.signal })
    } catch (err) {
      call.signal.throwIfAborted()
      throw connectionError(err)
    } finally {
      deadline.clear()
    }
  }

  async #call (path: string, call: HttpCall): Promise<unknown> {
    const { proof } = this.#init
    // the bare name of the scheme proves nothing, and so is answered by a challenge
    const authorization = call.proves == null ? undefined : proof?.authorization ?? (call.proves === 'always' && proof != null ? SCHEME : undefined)
    const response = await this.#send(path, call, authorization)
    const challenge = response.status === 401 ? response.headers.get('www-authenticate') : null

    if (proof == null || challenge == null) {
      return await this.#answer(response)
    }

    await response.body?.cancel()
    proof.forget()

    const open = await proof.answer(challenge)
    const second = await this.#send(path, call, open.authorization)

    const info = second.headers.get('authentication-info')

    // a call that is refused before anybody looks at a proof, for its rate or as the node stops, says nothing of it, and is believed as little
    if (second.ok || (info != null && second.status !== 401)) {
      await proof.check(info, open)
    }

    return await this.#answer(second)
  }

  async #send (path: string, { json, headers = {}, signal }: HttpCall, authorization: string | undefined): Promise<Response> {
    const url = `${this.#init.url}${path}`
    const request: RequestInit = {
      method: json === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...(authorization == null ? {} : { authorization }) },
      body: json,
      redirect: 'error',
      signal
    }

    // a browser's own must be called as what it belongs to
    return await (this.#init.fetch == null ? fetch(url, request) : this.#init.fetch(url, request))
  }

  async #answer (response: Response): Promise<unknown> {
    const text = await this.#read(response)
    let json: unknown

    try {
      json = parseJsonText(text, { maxValues: MAX_ANSWER_VALUES })
    } catch (err) {
      throw notJson(response, err)
    }

    if (!response.ok) {
      throw errorOf(json, response)
    }

    return json
  }

  async #read (response: Response): Promise<string> {
    const parts: Uint8Array[] = []
    let length = 0

    // not every browser can iterate a stream
    const reader = response.body?.getReader()

    for (let read = await reader?.read(); read?.value != null; read = await reader?.read()) {
      length += read.value.byteLength

      if (length > this.#init.maxAnswerBytes) {
        await reader?.cancel()
        throw protocolError('the answer is longer than an answer may be')
      }

      parts.push(read.value)
    }

    return new TextDecoder().decode(concat(parts, length))
  }
}

/** Something in between answers, not the node. */
function notJson ({ status, headers }: Response, cause?: unknown): ClientError {
  if (status === 429) {
    return new ClientError('rate_limited', 'too many calls: HTTP 429', { cause, retryAfterMs: retryAfterMs(headers) })
  }

  return status >= 500
    ? new ClientError('unreachable', `no answer of a node: HTTP ${status}`, { cause, retryAfterMs: retryAfterMs(headers) })
    : new ClientError('protocol_error', `what answers is no node: HTTP ${status}`, { cause })
}

/** Seconds, or a date (RFC 9110, section 10.2.3). 0: nothing is said. */
function retryAfterMs (headers: Headers): number {
  const text = headers.get('retry-after') ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()

  return ms > 0 ? ms : 0
}

/** The registry's calls have their codes in upper case, and one that is not ours. */
const SPELLINGS: Readonly<Record<string, string>> = { internal: 'internal_error' }

function errorOf (json: unknown, response: Response): ClientError {
  const { code, message, details } = objectOf(objectOf(json).error)

  if (typeof code !== 'string') {
    return notJson(response)
  }

  const more = new Map(Object.entries(objectOf(details)).map(([key, value]) => [key, String(value)] as const))

  return failureError({
    // enigma-relay and enigma-node-registry have one code for several things
    code: spellingOf(code) === 'invalid_input' ? spellingOf(more.get('code') ?? code) : spellingOf(code),
    message: String(message),
    retryAfterMs: retryAfterMs(response.headers),
    details: more
  })
}

function spellingOf (code: string): string {
  const lower = code.toLowerCase()

  return SPELLINGS[lower] ?? lower
}

function objectOf (value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value != null ? value as Record<string, unknown> : {}
}
