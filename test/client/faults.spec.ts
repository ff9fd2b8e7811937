import assert from 'node:assert/strict'
import { until } from '../support/wait.js'
import { createLiar, DESCRIPTION } from './liar.js'
import { ClientRig, cut, pattern, take, utf8 } from './rig.js'
import type { MailboxProgress } from '../../src/client/index.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { Lie } from './liar.js'

function item (seq: number, more: Fields = {}): Fields {
  return { item: { seq, messageId: new Uint8Array(16), chunkCount: 1, kind: 'k', body: utf8('x'), ...more } }
}

describe('a mailbox client and what goes wrong', () => {
  const rig = new ClientRig()

  it('pushes again under the same id when the connection is lost before the answer, and it is stored once', async () => {
    const server = await rig.server()
    const peer = await rig.peer(server)
    const push = server.service.mailbox.push.bind(server.service.mailbox)
    let cuts = 3

    // what was pushed is on disk, and its answer never arrives
    server.service.mailbox.push = async request => {
      const pushed = await push(request)

      if (cuts-- > 0) {
        cut(server.node)
      }

      return pushed
    }

    const progress: MailboxProgress[] = []
    const result = await peer.mailbox.push('a', utf8('once'), { onProgress: event => { progress.push(event) } })

    assert.deepEqual([result.duplicate, result.differs, result.queueLen], [true, false, 1])
    assert.deepEqual(progress.map(({ type }) => type), ['mailbox:retrying', 'mailbox:retrying', 'mailbox:retrying', 'mailbox:chunk-stored'])
    assert.equal((await peer.mailbox.stat('a')).nextSeq, 2)
  })

  it('stores all chunks once while connections are lost', async () => {
    const server = await rig.server({ maxMessageBytes: 100 })
    const peer = await rig.peer(server, { retryAttempts: 50 })
    const push = server.service.mailbox.push.bind(server.service.mailbox)
    let pushes = 0

    server.service.mailbox.push = async request => {
      const pushed = await push(request)

      if (++pushes % 40 === 0) {
        cut(server.node)
      }

      return pushed
    }

    await peer.mailbox.push('a', pattern(20_000))

    const [message] = await take(peer.mailbox.messages('a'), 1)

    assert.deepEqual(message?.body, pattern(20_000))
    assert.equal((await peer.mailbox.stat('a')).queueLen, 200)
  })

  it('waits as long as the node says, and is not banned', async () => {
    let refusals = 0
    const { addr, requests } = await createLiar(rig, (request, answer) => {
      if (refusals++ < 3) {
        answer({ failure: { code: 'rate_limited', message: 'slowly', retryAfterMs: 60 } })
      } else {
        answer({ pushed: { stored: 1, seq: 1, queueLen: 1, queueBytes: 1, deadlineMs: 1 } })
      }
    })
    const peer = await rig.peer(addr)
    const delays: number[] = []
    const onProgress = (event: MailboxProgress): void => {
      if (event.type === 'mailbox:retrying') {
        delays.push(event.detail.delayMs)
      }
    }

    await Promise.all(Array.from({ length: 100 }, async () => await peer.mailbox.push('a', utf8('x'), { onProgress })))
    assert.ok(delays.length >= 3 && delays.every(ms => ms >= 60), String(delays))
    assert.equal(requests.length, 103)
  })

  it('never has more refused in a row than a node bears, whatever is asked of it at once', async () => {
    // a bucket of 40, refilled with ten a second, as a node has it
    let [tokens, at, inRow, longest] = [40, performance.now(), 0, 0]
    const { addr } = await createLiar(rig, (request, answer) => {
      const now = performance.now()

      tokens = Math.min(40, tokens + (now - at) / 10)
      at = now

      if (tokens >= 1) {
        tokens--
        inRow = 0
        answer({ pushed: { stored: 1 } })
      } else {
        longest = Math.max(longest, ++inRow)
        answer({ failure: { code: 'rate_limited', retryAfterMs: Math.ceil((1 - tokens) * 10) } })
      }
    })
    const peer = await rig.peer(addr)

    await Promise.all(Array.from({ length: 300 }, async () => { await peer.mailbox.push('a', utf8('x')) }))
    assert.ok(longest < 40, `${longest} in a row`)
  })

  it('fails with what the node says when it says that long that there is no use in waiting', async () => {
    const { addr, requests } = await createLiar(rig, (request, answer) => { answer({ failure: { code: 'rate_limited', message: 'banned', retryAfterMs: 300_000, details: { why: 'ban' } } }) })
    const peer = await rig.peer(addr)

    await assert.rejects(peer.mailbox.push('a', utf8('x')), { code: 'rate_limited', retryable: true, retryAfterMs: 300_000, details: { why: 'ban' } })
    assert.equal(requests.length, 1)
  })

  it('makes a call as often as it was told to, and no more', async () => {
    const { addr, requests } = await createLiar(rig, (request, answer) => { answer({ failure: { code: 'storage_error', retryAfterMs: 1 } }) })
    const peer = await rig.peer(addr, { retryAttempts: 4 })

    await assert.rejects(peer.mailbox.stat('a'), { code: 'storage_error' })
    assert.equal(requests.length, 4)
  })

  it('sends in smaller chunks when the node takes less than it did, unless some are there already', async () => {
    let maxMessageBytes = 1000
    const stored: number[] = []
    const { addr } = await createLiar(rig, (request, answer) => {
      const bytes = ((request.push as Fields).body as Uint8Array).byteLength

      if (bytes > maxMessageBytes) {
        answer({ failure: { code: 'message_too_large' } })
      } else {
        stored.push(bytes)
        answer({ pushed: { stored: 1 } })
      }
    }, () => ({ ...DESCRIPTION, maxMessageBytes }))
    const peer = await rig.peer(addr)

    await peer.mailbox.push('a', pattern(900))
    maxMessageBytes = 400
    assert.equal((await peer.mailbox.push('a', pattern(900))).chunkCount, 3)
    assert.deepEqual(stored, [900, 400, 400, 100])
    maxMessageBytes = 300
    await assert.rejects(peer.mailbox.push('a', pattern(500)), { code: 'message_too_large' })
  })

  it('asks again what was under way when the node ends the stream over another frame', async () => {
    let isFirst = true
    const { addr } = await createLiar(rig, (request, answer, stream) => {
      if (request.stat != null && isFirst) {
        return
      }

      if (isFirst) {
        isFirst = false
        answer({ failure: { code: 'message_too_large', message: 'a frame was too long' } }, 0n)
        stream.reset()
      } else {
        answer({ stats: { nextSeq: 1 } })
      }
    })
    const peer = await rig.peer(addr)
    const stats = peer.mailbox.stat('a')

    await assert.rejects(peer.mailbox.push('a', pattern(900)), { code: 'message_too_large' })
    assert.equal((await stats).nextSeq, 1)
  })

  it('says that nobody is there, or that it is no mailbox', async () => {
    const nobody = await rig.peer('/ip4/127.0.0.1/tcp/1', { retryAttempts: 2 })
    const other = await rig.peer(await rig.server())
    const bare = await rig.peer('/ip4/127.0.0.1/tcp/1', {}, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    const wrong = await rig.peer(bare.node.getMultiaddrs())

    await assert.rejects(nobody.mailbox.push('a', utf8('x')), { code: 'unreachable', retryable: true })
    await assert.rejects(wrong.mailbox.push('a', utf8('x')), { code: 'unsupported', retryable: false })
    await assert.rejects(take(wrong.mailbox.subscribe('a'), 1), { code: 'unsupported' })
    await other.mailbox.push('a', utf8('x'))
  })

  it('gives up a node that does not answer', async () => {
    const liar = await createLiar(rig, () => {})
    const peer = await rig.peer(liar.addr, { timeoutMs: 1000, retryAttempts: 2 })

    await assert.rejects(peer.mailbox.stat('a'), { code: 'timed_out', retryable: true })
    assert.ok(liar.requests.length > 0)
  })

  it('notices a subscription whose node is gone without a word', async () => {
    const liar = await createLiar(rig, (request, answer) => { answer({ caughtUp: {} }) }, () => undefined)
    const peer = await rig.peer(liar.addr, { timeoutMs: 1000, keepAliveMs: 100 })
    const codes: string[] = []
    const abort = new AbortController()
    const reading = take(peer.mailbox.subscribe('a', {
      signal: abort.signal,
      onProgress: event => {
        if (event.type === 'mailbox:retrying') {
          codes.push(event.detail.error.code)
        }
      }
    }), 1)

    await until(() => codes.length === 2, 'it has subscribed again')
    assert.deepEqual(codes, ['timed_out', 'timed_out'])
    abort.abort()
    await assert.rejects(reading)
  })

  const lies: Array<[string, Lie]> = [
    ['noise', (request, answer, stream) => { stream.sendFrame(new Uint8Array(40).fill(0xff)) }],
    ['a frame that is too long', (request, answer, stream) => { stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)) }],
    ['an answer to no request', (request, answer) => { answer({ pushed: { stored: 1 } }, 77n) }],
    ['an answer to another call', (request, answer) => { answer({ granted: { expiresMs: 1 } }) }],
    ['no result', (request, answer) => { answer({}) }],
    ['an item where none was asked for', (request, answer) => { answer(item(1)) }]
  ]

  for (const [what, lie] of lies) {
    it(`says protocol_error to ${what}, and asks no more`, async () => {
      const liar = await createLiar(rig, lie)
      const peer = await rig.peer(liar.addr)

      await assert.rejects(peer.mailbox.stat('a'), { name: 'ClientError', code: 'protocol_error', retryable: false })
      assert.equal(liar.requests.length, 1)
      await until(() => liar.open() === 0, 'the stream is over')
    })
  }

  const pages: Array<[string, Fields[]]> = [
    ['more items than were asked for', [item(1), item(2), item(3)]],
    ['more bytes than were asked for', [item(1, { body: new Uint8Array(90) }), item(2, { body: new Uint8Array(90) })]],
    ['items out of order', [item(2), item(1)]],
    ['items before the cursor', [item(0)]]
  ]

  for (const [what, answers] of pages) {
    it(`says protocol_error to a page with ${what}`, async () => {
      const liar = await createLiar(rig, (request, answer) => { [...answers, { pageEnd: { nextCursor: 3 } }].forEach(response => { answer(response) }) })
      const peer = await rig.peer(liar.addr)

      await assert.rejects(peer.mailbox.pull('a', { maxItems: 2, maxBytes: 100 }), { code: 'protocol_error' })
    })
  }

  const feeds: Array<[string, Lie]> = [
    ['more items than there is credit for', (request, answer) => {
      for (let seq = 1; seq <= 17; seq++) {
        answer(item(seq))
      }
    }],
    ['items that come twice', (request, answer) => { [item(1), item(1)].forEach(response => { answer(response) }) }],
    ['a chunk beyond the count', (request, answer) => { answer(item(1, { chunkIndex: 1 })) }],
    ['an id of 15 bytes', (request, answer) => { answer(item(1, { messageId: new Uint8Array(15) })) }],
    ['CaughtUp twice', (request, answer) => { [{ caughtUp: {} }, { caughtUp: {} }].forEach(response => { answer(response) }) }],
    ['the answer to another call', (request, answer) => { answer({ pushed: {} }) }]
  ]

  for (const [what, lie] of feeds) {
    it(`says protocol_error to a subscription with ${what}`, async () => {
      const liar = await createLiar(rig, lie)
      const peer = await rig.peer(liar.addr)

      await assert.rejects(take(peer.mailbox.subscribe('a'), 100), { code: 'protocol_error' })
      // the one for calls
      await until(() => liar.open() === 1, 'its stream is over')
    })
  }

  it('can be aborted at every stage, and leaves nothing', async () => {
    const liar = await createLiar(rig, () => {})
    const peer = await rig.peer(liar.addr)
    const silent = await rig.peer('/ip4/192.0.2.1/tcp/1')
    const calls = [
      async (signal: AbortSignal) => await peer.mailbox.stat('a', { signal }),
      async (signal: AbortSignal) => await peer.mailbox.push('a', pattern(5000), { signal }),
      async (signal: AbortSignal) => await peer.mailbox.send(silent.name, utf8('x'), { signal }),
      async (signal: AbortSignal) => await take(peer.mailbox.subscribe('a', { signal }), 1),
      async (signal: AbortSignal) => await silent.mailbox.stat('a', { signal })
    ]

    for (const call of calls) {
      // before, within the first steps, and while it waits for an answer that never comes
      for (const ms of [-1, 0, 1, 3, 10, 40]) {
        const abort = new AbortController()
        const reason = new Error(`after ${ms} ms`)

        if (ms < 0) {
          abort.abort(reason)
        }

        const timer = setTimeout(() => { abort.abort(reason) }, Math.max(0, ms))

        await assert.rejects(call(abort.signal), reason)
        clearTimeout(timer)
      }
    }

    await peer.mailbox.close()
    await until(() => liar.open() === 0, 'no stream is left')
    await until(() => silent.node.getDialQueue().length === 0, 'nothing is dialled any more')
    await assert.rejects(peer.mailbox.stat('a'), { code: 'closed' })
  })

  it('ends all calls with closed when it is closed', async () => {
    const liar = await createLiar(rig, () => {})
    const peer = await rig.peer(liar.addr)
    const calls = [peer.mailbox.stat('a'), peer.mailbox.push('a', utf8('x')), take(peer.mailbox.subscribe('a'), 1)].map(async call => { await assert.rejects(call, { code: 'closed' }) })

    await until(() => liar.requests.length === 3, 'all are under way')
    await peer.mailbox.close()
    await Promise.all(calls)
    await peer.mailbox.close()
    await until(() => liar.open() === 0, 'no stream is left')
  })
})
