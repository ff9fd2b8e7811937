import assert from 'node:assert/strict'
import { until } from '../support/wait.js'
import { startNode } from './enigma-node.js'
import { ClientRig, cut, pattern, take, textOf, utf8 } from './rig.js'
import type { MailboxMessage } from '../../src/client/index.js'

function numbers (count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(n))
}

describe('mailbox client subscriptions', () => {
  const rig = new ClientRig()

  it('give what is stored, say that they have caught up, and give what comes', async () => {
    const server = await rig.server()
    const [sender, owner] = [await rig.peer(server), await rig.peer(server)]
    const caughtUp: string[] = []

    await sender.mailbox.push(owner.name, utf8('0'))
    await sender.mailbox.push(owner.name, utf8('1'))

    const messages = owner.mailbox.subscribe(owner.name, { onCaughtUp: ({ cursor }) => { caughtUp.push(cursor) } })
    const taken = take(messages, 3)

    await until(() => caughtUp.length === 1, 'it has caught up')
    await sender.mailbox.push(owner.name, utf8('2'))
    assert.deepEqual((await taken).map(textOf), ['0', '1', '2'])
    assert.deepEqual(caughtUp, ['2'])
    await until(() => server.service.stats().subscriptions === 0, 'the subscription is over')
    assert.equal((await owner.mailbox.stat(owner.name)).queueLen, 3)
  })

  it('give what is stored and end, with messages()', async () => {
    const owner = await rig.peer(await rig.server())

    for (const text of numbers(600)) {
      await owner.mailbox.push(owner.name, utf8(text))
    }

    const all: string[] = []

    for await (const message of owner.mailbox.messages(owner.name)) {
      all.push(textOf(message))
    }

    assert.deepEqual(all, numbers(600))
  })

  it('give 1,000 messages exactly once and in order to one who reads slowly, drops and comes back while they are pushed', async () => {
    const server = await rig.server()
    const [sender, owner] = [await rig.peer(server), await rig.peer(server)]
    const got: string[] = []
    let from: string | undefined
    const pushing = (async () => {
      for (const text of numbers(1000)) {
        await sender.mailbox.push(owner.name, utf8(text))
      }
    })()

    // each reader gives up after some messages, some of them in the middle of a lost connection
    for (let reader = 0; got.length < 1000; reader++) {
      for await (const message of owner.mailbox.subscribe(owner.name, { from })) {
        got.push(textOf(message))
        from = message.cursor

        if (got.length % 40 === 0) {
          await new Promise(resolve => setTimeout(resolve, 5))
        }

        if (got.length % 150 === 0) {
          cut(owner.node)
        }

        if (got.length % 230 === 0 || got.length === 1000) {
          break
        }
      }
    }

    await pushing
    assert.deepEqual(got, numbers(1000))
  })

  it('go on over a node that is stopped and started again on its folder', async () => {
    const node = await startNode(rig)
    const [sender, owner] = [await rig.peer(node.address, { retryAttempts: 100 }), await rig.peer(node.address)]
    const got: string[] = []
    const restarts = new Set([50, 120])
    const pushing = (async () => {
      for (const text of numbers(200)) {
        await sender.mailbox.push(owner.name, utf8(text))
      }
    })()

    for await (const message of owner.mailbox.subscribe(owner.name)) {
      got.push(textOf(message))

      if (restarts.delete(got.length)) {
        await node.restart()
      }

      if (got.length === 200) {
        break
      }
    }

    await pushing
    assert.deepEqual(got, numbers(200))
  })

  it('hold the node to what is read, and go on where they were', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server)
    const body = pattern(1024 * 1024)
    let read = 0

    for (let n = 0; n < 40; n++) {
      await owner.mailbox.push(owner.name, body)
    }

    const messages = owner.mailbox.subscribe(owner.name)

    for await (const message of messages) {
      assert.equal(message.body.byteLength, body.byteLength)

      // what the other 39 come to is not on its way: the windows and the credit hold some of them
      if (++read === 1) {
        await new Promise(resolve => setTimeout(resolve, 200))
        assert.ok(server.service.stats().outgoingBytes <= 20 * 1024 * 1024, `${server.service.stats().outgoingBytes} bytes wait in the node`)
      }

      if (read === 40) {
        break
      }
    }

    assert.equal(read, 40)
  })

  it('join chunks that come in any interleaving', async () => {
    const server = await rig.server({ maxMessageBytes: 100 })
    const [a, b, owner] = [await rig.peer(server), await rig.peer(server), await rig.peer(server)]
    const bodies = [pattern(1000, 1), pattern(1500, 2), pattern(90, 3), pattern(2500, 4)]
    const taken = take(owner.mailbox.subscribe(owner.name), 4)

    await Promise.all([a.mailbox.push(owner.name, pattern(1000, 1)), b.mailbox.push(owner.name, pattern(1500, 2)), a.mailbox.push(owner.name, pattern(90, 3)), b.mailbox.push(owner.name, pattern(2500, 4))])
    const sizes = new Map((await taken).map(({ body }) => [body.byteLength, body]))

    assert.deepEqual(bodies.map(body => sizes.get(body.byteLength)), bodies)
  })

  it('lose and repeat nothing when resumed at any message, whatever chunks lie across it', async () => {
    const server = await rig.server({ maxMessageBytes: 100 })
    const [sender, owner] = [await rig.peer(server), await rig.peer(server)]
    const push = async (id: number, chunkIndex: number, chunkCount: number): Promise<void> => {
      await server.service.mailbox.push({ mailbox: owner.name, messageId: new Uint8Array(16).fill(id), chunkIndex, chunkCount, kind: 'k', totalLen: 0n, sentMs: 0n, body: utf8(`${id}.${chunkIndex} `) })
    }

    // 1 begins, 2 begins, 1 ends, 3 whole, 4 begins, 2 goes on, 4 ends, 5 whole, 2 ends; 6 never ends
    for (const [id, chunkIndex, chunkCount] of [[1, 0, 2], [2, 2, 3], [6, 0, 2], [1, 1, 2], [3, 0, 1], [4, 1, 2], [2, 0, 3], [4, 0, 2], [5, 0, 1], [2, 1, 3]] as const) {
      await push(id, chunkIndex, chunkCount)
    }

    const expected = ['1.0 1.1 ', '3.0 ', '4.0 4.1 ', '5.0 ', '2.0 2.1 2.2 ']
    const all = await take(owner.mailbox.messages(owner.name), 5)

    assert.deepEqual(all.map(textOf), expected)
    assert.equal(all.at(-1)?.cursor, '10:3')
    assert.ok(sender.name !== owner.name)

    for (const [n, { cursor }] of all.entries()) {
      const rest: MailboxMessage[] = []

      for await (const message of owner.mailbox.messages(owner.name, { from: cursor })) {
        rest.push(message)
      }

      assert.deepEqual(rest.map(textOf), expected.slice(n + 1), `from ${cursor}`)
      // cursors of those are as good as the first ones
      assert.deepEqual(rest.map(({ cursor: again }) => again), all.slice(n + 1).map(({ cursor: again }) => again))
    }
  })

  it('begin anew when the node\'s store is a new one', async () => {
    const owner = await rig.peer(await rig.server())

    await owner.mailbox.push(owner.name, utf8('0'))
    await owner.mailbox.push(owner.name, utf8('1'))
    assert.deepEqual((await take(owner.mailbox.subscribe(owner.name, { from: '9:3' }), 2)).map(textOf), ['0', '1'])
    assert.deepEqual((await take(owner.mailbox.subscribe(owner.name, { from: '1' }), 1)).map(textOf), ['1'])
  })

  it('ack one message after the other, and many at once in few calls', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server)
    const ack = server.service.mailbox.ack.bind(server.service.mailbox)
    let calls = 0

    server.service.mailbox.ack = async (request, caller) => {
      calls++
      return await ack(request, caller)
    }

    for (const text of numbers(150)) {
      await owner.mailbox.push(owner.name, utf8(text))
    }

    const messages = await take(owner.mailbox.messages(owner.name), 150)

    for (const message of messages.slice(0, 50)) {
      await message.ack()
    }

    assert.equal(calls, 50)
    await Promise.all(messages.slice(50).map(async message => { await message.ack() }))
    assert.equal(calls, 51)
    assert.equal((await owner.mailbox.stat(owner.name)).queueLen, 0)
  })

  it('are over when the client is closed, also while nobody reads', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server)
    const messages = owner.mailbox.subscribe(owner.name)

    await owner.mailbox.push(owner.name, utf8('0'))
    await messages.next()
    await owner.mailbox.close()
    await until(() => server.service.stats().streams === 0, 'the node has no stream of it')
    await assert.rejects(messages.next(), { code: 'closed' })
  })

  it('give a message of chunks, whatever others begin and never end', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server, { maxIncompleteBytes: 80_000 })
    const push = async (id: number, chunkIndex: number, chunkCount: number): Promise<void> => {
      await server.service.mailbox.push({ mailbox: owner.name, messageId: new Uint8Array(16).fill(id), chunkIndex, chunkCount, kind: 'k', totalLen: 0n, sentMs: 0n, body: utf8(`${id}.${chunkIndex} `.repeat(100)) })
    }

    // of 200 there are two in a row, and one apart
    await push(200, 2, 4)
    await push(200, 0, 4)
    await push(100, 0, 2)
    await push(200, 1, 4)

    for (let id = 0; id < 100; id++) {
      await push(id, 1, 2)
    }

    const told: string[] = []
    const reading = take(owner.mailbox.subscribe(owner.name, { onGivenUp: ({ reason }) => { told.push(reason) }, onCaughtUp: () => { told.push('caught up') } }), 1)

    await until(() => told.length > 0, 'it has caught up')
    await push(200, 3, 4)
    assert.deepEqual((await reading).map(textOf), [[0, 1, 2, 3].map(index => `200.${index} `.repeat(100)).join('')])
    assert.deepEqual(told, ['caught up'])
  })

  it('go on when a chunk that was not kept is gone before the others have come', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server, { maxIncompleteBytes: 600 })
    const messageId = new Uint8Array(16).fill(1)
    const chunk = { mailbox: owner.name, messageId, chunkCount: 2, kind: 'k', totalLen: 0n, sentMs: 0n, body: utf8('half') }
    const told: string[] = []

    await server.service.mailbox.push({ ...chunk, chunkIndex: 0 })

    const reading = take(owner.mailbox.subscribe(owner.name, { onGivenUp: ({ reason, chunks, chunkCount }) => { told.push(`${reason} ${chunks} of ${chunkCount}`) }, onCaughtUp: () => { told.push('caught up') } }), 1)

    await until(() => told.length > 0, 'it has caught up')
    await owner.mailbox.ack(owner.name, { keys: [{ messageId, chunkIndex: 0 }] })
    await server.service.mailbox.push({ ...chunk, chunkIndex: 1 })
    await owner.mailbox.push(owner.name, utf8('whole'))
    assert.deepEqual((await reading).map(textOf), ['whole'])
    assert.deepEqual(told, ['caught up', 'expired 1 of 2'])
  })

  it('give up what came in part when there is no room even for its places, and say so', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server, { maxIncompleteBytes: 1500, maxMessageBytes: 10 })
    const push = async (id: number, chunkIndex: number, bytes: number): Promise<void> => {
      await server.service.mailbox.push({ mailbox: owner.name, messageId: new Uint8Array(16).fill(id), chunkIndex, chunkCount: 2, kind: 'k', totalLen: 0n, sentMs: 0n, body: pattern(bytes) })
    }
    const givenUp: Array<[number | undefined, string]> = []

    for (const [id, chunkIndex, bytes] of [[1, 0, 1], [2, 0, 1], [3, 0, 1], [1, 1, 1], [3, 1, 9], [4, 0, 5], [4, 1, 6], [2, 1, 1]] as const) {
      await push(id, chunkIndex, bytes)
    }

    const taken: number[] = []

    for await (const message of owner.mailbox.messages(owner.name, { onGivenUp: ({ messageId, reason }) => { givenUp.push([messageId[0], reason]) } })) {
      taken.push(message.messageId[0] ?? 0)
    }

    assert.deepEqual(taken, [3, 2])
    assert.deepEqual(givenUp, [[1, 'too_many'], [4, 'too_large']])
  })

  it('end with the signal\'s reason at once, and leave nothing', async () => {
    const server = await rig.server()
    const owner = await rig.peer(server)
    const abort = new AbortController()
    const reason = new Error('enough')
    const reading = take(owner.mailbox.subscribe(owner.name, { signal: abort.signal, onCaughtUp: () => { abort.abort(reason) } }), 1)

    await assert.rejects(reading, reason)
    await until(() => server.service.stats().subscriptions === 0, 'the subscription is over')
    await assert.rejects(take(owner.mailbox.subscribe(owner.name, { signal: abort.signal }), 1), reason)
  })
})
