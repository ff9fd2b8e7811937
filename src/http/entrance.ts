import { headProblem } from '../web/connection.js'
import { HttpError } from './errors.js'
import { NOBODY } from './visit.js'
import type { AccessControl, Limiter } from '../access/index.js'
import type { Cors } from './cors.js'
import type { MailboxCounters } from './mailbox/counters.js'
import type { Remotes } from './remote.js'
import type { Visit } from './visit.js'
import type { Who } from './who.js'
import type { PeerId } from '@libp2p/interface'
import type { onRequestHookHandler } from 'fastify'

export interface EntranceInit {
  remotes: Remotes
  access: AccessControl
  limiter: Limiter
  cors: Cors
  who: Who
  counters: MailboxCounters
  stopping: AbortSignal
}

/** What a request passes before a byte of its body is read: who is denied, how often one calls, and what is proven. */
export function entrance ({ remotes, access, limiter, cors, who, counters, stopping }: EntranceInit): onRequestHookHandler {
  return (request, _reply, done) => {
    const { raw } = request
    const remote = remotes.of(raw.socket, raw.headers)
    const { endpoint } = request.routeOptions.config
    const group = endpoint?.group
    const visit: Visit = { endpoint, remote, caller: NOBODY, begunMs: performance.now(), headers: cors.headers(raw.headers.origin), held: undefined }

    request.visit = visit

    const problem = headProblem(raw)

    if (problem != null) {
      done(new HttpError('invalid_input', problem))
      return
    }

    if (access.isDeniedIp(remote.address)) {
      done(new HttpError('denied', 'this address is denied'))
      return
    }

    if (stopping.aborted) {
      done(new HttpError('shutting_down', 'the node is about to stop'))
      return
    }

    const verdict = group == null ? undefined : limiter.charge(remote.group, group)

    if (verdict?.allowed === false) {
      counters.rateLimited++
      done(new HttpError('rate_limited', 'rate limit exceeded', { retryAfterMs: verdict.retryAfterMs }))
      return
    }

    if (group == null || !who.isNeeded(raw)) {
      done()
      return
    }

    const onProven = (peerId: PeerId, info?: string): void => {
      visit.caller = { peerId, grants: [] }
      visit.headers = info == null ? visit.headers : { ...visit.headers, 'authentication-info': info }
    }

    who.identify(raw, onProven).then(caller => {
      visit.caller = caller
      done()
    }, done)
  }
}
