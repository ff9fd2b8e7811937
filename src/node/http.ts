import { listenHttp } from './listen.js'
import type { AccessControl, Limiter } from '../access/index.js'
import type { Config } from '../config/index.js'
import type { HttpDoor, HttpDoorInit, LoadedTls } from '../http/index.js'
import type { MailboxServer } from '../mailbox/index.js'
import type { Log } from '../ops/index.js'
import type { PrivateKey } from '@libp2p/interface'

export interface HttpParts {
  privateKey: PrivateKey
  mailbox?: MailboxServer
  registry?: HttpDoorInit['registry']
  access: AccessControl
  limiter: Limiter
  log: Log
}

/** What the files of `[http.tls]` hold, when they are used: before anything listens. @throws HttpTlsError */
export async function loadHttpTls ({ http }: Config, log: Log): Promise<LoadedTls | undefined> {
  if (!http.enabled || http.mode !== 'tls') {
    return undefined
  }

  const { cert_pem_path: certPath, key_pem_path: keyPath, client_ca_pem_path: clientCaPath } = http.tls
  const { loadTls } = await import('../http/index.js')
  const tls = await loadTls({ certPath, keyPath, clientCaPath })

  tls.warnings.forEach(warning => { log.warn(warning) })

  return tls
}

/** The HTTP door of a node; undefined when it is off. @throws ListenError */
export async function startHttp ({ http, mailbox }: Config, tls: LoadedTls | undefined, { log, ...parts }: HttpParts): Promise<HttpDoor | undefined> {
  if (!http.enabled) {
    return undefined
  }

  // much to load for a node that has no door
  const { httpDoor } = await import('../http/index.js')

  return await listenHttp('http.address', http.address, async place => {
    const door = httpDoor({
      ...place,
      ...parts,
      tls,
      maxAnswerBytes: mailbox.max_inflight_bytes,
      trustedProxies: http.trusted_proxies,
      publicHosts: http.public_hosts,
      corsOrigins: http.cors_origins,
      maxConnections: http.max_connections,
      headerTimeoutMs: http.header_timeout_secs * 1000,
      bodyTimeoutMs: http.body_timeout_secs * 1000,
      idleTimeoutMs: http.idle_timeout_secs * 1000,
      onError: err => { log.error('a call over HTTP failed', { reason: err instanceof Error ? err.stack ?? err.message : String(err) }) }
    })

    await door.start()

    return door
  })
}
