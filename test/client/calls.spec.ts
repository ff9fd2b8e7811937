import assert from 'node:assert/strict'
import { ClientError } from '../../src/client/index.js'
import { createRelayNode } from '../support/nodes.js'
import { ClientRig, pattern, take, textOf, utf8 } from './rig.js'
import type { MailboxProgress } from '../../src/client/index.js'

describe('mailbox client calls', () => {
  const rig = new ClientRig()

  it('pushes, pulls, acks and stats', async () => {
    const server = await rig.server()
    const [sender, owner] = [await rig.peer(server), await rig.peer(server)]
    const messageId = new Uint8Array(16).fill(7)
    const pushed = await sender.mailbox.push(owner.node.peerId, utf8('hello'), { kind: 'greeting', messageId, sentMs: 5 })

    assert.deepEqual({ ...pushed, deadlineMs: 0 }, { messageId, stored: true, duplicate: false, differs: false, chunkCount: 1, queueLen: 1, queueBytes: 5, deadlineMs: 0 })
    assert.ok(pushed.deadlineMs > Date.now())
    await sender.mailbox.push(owner.name, utf8('again'))

    const page = await owner.mailbox.pull(owner.name, { maxItems: 1 })

    assert.deepEqual([page.items.map(textOf), page.more, page.remainingEstimate], [['hello'], true, 1])
    assert.deepEqual([page.items[0]?.kind, page.items[0]?.sentMs, page.items[0]?.totalLen], ['greeting', 5n, 5n])
    assert.deepEqual((await owner.mailbox.pull(owner.name, { from: page.cursor })).items.map(textOf), ['again'])
    assert.equal((await owner.mailbox.stat(owner.name)).queueLen, 2)
    assert.deepEqual(await owner.mailbox.ack(owner.name, { keys: [{ messageId, chunkIndex: 0 }] }), { deleted: 1, missing: 0, remaining: 1 })
    assert.deepEqual(await owner.mailbox.ack(owner.name, { upToSeq: 2 }), { deleted: 1, missing: 0, remaining: 0 })
    assert.equal((await owner.mailbox.describe()).maxMessageBytes, 8 * 1024 * 1024)
  })

  it('asks once what the node offers, however many pushes begin at the same time', async () => {
    const server = await rig.server()
    const sender = await rig.peer(server)

    await Promise.all(Array.from({ length: 50 }, async (_, n) => sender.mailbox.push('a', utf8(`body ${n}`))))
    assert.equal(server.service.calls.libp2p.outcomes.describe.ok, 1)
    assert.equal((await server.store.mailbox.stat('a')).queueLen, 50)
  })

  it('tells each of those who wait for what the node offers that it tries again, and goes on for the others when one gives up or throws', async () => {
    const server = await rig.server()
    const sender = await rig.peer(server)
    const down = new Set<string>()
    const abort = new AbortController()

    await server.node.stop()

    const push = async (name: string, onRetry: () => void = () => {}, signal?: AbortSignal): Promise<unknown> => sender.mailbox.push('a', utf8(name), {
      signal,
      onProgress: ({ type }) => {
        if (type === 'mailbox:retrying') {
          down.add(name)
          onRetry()
        }
      }
    })
    const outcomes = await Promise.allSettled([
      push('throws', () => { throw new Error('mine') }),
      push('gives up', () => { abort.abort(new Error('enough')) }, abort.signal),
      push('goes on')
    ])

    assert.deepEqual(outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason instanceof ClientError ? outcome.reason.code : String((outcome as PromiseRejectedResult).reason)), ['Error: mine', 'Error: enough', 'unreachable'])
    assert.deepEqual([...down].sort(), ['gives up', 'goes on', 'throws'])
  })

  it('tells of a push that was there, and of one that differs', async () => {
    const sender = await rig.peer(await rig.server())
    const messageId = new Uint8Array(16).fill(1)
    const push = async (text: string): Promise<boolean[]> => {
      const { stored, duplicate, differs } = await sender.mailbox.push('a', utf8(text), { messageId, sentMs: 1 })

      return [stored, duplicate, differs]
    }

    assert.deepEqual(await push('one'), [true, false, false])
    assert.deepEqual(await push('one'), [false, true, false])
    assert.deepEqual(await push('two'), [false, true, true])
  })

  it('sends a body of the node\'s limit whole, and one byte more in two chunks', async () => {
    const owner = await rig.peer(await rig.server({ maxMessageBytes: 1000 }))
    const progress: MailboxProgress[] = []

    for (const [length, chunks] of [[0, 1], [999, 1], [1000, 1], [1001, 2], [2000, 2], [2001, 3]] as const) {
      const body = pattern(length, length)
      const { chunkCount } = await owner.mailbox.push(owner.name, body, { onProgress: event => { progress.push(event) } })

      assert.equal(chunkCount, chunks)
      assert.deepEqual(progress.at(-1), { type: 'mailbox:chunk-stored', detail: { chunks, chunkCount: chunks, bytes: length, totalBytes: length } })

      const [message] = await take(owner.mailbox.messages(owner.name), 1)

      assert.deepEqual(message?.body, body)
      assert.equal(message?.chunkCount, chunks)
      await message?.ack()
      assert.equal((await owner.mailbox.stat(owner.name)).queueLen, 0)
    }
  })

  it('sends a message of many chunks, all of which are acked', async () => {
    const server = await rig.server({ maxMessageBytes: 64 })
    const owner = await rig.peer(server, { maxCalls: 1000 })
    const body = pattern(64 * 5000 - 1)

    await owner.mailbox.push(owner.name, body)

    const [message] = await take(owner.mailbox.messages(owner.name), 1)

    assert.deepEqual(message?.body, body)
    await message?.ack()
    assert.equal((await owner.mailbox.stat(owner.name)).queueLen, 0)
  })

  it('reaches a node through a relay, over limited connections', async () => {
    const relay = await createRelayNode()
    const relayAddr = relay.getMultiaddrs()[0]

    rig.onStop(async () => { await relay.stop() })
    assert.ok(relayAddr != null)

    const server = await rig.server({}, {}, relayAddr)
    const owner = await rig.peer(relayAddr.encapsulate(`/p2p-circuit/p2p/${server.node.peerId}`), {}, { circuit: true })
    const taken = take(owner.mailbox.subscribe(owner.name), 2)

    await owner.mailbox.push(owner.name, utf8('one'))
    await owner.mailbox.push(owner.name, utf8('two'))
    assert.deepEqual((await taken).map(textOf), ['one', 'two'])
    assert.ok(owner.node.getConnections(server.node.peerId).every(({ limits }) => limits != null))
  })

  it('refuses what is out of bounds before it is sent', async () => {
    const peer = await rig.peer('/ip4/127.0.0.1/tcp/1')
    const isRefused = async (promise: Promise<unknown>): Promise<void> => { await assert.rejects(promise, { name: 'ClientError', code: 'invalid_argument', retryable: false }) }

    await isRefused(peer.mailbox.pull('a', { from: 'x' }))
    await isRefused(peer.mailbox.pull('a', { from: '1:2' }))
    await isRefused(peer.mailbox.pull('a', { maxItems: 0 }))
    await isRefused(peer.mailbox.pull('a', { maxItems: 257 }))
    await isRefused(peer.mailbox.ack('a', { upToSeq: 0 }))
    await isRefused(peer.mailbox.send('no peer', utf8('')))
  })

  it('says no with the catalogue\'s code, and does not try again what is of no use', async () => {
    const server = await rig.server({ maxQueueItems: 1 })
    const [stranger, owner] = [await rig.peer(server), await rig.peer(server)]
    const progress: MailboxProgress[] = []

    await assert.rejects(stranger.mailbox.pull(owner.name), { name: 'ClientError', code: 'not_owner', retryable: false, retryAfterMs: 0 })
    await assert.rejects(take(stranger.mailbox.subscribe(owner.name), 1), { code: 'not_owner' })
    await stranger.mailbox.push(owner.name, utf8('1'))
    await assert.rejects(stranger.mailbox.push(owner.name, utf8('2'), { onProgress: event => { progress.push(event) } }), { code: 'quota_exceeded' })
    assert.deepEqual(progress, [])
    await assert.rejects(stranger.mailbox.push('x'.repeat(257), utf8('')), { code: 'invalid_argument' })
    await assert.rejects(stranger.mailbox.push('a', utf8(''), { messageId: new Uint8Array(15) }), { code: 'invalid_argument' })
  })
})
