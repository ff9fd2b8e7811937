import { createHash, timingSafeEqual } from 'node:crypto'
import { errorBody, errorBodyOfStatus } from '../web/errors.js'
import { closeWebServer, listenOn, webServer } from '../web-server.js'
import { VERSION } from '../version.js'
import type { Place } from '../web-server.js'
import type { NotReadyReason } from './readiness.js'

const SECOND = 1000
/** Whoever asks here asks for little, and at once. */
const LIMITS = {
  headerTimeoutMs: 5 * SECOND,
  requestTimeoutMs: 10 * SECOND,
  idleTimeoutMs: 65 * SECOND,
  maxConnections: 256,
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 1024
}
const CLOSE_GRACE_MS = SECOND

export interface OpsServerInit extends Place {
  /** Asked for at /metrics as `Authorization: Bearer`. Empty: nothing is asked for. */
  metricsToken: string
  /** Why the node is not ready; empty: it is. */
  reasons: () => Promise<readonly NotReadyReason[]>
  addresses: () => { peerId: string, addrs: readonly string[] }
  metrics: () => Promise<{ contentType: string, text: string }>
  onError: (err: unknown) => void
  /** What a test may hold in its hand. */
  limits?: Partial<typeof LIMITS>
}

export interface OpsServer {
  /** With the real port. */
  readonly url: string
  /** Requests under way have a second for their answers. */
  stop (): Promise<void>
}

/**
 * Serves the operators' address (contract, "HTTP"; docs/operations.md). It has limits of its own, so that it answers when the public doors are
 * full.
 *
 * @throws what `listen` of Node.js does
 */
export async function startOpsServer (init: OpsServerInit): Promise<OpsServer> {
  const app = webServer({ ...LIMITS, ...init.limits, onError: init.onError })
  const isRight = bearerCheck(init.metricsToken)
  const begun = performance.now()

  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.header('x-content-type-options', 'nosniff')
  })
  app.get('/health', () => ({ status: 'ok', uptime_ms: Math.round(performance.now() - begun) }))
  app.get('/ready', async (_request, reply) => {
    const reasons = await init.reasons()

    if (reasons.length === 0) {
      return { status: 'ready' }
    }

    return await reply.code(503).header('retry-after', '1').send(errorBody('not_ready', `not ready: ${reasons.join(', ')}`, { reasons }))
  })
  app.get('/build-info', () => ({ name: 'enigma-node', version: VERSION, node: process.versions.node, platform: process.platform, arch: process.arch }))
  app.get('/addresses', () => {
    const { peerId, addrs } = init.addresses()

    return { peer_id: peerId, addrs }
  })
  app.get('/metrics', async (request, reply) => {
    if (!isRight(request.headers.authorization)) {
      return await reply.code(401).header('www-authenticate', 'Bearer').send(errorBodyOfStatus(401))
    }

    const { contentType, text } = await init.metrics()

    return await reply.type(contentType).send(text)
  })

  return { url: await listenOn(app, init), stop: async () => { await closeWebServer(app, CLOSE_GRACE_MS) } }
}

/** Takes as long for a wrong token as for the right one: digests of equal length are compared. */
function bearerCheck (token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)

  return authorization => {
    const [, given = ''] = /^bearer +(.+)$/i.exec(authorization ?? '') ?? []

    return timingSafeEqual(digest(given.trimEnd()), expected) || token === ''
  }
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
