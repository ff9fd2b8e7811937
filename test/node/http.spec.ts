import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mailboxClient } from '../../src/client/index.js'
import { createNode } from '../../src/node/index.js'
import { errorOf, post, pushBody } from '../http/rig.js'
import { createClientNode } from '../support/nodes.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { AddressInfo } from 'node:net'

describe('node: the HTTP door', () => {
  let folder: string
  const stops: Array<() => unknown> = []

  before(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-http-')) })
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) {
      await stop()
    }
  })
  after(() => { rmSync(folder, { recursive: true }) })

  function config (more: PartialConfig = {}): PartialConfig {
    return {
      ...more,
      identity: { key_file: join(folder, 'key') },
      storage: { kind: 'memory' },
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0, ...more.network },
      http: { address: '127.0.0.1:0', ...more.http },
      ops: { enabled: false }
    }
  }

  async function start (more: PartialConfig = {}): Promise<EnigmaNode & { url: string }> {
    const node = await createNode(config(more))

    stops.push(async () => { await node.stop() })
    assert.ok(node.http != null)

    return Object.assign(node, { url: node.http })
  }

  it('serves one mailbox with libp2p: the same seq, the same fields', async () => {
    const node = await start({ rate_limit: { enabled: false } })
    const peer = await createClientNode()
    const mailbox = mailboxClient(peer, node.addrs[0] as NonNullable<typeof node.addrs[0]>)

    stops.push(async () => {
      await mailbox.close()
      await peer.stop()
    })

    const first = pushBody('alice', {}, { kind: 'text', sent_ms: 5, total_len: 9 })

    assert.equal((await post(node, '/push', first)).json.seq, 1)
    await mailbox.push('alice', new TextEncoder().encode('over libp2p'), { kind: 'opaque', sentMs: 6 })

    const page = await mailbox.pull('alice')
    const { json } = await post(node, '/pull', { recipient: 'alice' })
    const items = json.items as Array<{ seq: number, message_id: string, ciphertext_b64: string, arrival_ms: number, deadline_ms: number, meta: Record<string, unknown> }>

    assert.deepEqual(items.map(item => ({
      seq: item.seq,
      id: item.message_id.replaceAll('-', ''),
      body: item.ciphertext_b64,
      kind: item.meta.kind,
      total: item.meta.total_len,
      sent: item.meta.sent_ms,
      arrival: item.arrival_ms,
      deadline: item.deadline_ms
    })), page.items.map(item => ({
      seq: item.seq,
      id: Buffer.from(item.messageId).toString('hex'),
      body: Buffer.from(item.body).toString('base64'),
      kind: item.kind,
      total: Number(item.totalLen),
      sent: Number(item.sentMs),
      arrival: item.arrivalMs,
      deadline: item.deadlineMs
    })))
    assert.equal(items.length, 2)
    assert.equal((await post(node, '/ack', { recipient: 'alice', up_to: json.last_cursor })).json.deleted, 2)
    assert.equal((await mailbox.stat('alice')).queueLen, 0)
  })

  it('shares its limits with libp2p: what one door took is gone at the other', async () => {
    const node = await start({ rate_limit: { burst: 4, per_ip_rps: 1, ban_after: 1000, endpoints: { push_rps: 1, pull_rps: 1 } } })
    const peer = await createClientNode()
    const mailbox = mailboxClient(peer, node.addrs[0] as NonNullable<typeof node.addrs[0]>, { retryAttempts: 1, retryTotalMs: 1 })

    stops.push(async () => {
      await mailbox.close()
      await peer.stop()
    })

    for (let n = 0; n < 4; n++) {
      assert.equal((await post(node, '/push', pushBody('a'))).status, 200)
    }

    const refused = await post(node, '/push', pushBody('a'))

    assert.equal(refused.status, 429)
    assert.equal(refused.text, '{"error":{"code":"rate_limited","message":"rate limit exceeded"}}')
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    await assert.rejects(mailbox.pull('a'), { code: 'rate_limited' })
    assert.equal((await fetch(`${node.url}/health`)).status, 200)
  })

  it('lets exactly the quota in when 64 senders race for the last places over both doors', async () => {
    const node = await start({ rate_limit: { enabled: false }, mailbox: { max_messages_per_user: 32 } })
    const peer = await createClientNode()
    const mailbox = mailboxClient(peer, node.addrs[0] as NonNullable<typeof node.addrs[0]>)

    stops.push(async () => {
      await mailbox.close()
      await peer.stop()
    })

    const outcomes = await Promise.all(Array.from({ length: 64 }, async (_, n) => n % 2 === 0
      ? (await post(node, '/push', pushBody('a'))).status === 200
      : await mailbox.push('a', Uint8Array.of(n)).then(() => true, (err: { code: string }) => {
        assert.equal(err.code, 'quota_exceeded')
        return false
      })))

    assert.equal(outcomes.filter(Boolean).length, 32)
    assert.equal((await post(node, '/stat', { recipient: 'a' })).json.queue_len, 32)
  })

  it('asks the owner of a peer\'s mailbox for a proof', async () => {
    const node = await start()
    const peer = await createClientNode()

    stops.push(async () => { await peer.stop() })
    assert.equal((await post(node, '/push', pushBody(peer.peerId.toString()))).status, 200)

    const answer = await post(node, '/pull', { recipient: peer.peerId.toString() })

    assert.equal(answer.status, 401)
    assert.equal(errorOf(answer).code, 'unauthenticated')
    assert.match(answer.headers.get('www-authenticate') ?? '', /^libp2p-PeerID challenge-client=/)
  })

  it('answers 403 to denied addresses', async () => {
    const node = await start({ auth: { deny_cidrs: ['127.0.0.0/8'] } })
    const answer = await post(node, '/push', pushBody('a'))

    assert.deepEqual([answer.status, errorOf(answer).code], [403, 'denied'])
  })

  it('has no mailbox where that is off, and is not there when it is off itself', async () => {
    const node = await start({ mailbox: { enabled: false } })

    assert.equal((await post(node, '/push', pushBody('a'))).status, 404)

    const without = await createNode({ ...config(), http: { enabled: false } })

    assert.equal(without.http, null)
    await without.stop()
  })

  it('does not start when its port is taken, says which key changes it, and leaves nothing open', async () => {
    const server = createServer().listen(0, '127.0.0.1')

    await new Promise(resolve => server.once('listening', resolve))
    stops.push(() => { server.close() })

    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`

    await assert.rejects(createNode(config({ http: { address } })), { code: 'listen_failed', key: 'http.address', addr: address, message: /already in use .*http\.address/ })
  })

  it('does not start with a certificate that is not there, and says which file', async () => {
    await assert.rejects(createNode(config({ http: { mode: 'tls', tls: { cert_pem_path: join(folder, 'none.pem'), key_pem_path: join(folder, 'none.key') } } })), { code: 'config_tls', message: /http\.tls\.cert_pem_path: cannot read .*none\.pem: there is no such file/ })
  })

  it('lets what is under way be answered when it stops, within drain_secs', async () => {
    const node = await start({ network: { drain_secs: 20 } })
    const waiting = post(node, '/pull', { recipient: 'a', wait_ms: 30_000 })

    // its request is there when the next one is answered
    await post(node, '/push', pushBody('b'))
    await node.stop()
    assert.deepEqual((await waiting).json.items, [])
    await assert.rejects(fetch(`${node.url}/health`))
  })
})
