import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { VERSION } from '../../version.js'
import { authority } from './address.js'
import { NodeRefusedError } from './errors.js'
import type { HttpNode } from './address.js'
import type { Place } from './names.js'
import type { ClientRequest, IncomingMessage } from 'node:http'

const MAX_BODY_BYTES = 4096
const MAX_HEAD_BYTES = 8192
/** Answers 1xx before the one that counts. */
const MAX_INTERIMS = 8
/** Then another address of the same name is tried. */
const CONNECT_MS = 1500

export interface HttpCheckOptions {
  signal: AbortSignal
  /** Certificates of authorities, as PEM. @default those of Node.js */
  ca?: string
}

/**
 * Asks for `/envelope_pubkey` at one of these addresses, the first that can be connected to: that very address, whatever the name means by
 * now; TLS for the name; no redirects, no proxy.
 *
 * @returns where it answered
 * @throws NodeRefusedError when it does not answer as a registry does
 */
export async function checkHttp (node: HttpNode, places: readonly Place[], { signal, ca }: HttpCheckOptions): Promise<Place> {
  const [place, ...others] = places

  if (place == null) {
    throw new NodeRefusedError('there is no address left to ask')
  }

  let request: ClientRequest | undefined

  try {
    request = ask(node, place, signal, ca)

    if (!isKey(JSON.parse(await bodyOf(await answerOf(request, others.length > 0))))) {
      throw new NodeRefusedError('its /envelope_pubkey is no key')
    }

    return place
  } catch (err) {
    if (others.length > 0 && err instanceof NotConnected) {
      return await checkHttp(node, others, { signal, ca })
    }

    throw err instanceof NodeRefusedError ? err : new NodeRefusedError('it does not answer as a registry does', { cause: err })
  } finally {
    request?.destroy()
  }
}

class NotConnected extends Error {}

function ask ({ isTls, host, port, path }: HttpNode, { ip }: Place, signal: AbortSignal, ca: string | undefined): ClientRequest {
  const options = {
    // an address: there is nothing to resolve
    host: ip.text,
    port,
    path: `${path}/envelope_pubkey`,
    headers: { host: `${authority(host)}${port === (isTls ? 443 : 80) ? '' : `:${port}`}`, accept: 'application/json', 'user-agent': `enigma-node/${VERSION}`, connection: 'close' },
    agent: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    signal
  } as const

  return isTls ? requestHttps({ ...options, ca, rejectUnauthorized: true, servername: host.name ?? '' }) : requestHttp(options)
}

async function answerOf (request: ClientRequest, hasOthers: boolean): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    let isConnected = false
    let interims = 0
    const late = hasOthers ? setTimeout(() => { request.destroy(new NotConnected('it took too long')) }, CONNECT_MS) : undefined

    request.on('socket', socket => {
      socket.once('connect', () => {
        isConnected = true
        clearTimeout(late)
      })
    })
    request.on('information', () => {
      if (++interims > MAX_INTERIMS) {
        // at once: the answer may be in the same packet
        reject(new NodeRefusedError('it answers before it answers, and does not stop'))
        request.destroy()
      }
    })
    request.on('response', resolve)
    request.on('error', err => {
      clearTimeout(late)
      reject(isConnected ? err : new NotConnected('it cannot be connected to', { cause: err }))
    })
    request.on('close', () => { reject(new NodeRefusedError('it closed without an answer')) })
    request.end()
  })
}

async function bodyOf (answer: IncomingMessage): Promise<string> {
  if (answer.statusCode !== 200) {
    throw new NodeRefusedError(`its /envelope_pubkey is answered with ${answer.statusCode}`)
  }

  const chunks: Buffer[] = []
  let bytes = 0

  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength

    if (bytes > MAX_BODY_BYTES) {
      throw new NodeRefusedError(`its /envelope_pubkey is longer than ${MAX_BODY_BYTES} bytes`)
    }

    chunks.push(chunk)
  }

  return Buffer.concat(chunks).toString()
}

/** specs/registry.md, 2.1; readers of it are strict, and so is this. */
function isKey (value: unknown): boolean {
  if (typeof value !== 'object' || value == null) {
    return false
  }

  const { kid_hex: kid, x25519_public_key_hex: key, active, not_after_epoch_ms: notAfter, ...others } = value as Record<string, unknown>

  return typeof kid === 'string' && /^[0-9a-f]{16}$/i.test(kid) &&
    typeof key === 'string' && /^[0-9a-f]{64}$/i.test(key) &&
    active === true &&
    (notAfter === undefined || (Number.isSafeInteger(notAfter) && Number(notAfter) > 0)) &&
    Object.keys(others).length === 0
}
