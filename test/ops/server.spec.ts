import assert from 'node:assert/strict'
import { startOpsServer } from '../../src/ops/address.js'
import { VERSION } from '../../src/version.js'
import { codeOfError, open, rawRequest, rest } from '../support/http.js'
import { within } from '../support/wait.js'
import type { NotReadyReason, OpsServer, OpsServerInit } from '../../src/ops/index.js'

describe('ops address', () => {
  const stops: Array<() => Promise<void>> = []

  afterEach(async () => { await Promise.all(stops.splice(0).map(async stop => { await stop() })) })

  async function start (init: Partial<OpsServerInit> = {}): Promise<OpsServer> {
    const server = await startOpsServer({
      host: '127.0.0.1',
      port: 0,
      metricsToken: '',
      reasons: async () => [],
      addresses: () => ({ peerId: '12D3KooWA', addrs: ['/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWA'] }),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
      onError: () => {},
      ...init
    })

    stops.push(async () => { await server.stop() })

    return server
  }

  it('answers each of its paths, and lets nobody keep the answer', async () => {
    const { url } = await start()
    const answers: Record<string, unknown> = {
      '/ready': { status: 'ready' },
      '/build-info': { name: 'enigma-node', version: VERSION, node: process.versions.node, platform: process.platform, arch: process.arch },
      '/addresses': { peer_id: '12D3KooWA', addrs: ['/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWA'] }
    }

    for (const [path, expected] of Object.entries(answers)) {
      const response = await fetch(url + path)

      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.deepEqual(await response.json(), expected)
    }

    const { status, uptime_ms: uptimeMs } = await (await fetch(`${url}/health`)).json() as { status: string, uptime_ms: number }

    assert.equal(status, 'ok')
    assert.ok(Number.isInteger(uptimeMs) && uptimeMs >= 0)

    const metrics = await fetch(`${url}/metrics`)

    assert.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4')
    assert.equal(await metrics.text(), 'up 1\n')
    // probes that only want the status
    assert.equal((await fetch(`${url}/ready`, { method: 'HEAD' })).status, 200)
  })

  it('answers /ready with 503 and all reasons, and /health with 200 all the same', async () => {
    const wrong: NotReadyReason[] = ['draining', 'storage_full']
    const { url } = await start({ reasons: async () => wrong })
    const response = await fetch(`${url}/ready`)
    const body = await response.text()

    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '1')
    assert.equal(codeOfError(response.headers.get('content-type'), body), 'not_ready')
    assert.deepEqual((JSON.parse(body) as { error: { details: unknown } }).error.details, { reasons: wrong })
    assert.equal((await fetch(`${url}/health`)).status, 200)
  })

  it('knows no other path, and no other method', async () => {
    const { url } = await start()

    for (const [path, method, status, code] of [['/', 'GET', 404, 'unknown_call'], ['/push', 'POST', 404, 'unknown_call'], ['/metrics', 'POST', 405, 'method_not_allowed']] as const) {
      const response = await fetch(url + path, { method })

      assert.equal(response.status, status)
      assert.equal(response.headers.get('allow'), status === 405 ? 'GET, HEAD' : null)
      assert.equal(codeOfError(response.headers.get('content-type'), await response.text()), code)
    }
  })

  it('asks for metrics_token at /metrics, and nowhere else', async () => {
    const { url } = await start({ metricsToken: 'a long secret' })
    const status = async (path: string, authorization?: string): Promise<number> => (await fetch(url + path, { headers: authorization == null ? {} : { authorization } })).status

    for (const wrong of [undefined, '', 'a long secret', 'Bearer', 'Bearer ', 'Bearer a long secre', 'Bearer a long secret!', 'Basic a long secret', 'Bearer A LONG SECRET']) {
      assert.equal(await status('/metrics', wrong), 401, wrong)
    }

    assert.equal(await status('/metrics', 'Bearer a long secret'), 200)
    assert.equal(await status('/metrics', 'bearer  a long secret'), 200)

    const refused = await fetch(`${url}/metrics`)

    assert.equal(refused.headers.get('www-authenticate'), 'Bearer')
    assert.equal(codeOfError(refused.headers.get('content-type'), await refused.text()), 'unauthenticated')

    for (const path of ['/health', '/ready', '/build-info', '/addresses']) {
      assert.equal(await status(path), 200, path)
    }
  })

  it('asks for nothing without a metrics_token, and minds none', async () => {
    const { url } = await start()

    assert.equal((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer x' } })).status, 200)
  })

  it('has limits of its own: time, connections, heads', async () => {
    const { url } = await start({ limits: { headerTimeoutMs: 100, requestTimeoutMs: 200, maxConnections: 1 } })
    const late = rawRequest(url, 'GET /health HTTP/1.1\r\n')

    assert.equal(await within(rest(open(url)), 'the second connection is closed'), '')
    assert.equal((await late).status, 408)
    assert.equal((await rawRequest(url, `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`)).status, 431)
  })

  it('tells in the log what failed, and nothing of it in the answer', async () => {
    const errors: unknown[] = []
    const { url } = await start({ onError: err => { errors.push(err) }, metrics: async () => { throw new Error('a secret') } })
    const response = await fetch(`${url}/metrics`)

    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /secret/)
    assert.equal(errors.length, 1)
  })
})
