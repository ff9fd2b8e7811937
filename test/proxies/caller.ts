import { once } from 'node:events'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { ServerInitiatedHandshake } from '@libp2p/http-peer-id-auth'
import type { PrivateKey } from '@libp2p/interface'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export const HOST = 'relay.example.org'

export interface CallerInit {
  port: number
  /** Of the server's certificate, PEM. */
  ca: string | Buffer
  /** Of this machine: each is a caller of its own. @default '127.0.0.1' */
  from?: string
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  json: Record<string, unknown>
}

/** Somebody out there who knows the node as relay.example.org, by the default port. */
export class Caller {
  readonly #init: CallerInit

  constructor (init: CallerInit) {
    this.#init = init
  }

  async ask (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { port, ca, from } = this.#init
    const sent = request({
      host: '127.0.0.1',
      port,
      ca,
      servername: HOST,
      localAddress: from,
      agent: false,
      path,
      method: body == null ? 'GET' : 'POST',
      headers: { host: HOST, ...(body == null ? {} : { 'content-type': 'application/json' }), ...headers }
    })

    sent.end(body == null ? undefined : JSON.stringify(body))

    const [answer] = await once(sent, 'response') as [IncomingMessage]

    return { status: answer.statusCode ?? 0, headers: answer.headers, json: JSON.parse(await text(answer)) as Record<string, unknown> }
  }

  /** Proves a PeerId with the stock client half. @returns a value for Authorization */
  async prove (mailbox: string, key: PrivateKey): Promise<string> {
    const handshake = new ServerInitiatedHandshake(key, HOST)
    const { headers } = await this.ask('/stat', { recipient: mailbox })
    const authorization = await handshake.answerServerChallenge(String(headers['www-authenticate']))
    const { headers: answered } = await this.ask('/stat', { recipient: mailbox }, { authorization })

    return await handshake.decodeBearerToken(String(answered['authentication-info']))
  }
}
