import assert from 'node:assert/strict'
import { staysTrue, until } from '../support/wait.js'
import { startNode } from './enigma-node.js'
import { ClientRig, pattern, textOf, utf8 } from './rig.js'
import type { InboxMessage } from '../../src/client/index.js'
import type { TestPeer } from './rig.js'

const LISTEN = { listen: ['/ip4/127.0.0.1/tcp/0'] }

/** Where a peer listens, for the other one to know. */
function addressesOf ({ node }: TestPeer): string[] {
  return node.getMultiaddrs().map(addr => addr.toString())
}

describe('mailbox client send and inbox', () => {
  const rig = new ClientRig()

  it('delivers to a peer that can be reached, and tells it who sent', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const got: InboxMessage[] = []

    await recipient.mailbox.inbox(message => { got.push(message) })

    const result = await sender.mailbox.send(recipient.node.peerId, utf8('hello'), { kind: 'greeting', sentMs: 9, addresses: addressesOf(recipient) })

    assert.deepEqual(result, { outcome: 'delivered', messageId: result.messageId, duplicate: false })
    assert.deepEqual(got.map(({ from, ...rest }) => ({ ...rest, from: from?.toString() })), [{ messageId: result.messageId, kind: 'greeting', body: utf8('hello'), sentMs: 9, from: sender.name }])
    // over the connection that there is now, without its address
    assert.equal((await sender.mailbox.send(recipient.name, pattern(300_000))).outcome, 'delivered')
    assert.deepEqual(got[1]?.body, pattern(300_000))
    assert.deepEqual(await sender.mailbox.send(recipient.name, utf8('hello'), { messageId: result.messageId }), { outcome: 'delivered', messageId: result.messageId, duplicate: true })
    assert.equal(got.length, 2)
    assert.equal((await recipient.mailbox.stat(recipient.name)).queueLen, 0)
  })

  it('delivers through the relay to a peer that has no other address', async () => {
    const { address } = await startNode(rig)
    const sender = await rig.peer(address, {}, { circuit: true })
    const recipient = await rig.peer(address, {}, { circuit: true, listen: [`${address}/p2p-circuit`] })
    const got: string[] = []

    await until(() => addressesOf(recipient).length > 0, 'it has a reservation')
    await recipient.mailbox.inbox(message => { got.push(textOf(message)) })
    assert.equal((await sender.mailbox.send(recipient.name, utf8('through'))).outcome, 'delivered')
    assert.deepEqual(got, ['through'])
    assert.ok(sender.node.getConnections(recipient.node.peerId)[0]?.limits != null, 'the connection is a limited one')
  })

  it('queues for a peer that is offline, which gets it when it comes', async () => {
    const server = await rig.server({ maxMessageBytes: 1000 })
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server)]
    const got: string[] = []
    const result = await sender.mailbox.send(recipient.name, utf8('later'))

    assert.ok(result.outcome === 'queued')
    assert.deepEqual([result.pushed.stored, result.pushed.messageId, result.directError?.code], [true, result.messageId, 'unreachable'])
    await sender.mailbox.send(recipient.name, pattern(2500), { direct: false })
    await recipient.mailbox.inbox(message => { got.push(message.body.byteLength === 2500 ? 'large' : textOf(message)) })
    await until(() => got.length === 2, 'both are here')
    assert.deepEqual(got, ['later', 'large'])
    await until(async () => (await recipient.mailbox.stat(recipient.name)).queueLen === 0, 'they are acked')
    assert.ok((await sender.mailbox.send(recipient.name, utf8('live'), { direct: false })).outcome === 'queued')
    await until(() => got.length === 3, 'it comes live')
  })

  it('queues when the handler fails, and hands it over again later', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const got: string[] = []
    const errors: unknown[] = []
    let failures = 2

    await recipient.mailbox.inbox(message => {
      got.push(textOf(message))

      if (textOf(message) === 'bad' && failures-- > 0) {
        throw new Error('not now')
      }
    }, { redeliverMs: 50, onError: err => { errors.push(err) } })

    const result = await sender.mailbox.send(recipient.name, utf8('bad'), { addresses: addressesOf(recipient) })

    assert.ok(result.outcome === 'queued')
    assert.equal(result.directError?.code, 'internal_error')
    // what the handler said is not for the sender
    assert.doesNotMatch(result.directError?.message ?? '', /not now/)
    assert.equal((await sender.mailbox.send(recipient.name, utf8('good'))).outcome, 'delivered')
    await until(async () => (await recipient.mailbox.stat(recipient.name)).queueLen === 0, 'it was handled and acked')
    assert.equal(got.filter(text => text === 'bad').length, 3)
    assert.equal(got.filter(text => text === 'good').length, 1)
    assert.deepEqual(errors.map(err => err instanceof Error && err.message), ['not now'])
  })

  it('queues when the handler takes too long, and the message is handled once', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const release = Promise.withResolvers<void>()
    let handled = 0

    await recipient.mailbox.inbox(async () => {
      await release.promise
      handled++
    })

    const result = await sender.mailbox.send(recipient.name, utf8('slow'), { addresses: addressesOf(recipient), directTimeoutMs: 200 })

    assert.ok(result.outcome === 'queued')
    assert.equal(result.directError?.code, 'timed_out')
    release.resolve()
    await until(async () => (await recipient.mailbox.stat(recipient.name)).queueLen === 0, 'what was queued is acked')
    assert.equal(handled, 1)
  })

  it('takes what comes both ways once, also after a restart with ids that were kept', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const seen = new Set<string>()
    const got: string[] = []
    const messageId = new Uint8Array(16).fill(3)
    const init = { seen: { has: (id: string) => seen.has(id), add: (id: string) => { seen.add(id) } } }
    const inbox = await recipient.mailbox.inbox(message => { got.push(textOf(message)) }, init)

    assert.equal((await sender.mailbox.send(recipient.name, utf8('once'), { messageId, addresses: addressesOf(recipient) })).outcome, 'delivered')
    await sender.mailbox.push(recipient.name, utf8('once'), { messageId })
    await until(async () => (await recipient.mailbox.stat(recipient.name)).queueLen === 0, 'the queued one is acked')
    await inbox.close()
    await sender.mailbox.push(recipient.name, utf8('once'), { messageId: new Uint8Array(16).fill(4) })
    seen.add('04'.repeat(16))
    await recipient.mailbox.inbox(message => { got.push(textOf(message)) }, init)
    await until(async () => (await recipient.mailbox.stat(recipient.name)).queueLen === 0, 'what was seen before the restart is acked')
    assert.deepEqual(got, ['once'])
  })

  it('takes nothing after close, and can be opened again', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const inbox = await recipient.mailbox.inbox(() => {})

    await assert.rejects(recipient.mailbox.inbox(() => {}), { code: 'invalid_argument' })
    await (await recipient.mailbox.inbox(() => {}, { direct: false })).close()
    await inbox.close()
    await inbox.close()
    assert.equal((await sender.mailbox.send(recipient.name, utf8('x'), { addresses: addressesOf(recipient) })).outcome, 'queued')
    await until(() => server.service.stats().subscriptions === 0, 'its subscription is over')

    const got: string[] = []

    await recipient.mailbox.inbox(message => { got.push(textOf(message)) })
    await until(() => got.length === 1, 'what was queued comes')
  })

  it('can be closed by its handler, and begins no message after that', async () => {
    const server = await rig.server()
    const [sender, recipient] = [await rig.peer(server), await rig.peer(server, {}, LISTEN)]
    const entered = Promise.withResolvers<void>()
    const others = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    let handled = 0
    let streams = 0
    const acceptFrom = (): boolean => ++streams > 0
    const inbox = await recipient.mailbox.inbox(async () => {
      handled++
      entered.resolve()
      await others.promise
      await inbox.close()
      closed.resolve()
    }, { closeMs: 50, acceptFrom })
    const addresses = addressesOf(recipient)
    const first = sender.mailbox.send(recipient.name, utf8('first'), { addresses })

    await entered.promise

    const second = sender.mailbox.send(recipient.name, utf8('second'), { addresses })

    await until(() => streams === 2, 'the second one comes')
    assert.equal(await staysTrue(() => handled === 1, 200), true)
    others.resolve()
    await closed.promise
    assert.deepEqual([(await first).outcome, (await second).outcome, handled], ['queued', 'queued', 1])
  })
})
