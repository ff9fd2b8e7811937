import { HttpError, toHttpError } from './errors.js'
import { decodeBase64Url } from '../json/base64.js'
import { isPeerIdScheme } from './peer-id-auth/params.js'
import { NOBODY } from './visit.js'
import type { AccessControl } from '../access/index.js'
import type { Mailbox, MailboxCaller } from '../mailbox/index.js'
import type { Hosts } from './peer-id-auth/hosts.js'
import type { PeerIdAuth } from './peer-id-auth/server.js'
import type { PeerId } from '@libp2p/interface'
import type { IncomingMessage } from 'node:http'

/** In one request: each costs the checking of a signature. */
const MAX_GRANTS = 8

export interface WhoInit {
  auth: PeerIdAuth
  hosts: Hosts
  access: AccessControl
  mailbox?: Mailbox
}

/** Finds out which peer calls, as far as the request proves it, and which grants it shows. */
export class Who {
  readonly #init: WhoInit

  constructor (init: WhoInit) {
    this.#init = init
  }

  /** Whether there is anything to find out. */
  isNeeded ({ headers }: IncomingMessage): boolean {
    return headers['enigma-grant'] != null || (headers.authorization != null && isPeerIdScheme(headers.authorization))
  }

  /**
   * Tells of a proof as soon as it holds: what is refused after it is refused to somebody. `info` is for the header Authentication-Info.
   *
   * @throws HttpError
   */
  async identify (request: IncomingMessage, onProven: (peerId: PeerId, info?: string) => void): Promise<MailboxCaller> {
    const { auth, hosts, access } = this.#init
    const { authorization = '', 'enigma-grant': grants } = request.headers

    if (!isPeerIdScheme(authorization)) {
      return NOBODY
    }

    const verdict = await auth.authenticate(authorization, hosts.of(request))

    if (verdict.peerId == null) {
      throw unauthenticated(verdict.challenge)
    }

    onProven(verdict.peerId, verdict.info)

    if (access.isDeniedPeer(verdict.peerId)) {
      throw new HttpError('denied', 'this peer is denied')
    }

    return { peerId: verdict.peerId, grants: grants == null ? [] : await this.#grants(String(grants), verdict.peerId) }
  }

  /** What answers a call that asks for a proof. */
  challenge (request: IncomingMessage): HttpError {
    return unauthenticated(this.#init.auth.challenge(this.#init.hosts.of(request)))
  }

  async #grants (header: string, peerId: PeerId): Promise<MailboxCaller['grants']> {
    const texts = header.split(',').map(text => text.trim())
    const { mailbox } = this.#init

    if (mailbox == null) {
      return []
    }

    if (texts.length > MAX_GRANTS) {
      throw new HttpError('invalid_input', `a request shows ${MAX_GRANTS} grants at most`)
    }

    return await Promise.all(texts.map(async text => {
      const envelope = decodeBase64Url(text)

      if (envelope == null) {
        throw new HttpError('invalid_input', 'Enigma-Grant is not base64url')
      }

      try {
        return await mailbox.acceptGrant(envelope, peerId)
      } catch (err) {
        throw toHttpError(err)
      }
    }))
  }
}

function unauthenticated (challenge: string): HttpError {
  return new HttpError('unauthenticated', 'a PeerId must be proven', { headers: { 'www-authenticate': challenge } })
}
