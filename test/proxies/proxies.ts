import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { parse } from 'smol-toml'
import { createNode } from '../../src/index.js'
import { selfSigned } from '../http/pki.js'
import { within } from '../support/wait.js'
import { Caller, HOST } from './caller.js'
import { configOf } from './configs.js'
import { caddy, nginx } from './servers.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/index.js'
import type { Proxy } from './servers.js'

const MIB = 1024 * 1024

function push (recipient: string, bytes = 2): Record<string, unknown> {
  return { recipient, message_id: randomUUID(), ciphertext_b64: Buffer.alloc(bytes, 7).toString('base64'), meta: { kind: 'opaque', total_len: bytes, chunk_index: 0, chunk_count: 1, sent_ms: 7 } }
}

describe('the configurations of docs/http.md', () => {
  let folder: string
  let node: EnigmaNode | undefined
  let proxy: Proxy | undefined

  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-proxies-')) })

  afterEach(async () => {
    await proxy?.stop()
    await node?.stop()
    proxy = undefined
    node = undefined
    rmSync(folder, { recursive: true })
  })

  /** A node whose [http] is a block of the docs. */
  async function start (http: string, rateLimit: PartialConfig['rate_limit'] = { enabled: false }): Promise<URL> {
    node = await createNode({
      ...parse(http) as PartialConfig,
      identity: { key_file: join(folder, 'key') },
      storage: { kind: 'memory' },
      ops: { enabled: false },
      network: { tcp_listen_addr: '', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 },
      rate_limit: rateLimit
    })

    return new URL(node.http ?? '')
  }

  for (const [name, startProxy] of Object.entries({ nginx, caddy })) {
    describe(`behind ${name}`, () => {
      async function open (rateLimit?: PartialConfig['rate_limit']): Promise<(from?: string) => Caller> {
        const { host } = await start(configOf('proxied', { '127.0.0.1:8080': '127.0.0.1:0' }), rateLimit)
        const { port, ca } = proxy = await startProxy({ folder, node: host })

        return from => new Caller({ port, ca, from })
      }

      it('stores and gives out messages, the largest too', async () => {
        const caller = (await open())()

        assert.equal((await caller.ask('/push', push('alice'))).status, 200)
        assert.equal((await caller.ask('/push', push('bob', 8 * MIB))).status, 200)

        for (const [recipient, bytes] of [['alice', 2], ['bob', 8 * MIB]] as const) {
          const { json } = await caller.ask('/pull', { recipient })

          assert.deepEqual((json.items as Array<{ ciphertext_b64: string }>).map(({ ciphertext_b64: text }) => text.length), [4 * Math.ceil(bytes / 3)])
        }

        const tooLarge = await caller.ask('/push', push('alice', 8 * MIB + 1))

        assert.deepEqual([tooLarge.status, (tooLarge.json.error as { code: string }).code], [400, 'invalid_input'])
      })

      it('holds a long poll, and answers it as soon as something comes', async () => {
        const caller = (await open())()
        const held = caller.ask('/pull', { recipient: 'alice', wait_ms: 30_000 })

        await caller.ask('/push', push('alice'))
        assert.equal(((await within(held, 'the poll is answered')).json.items as unknown[]).length, 1)
        assert.deepEqual((await caller.ask('/pull', { recipient: 'bob', wait_ms: 1000 })).json.items, [])
      })

      it('limits each caller by its own address, whatever it says it is', async () => {
        const from = await open({ burst: 3 })
        const [first, second] = [from('127.0.0.2'), from('127.0.0.3')]
        const statuses: number[] = []

        for (let n = 0; n < 4; n++) {
          statuses.push((await first.ask('/pull', { recipient: 'alice' }, { 'x-forwarded-for': `192.0.2.${n}` })).status)
        }

        assert.ok(statuses.includes(429), String(statuses))
        assert.equal((await second.ask('/pull', { recipient: 'alice' })).status, 200)
      })

      it('takes the proof of a PeerId for the host that callers see', async () => {
        const caller = (await open())()
        const key = await generateKeyPair('Ed25519')
        const mine = peerIdFromPrivateKey(key).toString()
        const authorization = await caller.prove(mine, key)

        await caller.ask('/push', push(mine))
        assert.equal((await caller.ask('/pull', { recipient: mine })).status, 401)
        assert.equal(((await caller.ask('/pull', { recipient: mine }, { authorization })).json.items as unknown[]).length, 1)
      })
    })
  }

  describe('with TLS by itself', () => {
    const server = selfSigned('P-256', undefined, [HOST])
    const client = selfSigned()

    function file (name: string, content: string): string {
      const path = join(folder, name)

      writeFileSync(path, content)

      return path
    }

    function tls (): string {
      return configOf('tls', {
        '0.0.0.0:443': '0.0.0.0:0',
        '/etc/relay/fullchain.pem': file('fullchain.pem', server.cert),
        '/etc/relay/privkey.pem': file('privkey.pem', server.key)
      })
    }

    it('serves HTTP/1.1 and HTTP/2, and takes the proof of a PeerId', async () => {
      const port = Number((await start(tls())).port)
      const caller = new Caller({ port, ca: server.cert })
      const key = await generateKeyPair('Ed25519')
      const mine = peerIdFromPrivateKey(key).toString()
      const authorization = await caller.prove(mine, key)

      assert.equal((await caller.ask('/pull', { recipient: mine }, { authorization })).status, 200)

      const session = connect(`https://127.0.0.1:${port}`, { ca: server.cert, servername: HOST })
      const stream = session.request({ ':path': '/health', ':authority': HOST })

      assert.equal((await once(stream, 'response') as [Record<string, unknown>])[0][':status'], 200)
      session.destroy()
    })

    it('lets the curl of the docs in with a certificate, and nobody without one', async () => {
      const authorities = configOf('mtls', { '/etc/relay/clients.pem': file('clients.pem', client.cert) })
      const port = Number((await start(`${tls()}${authorities}`)).port)
      const curl = configOf('curl', {
        'curl ': `curl --silent --show-error --connect-to ${HOST}:443:127.0.0.1:${port} `,
        'ca.pem': file('ca.pem', server.cert),
        'client.pem': file('client.pem', client.cert),
        'client.key': file('client.key', client.key)
      })
      const { stdout } = await promisify(execFile)('sh', ['-ec', curl])

      assert.equal(stdout, '{"status":"ok"}')
      await assert.rejects(promisify(execFile)('sh', ['-ec', curl.replace(/--cert \S+ --key \S+/, '')]))
      await assert.rejects(new Caller({ port, ca: server.cert }).ask('/health'))
    })
  })
})
