import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { within } from './wait.js'
import type { Socket } from 'node:net'

export interface RawAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

/** Bytes to a server over HTTP/1.1, whatever they are, and all that comes back until it closes. */
export async function rawRequest (url: string, request: string): Promise<RawAnswer> {
  const socket = open(url)

  socket.write(request)

  return parseAnswer(await within(rest(socket), `the server closes after ${JSON.stringify(request.slice(0, 60))}`))
}

export function open (url: string): Socket {
  const { hostname, port } = new URL(url)

  return connect(Number(port), hostname.replace(/^\[|\]$/g, ''))
}

/** All that comes until the other end closes, in good order or not. */
export async function rest (socket: Socket): Promise<string> {
  return await new Promise(resolve => {
    let text = ''

    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => { text += chunk })
    socket.on('error', () => {})
    socket.on('close', () => { resolve(text) })
  })
}

export function parseAnswer (text: string): RawAnswer {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')

  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]),
    headers: Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])),
    body: body.join('\r\n\r\n')
  }
}

/** Asserts the contract's shape of an error. @returns its code */
export function codeOfError (contentType: string | null | undefined, body: string): string {
  assert.match(contentType ?? '', /^application\/json/)

  const { error, ...others } = JSON.parse(body) as { error: { code: string, message: string, details?: unknown } }
  const { code, message, details, ...more } = error

  assert.deepEqual(others, {})
  assert.deepEqual(more, {})
  assert.equal(typeof code, 'string')
  assert.ok(typeof message === 'string' && message.length > 0)
  assert.ok(details === undefined || (typeof details === 'object' && details !== null))

  return code
}
