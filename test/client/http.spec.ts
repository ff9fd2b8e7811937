import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { accessControl } from '../../src/access/index.js'
import { ClientError, mailboxClient, sealGrant } from '../../src/client/index.js'
import { HttpRig } from '../http/rig.js'
import { until } from '../support/wait.js'
import { pattern, QUICK, take, textOf, utf8 } from './rig.js'
import type { HttpMailboxClientInit, MailboxClient } from '../../src/client/index.js'
import type { PrivateKey } from '@libp2p/interface'

describe('client: over HTTP', () => {
  const rig = new HttpRig()

  function client (url: string, more: Partial<HttpMailboxClientInit> = {}): MailboxClient {
    const mailbox = mailboxClient({ url, ...QUICK, ...more })

    rig.onStop(async () => { await mailbox.close() })

    return mailbox
  }

  const nameOf = (key: PrivateKey): string => peerIdFromPrivateKey(key).toString()

  it('pushes, pulls, tells, and acks by keys and by seq', async () => {
    const { url } = await rig.door()
    const mailbox = client(url)
    const pushed = await mailbox.push('alice', utf8('one'), { kind: 'text', sentMs: 5, ttlSeconds: 60 })

    assert.deepEqual([pushed.stored, pushed.duplicate, pushed.chunkCount, pushed.queueLen, pushed.queueBytes], [true, false, 1, 1, 3])
    assert.equal((await mailbox.push('alice', utf8('one'), { kind: 'text', sentMs: 5, messageId: pushed.messageId })).duplicate, true)
    assert.equal((await mailbox.push('alice', utf8('two'), { messageId: pushed.messageId })).differs, true)
    await mailbox.push('alice', utf8('two'))
    await mailbox.push('alice', utf8('three'))

    const first = await mailbox.pull('alice', { maxItems: 1 })
    const rest = await mailbox.pull('alice', { from: first.cursor })

    assert.deepEqual([first.more, first.remainingEstimate, rest.more], [true, 2, false])
    assert.deepEqual([...first.items, ...rest.items].map(item => [item.seq, textOf(item), item.kind, item.totalLen]), [[1, 'one', 'text', 3n], [2, 'two', 'opaque', 3n], [3, 'three', 'opaque', 5n]])
    assert.deepEqual(await mailbox.ack('alice', { keys: [{ messageId: pushed.messageId, chunkIndex: 0 }] }), { deleted: 1, missing: 0, remaining: 2 })
    assert.deepEqual(await mailbox.ack('alice', { upToSeq: 2 }), { deleted: 1, missing: 0, remaining: 1 })

    const { queueLen, nextSeq } = await mailbox.stat('alice')

    assert.deepEqual([queueLen, nextSeq], [1, 4])
    assert.match((await mailbox.describe()).agent, /^enigma-node\//)
    assert.equal((await mailbox.send(nameOf(await generateKeyPair('Ed25519')), utf8('x'))).outcome, 'queued')
  })

  it('sends large bodies in chunks, and puts them together', async () => {
    const { url } = await rig.door({ rules: { maxMessageBytes: 1000 } })
    const mailbox = client(url)
    const body = pattern(12_345)

    assert.equal((await mailbox.push('alice', body)).chunkCount, 13)

    const [message] = await take(mailbox.messages('alice'), 1)

    assert.deepEqual(message?.body, body)
    await message?.ack()
    assert.equal((await mailbox.stat('alice')).queueLen, 0)
  })

  it('subscribes by long polling: what is stored, that it has caught up, and what comes', async () => {
    const { url } = await rig.door()
    const mailbox = client(url)
    let caughtUp = 0

    await mailbox.push('alice', utf8('stored'))

    const taken = take(mailbox.subscribe('alice', { onCaughtUp: () => { caughtUp++ } }), 3)

    await until(() => caughtUp === 1, 'it has caught up')
    await mailbox.push('alice', utf8('live'))
    await mailbox.push('alice', utf8('more'))
    assert.deepEqual((await taken).map(textOf), ['stored', 'live', 'more'])
    assert.equal(caughtUp, 1)
  })

  it('proves who it is where a mailbox has an owner, and lets a grantee in', async () => {
    const door = await rig.door()
    const key = await generateKeyPair('Ed25519')
    const mine = client(door.url, { privateKey: key })
    const device = await generateKeyPair('Ed25519')
    const other = client(door.url, { privateKey: device })

    await client(door.url).push(nameOf(key), utf8('for me'))
    await assert.rejects(client(door.url).pull(nameOf(key)), { code: 'unauthenticated' })
    await assert.rejects(other.pull(nameOf(key)), { code: 'not_owner' })
    assert.deepEqual((await mine.pull(nameOf(key))).items.map(textOf), ['for me'])
    assert.equal((await mine.stat(nameOf(key))).queueLen, 1)

    const expiresMs = Date.now() + 60_000
    const envelope = await sealGrant({ mailbox: nameOf(key), grantee: peerIdFromPrivateKey(device), verbs: ['pull'], expiresMs }, key)

    assert.equal(await other.grant(envelope), expiresMs)
    assert.deepEqual((await other.pull(nameOf(key))).items.map(textOf), ['for me'])
    await assert.rejects(other.ack(nameOf(key), { upToSeq: 1 }), { code: 'not_owner' })
    await assert.rejects(mine.grant(Uint8Array.of(1)), { code: 'invalid_input' })
  })

  it('hears why it is refused beside its proof, and for what its proof was not looked at', async () => {
    const key = await generateKeyPair('Ed25519')
    const owner = await generateKeyPair('Ed25519')
    const door = await rig.door({ access: accessControl({ denyPeers: [peerIdFromPrivateKey(key)] }) })
    const foreign = await sealGrant({ mailbox: nameOf(owner), grantee: peerIdFromPrivateKey(key), verbs: ['pull'], expiresMs: Date.now() + 60_000 }, owner)
    const other = client(door.url, { privateKey: owner })

    await assert.rejects(client(door.url, { privateKey: key }).stat(nameOf(key)), { code: 'denied' })
    // a grant to somebody else
    await other.grant(foreign)
    await assert.rejects(other.stat(nameOf(owner)), { code: 'not_owner' })

    // the call that asks for the proof takes the last token
    const narrow = await rig.door({ limits: { enabled: true, burst: 1, globalPerSecond: 0.001, banAfter: 1000 } })

    await assert.rejects(client(narrow.url, { privateKey: owner, retryAttempts: 1, retryTotalMs: 1 }).stat(nameOf(owner)), { code: 'rate_limited' })
  })

  it('takes no answer of a node that does not prove who it is', async () => {
    const { url } = await rig.door()
    const key = await generateKeyPair('Ed25519')
    const without = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const { status, headers, body } = await fetch(input, init)
      const rest = new Headers(headers)

      rest.delete('authentication-info')

      return new Response(body, { status, headers: rest })
    }

    await assert.rejects(client(url, { privateKey: key, fetch: without }).stat(nameOf(key)), { code: 'protocol_error', message: 'the node does not prove who it is' })
  })

  it('does not take another node for the one that it was told', async () => {
    const { url } = await rig.door()
    const key = await generateKeyPair('Ed25519')
    const mailbox = client(url, { privateKey: key, node: peerIdFromPrivateKey(await generateKeyPair('Ed25519')) })

    await assert.rejects(mailbox.pull(nameOf(key)), { code: 'protocol_error', message: 'the node does not prove who it is' })
  })

  it('has an inbox, by the mailbox, where it knows whose', async () => {
    const { url } = await rig.door()
    const key = await generateKeyPair('Ed25519')
    const mailbox = client(url, { privateKey: key })
    const got: string[] = []
    const inbox = await mailbox.inbox(message => { got.push(textOf(message)) })

    await client(url).send(nameOf(key), utf8('hello'))
    await until(() => got.length === 1, 'the message has come')
    await until(async () => (await mailbox.stat(nameOf(key))).queueLen === 0, 'it was acked')
    await inbox.close()
    assert.deepEqual(got, ['hello'])
    await assert.rejects(client(url).inbox(() => {}), { code: 'invalid_argument' })
  })

  it('waits as a limit says, and goes on', async () => {
    const { url } = await rig.door({ limits: { enabled: true, burst: 2, globalPerSecond: 20, banAfter: 1000 } })
    const mailbox = client(url)

    for (let n = 0; n < 4; n++) {
      assert.equal((await mailbox.push('alice', utf8(String(n)))).stored, true)
    }
  })

  it('tells what is wrong with codes', async () => {
    const { url } = await rig.door({ rules: { maxQueueItems: 1 } })
    const mailbox = client(url)

    await mailbox.push('alice', utf8('x'))
    await assert.rejects(mailbox.push('alice', utf8('y')), { code: 'quota_exceeded' })
    await assert.rejects(mailbox.stat('a'.repeat(257)), { code: 'invalid_input' })
    await assert.rejects(client('http://127.0.0.1:1', { retryAttempts: 2 }).stat('a'), { code: 'unreachable' })
    assert.throws(() => mailboxClient({ url: 'ftp://x' }), { code: 'invalid_argument' })

    const slow = client(url, { timeoutMs: 1, retryAttempts: 1, fetch: async (_, init) => await new Promise((_resolve, reject) => { init?.signal?.addEventListener('abort', () => { reject(init.signal?.reason) }) }) })

    await assert.rejects(slow.stat('a'), { code: 'timed_out' })

    for (const [retryAfter, leastMs, mostMs] of [['7', 7000, 7000], [new Date(Date.now() + 3_600_000).toUTCString(), 3_000_000, 3_600_000], ['soon', 0, 0]] as const) {
      for (const [status, code] of [[429, 'rate_limited'], [503, 'unreachable']] as const) {
        const proxy = client(url, { retryAttempts: 1, retryTotalMs: 1, fetch: async () => new Response('<html>', { status, headers: { 'retry-after': retryAfter } }) })

        await assert.rejects(proxy.stat('a'), (err: unknown) => err instanceof ClientError && err.code === code && err.retryAfterMs >= leastMs && err.retryAfterMs <= mostMs, `${status} ${retryAfter}`)
      }
    }

    for (const [status, text, code] of [[502, '<html>', 'unreachable'], [200, '<html>', 'protocol_error'], [200, '[]', 'protocol_error'], [404, '{}', 'protocol_error'], [200, '{"queue_len":-1}', 'protocol_error']] as const) {
      await assert.rejects(client(url, { retryAttempts: 1, fetch: async () => new Response(text, { status }) }).stat('a'), { code }, text)
    }
  })
})
