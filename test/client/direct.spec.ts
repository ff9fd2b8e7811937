import assert from 'node:assert/strict'
import { MAILBOX } from '../support/mailbox-wire.js'
import { openRaw } from '../support/raw-stream.js'
import { until } from '../support/wait.js'
import { createClientNode } from '../support/nodes.js'
import { codeOf, push, Talk } from '../mailbox/rig.js'
import { ClientRig } from './rig.js'
import type { TestPeer } from './rig.js'
import type { InboxInit } from '../../src/client/index.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { Connection } from '@libp2p/interface'

/** An inbox, and a stranger's connection with it. */
describe('what strangers may send to an inbox', () => {
  const rig = new ClientRig()

  async function meet (init: InboxInit = {}, handler: () => Promise<void> | void = () => {}): Promise<{ name: string, recipient: TestPeer, connection: Connection, open: () => Promise<Talk> }> {
    const recipient = await rig.peer(await rig.server(), {}, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    const stranger = await createClientNode()

    rig.onStop(async () => { await stranger.stop() })
    await recipient.mailbox.inbox(handler, init)

    const connection = await stranger.dial(recipient.node.getMultiaddrs())

    return { name: recipient.name, recipient, connection, open: async () => new Talk(await openRaw(connection, MAILBOX)) }
  }

  it('is pushes of whole messages to this peer, and Describe; all else is refused and the stream goes on', async () => {
    const { name, open } = await meet({ maxDirectBytes: 200_000 })
    const talk = await open()

    assert.deepEqual((await talk.ask({ push: push(name, 1) })).pushed, { stored: 1n })
    assert.deepEqual((await talk.ask({ push: push(name, 1) })).pushed, { duplicate: 1n })
    assert.deepEqual((await talk.ask({ describe: {} })).description, { maxMessageBytes: 200_000n })
    assert.equal(await talk.code({ push: push('another', 2) }), 'not_owner')
    assert.equal(await talk.code({ push: push('', 2) }), 'invalid_input')
    assert.equal(await talk.code({ push: push(name, 2, { chunkCount: 2 }) }), 'invalid_input')
    assert.equal(await talk.code({ push: push(name, 2, { messageId: new Uint8Array(15) }) }), 'invalid_input')
    assert.equal(await talk.code({ push: push(name, 2, { kind: '' }) }), 'invalid_input')
    assert.equal(await talk.code({ push: push(name, 2, { body: new Uint8Array(200_001) }) }), 'message_too_large')
    assert.equal(await talk.code({ push: push(name, 3, { body: new Uint8Array(200_000) }) }), 'no failure')

    const calls: Fields[] = [{ pull: { mailbox: name } }, { ack: { mailbox: name, upToSeq: 9 } }, { subscribe: { mailbox: name, credit: 1 } }, { stat: { mailbox: name } }, { grant: {} }, {}]

    for (const call of calls) {
      assert.equal(await talk.code(call), 'unknown_call')
    }
  })

  it('is one request at a time on each stream, the rest of which waits', async () => {
    const release = Promise.withResolvers<void>()
    let handled = 0
    const { name, open } = await meet({}, async () => {
      handled++
      await release.promise
    })
    const talk = await open()

    talk.sendAll(Array.from({ length: 500 }, (_, n) => ({ push: push(name, n) })))
    await until(() => handled === 1, 'the first is handled')
    release.resolve()

    for (let n = 1; n <= 500; n++) {
      assert.equal(codeOf(await talk.of(BigInt(n))), 'no failure')
    }

    assert.equal(handled, 500)
  })

  it('ends with frames that are too long, with frames that do not end, and with more than fits', async () => {
    const { name, connection, open } = await meet({ maxDirectBytes: 200_000, directFrameMs: 50, maxDirectInflightBytes: 300_000 })
    const long = await open()

    long.raw.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))
    await long.raw.ended()

    const slow = await open()

    slow.raw.send(Uint8Array.of(100, 1))
    await slow.raw.ended()

    const [one, two] = [await open(), await open()]

    for (const talk of [one, two]) {
      talk.raw.send(new Uint8Array([0xc0, 0x9a, 0x0c, ...new Uint8Array(180_000)]))
    }

    await Promise.race([one.raw.ended(), two.raw.ended()])
    assert.equal(connection.status, 'open')
    assert.equal(codeOf(await (await open()).ask({ push: push(name, 1) })), 'no failure')
  })

  it('is not kept out by a stranger who has much under way and does not end it', async () => {
    const { name, open, recipient } = await meet({ maxDirectBytes: 200_000, maxDirectInflightBytes: 300_000 })
    const friend = await createClientNode()

    rig.onStop(async () => { await friend.stop() })

    const begun = [await open(), await open()]

    for (const { raw } of begun) {
      raw.send(new Uint8Array([0xc0, 0x9a, 0x0c, ...new Uint8Array(140_000)]))
    }

    const talk = new Talk(await openRaw(await friend.dial(recipient.node.getMultiaddrs()), MAILBOX))

    assert.equal(await talk.code({ push: push(name, 1, { body: new Uint8Array(150_000) }) }), 'no failure')
    await Promise.race(begun.map(async ({ raw }) => raw.ended()))
  })

  it('is 8 streams of a connection, and the one that was idle longest makes room', async () => {
    const { name, open } = await meet({ maxDirectStreams: 3 })
    const first = await open()

    assert.equal(await first.code({ push: push(name, 1) }), 'no failure')

    for (let n = 2; n <= 4; n++) {
      assert.equal(await (await open()).code({ push: push(name, n) }), 'no failure')
    }

    await first.raw.ended()
  })

  it('is nothing from those whom the application does not want', async () => {
    const { open } = await meet({ acceptFrom: () => false })

    await assert.rejects(async () => await (await open()).ask({ describe: {} }))
  })

  it('is garbage, which ends in a failure and harms nobody', async () => {
    const { name, open } = await meet()
    const noise = await open()

    noise.raw.sendFrame(new Uint8Array(50).fill(0xff))
    assert.equal(codeOf(await noise.of(0n)), 'invalid_input')
    assert.equal(await (await open()).code({ push: push(name, 1) }), 'no failure')
  })
})
