import { concat } from 'uint8arrays/concat'
import { connectionError, failureError, ClientError, protocolError } from '../errors.js'
import { Deadline } from '../timing.js'
import { parseJson } from './json.js'
import type { Proof } from './proof.js'

export interface HttpCallsInit {
  /** Ends with a slash. */
  url: string
  proof?: Proof
  fetch: typeof fetch
  /** For an answer, in milliseconds. */
  timeoutMs: number
  /** Of an answer, in bytes. */
  maxAnswerBytes: number
}

export interface HttpCall {
  /** undefined: GET */
  body?: unknown
  headers?: Readonly<Record<string, string>>
  /** Whether it may need a proof. */
  isOwners?: boolean
  /** How much longer than usual the answer may take. */
  waitMs?: number
  signal: AbortSignal
}

/** One attempt of one call: JSON there and back, a proof where it is asked for, and errors as the client has them. */
export class HttpCalls {
  readonly #init: HttpCallsInit

  constructor (init: HttpCallsInit) {
    this.#init = init
  }

  /** @throws ClientError, or the signal's reason */
  async call (path: string, call: HttpCall): Promise<Record<string, unknown>> {
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

  async #call (path: string, call: HttpCall): Promise<Record<string, unknown>> {
    const { proof } = this.#init
    const authorization = call.isOwners === true ? proof?.authorization : undefined
    const response = await this.#send(path, call, authorization)
    const challenge = response.status === 401 ? response.headers.get('www-authenticate') : null

    if (proof == null || challenge == null) {
      return await this.#answer(response)
    }

    await response.body?.cancel()
    proof.forget()

    const open = await proof.answer(challenge)
    const second = await this.#send(path, call, open.authorization)

    // whoever is not let in has proven itself nevertheless, and so has the node
    if (second.status !== 401) {
      await proof.check(second.headers.get('authentication-info'), open)
    }

    return await this.#answer(second)
  }

  async #send (path: string, { body, headers = {}, signal }: HttpCall, authorization: string | undefined): Promise<Response> {
    return await this.#init.fetch(`${this.#init.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(authorization == null ? {} : { authorization }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal
    })
  }

  async #answer (response: Response): Promise<Record<string, unknown>> {
    const text = await this.#read(response)
    let json: unknown

    try {
      json = parseJson(text)
    } catch (err) {
      throw notJson(response.status, err)
    }

    if (typeof json !== 'object' || json == null || Array.isArray(json)) {
      throw notJson(response.status)
    }

    if (!response.ok) {
      throw errorOf(json as Record<string, unknown>, response)
    }

    return json as Record<string, unknown>
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
function notJson (status: number, cause?: unknown): ClientError {
  return status >= 500
    ? new ClientError('unreachable', `no answer of a node: HTTP ${status}`, { cause })
    : new ClientError('protocol_error', `what answers is no node: HTTP ${status}`, { cause })
}

function errorOf ({ error }: Record<string, unknown>, response: Response): ClientError {
  const { code, message, details } = (typeof error === 'object' && error != null ? error : {}) as Record<string, unknown>

  if (typeof code !== 'string') {
    return notJson(response.status)
  }

  const entries = typeof details === 'object' && details != null ? Object.entries(details).map(([key, value]) => [key, String(value)] as const) : []
  const more = new Map(entries)

  return failureError({
    // enigma-relay has one code for several things
    code: code === 'invalid_input' ? more.get('code') ?? code : code,
    message: String(message),
    retryAfterMs: (Number(response.headers.get('retry-after')) || 0) * 1000,
    details: more
  })
}
