import assert from 'node:assert/strict'
import { CallCounts, MailboxRules } from '../../src/mailbox/index.js'
import { memoryStore } from '../../src/storage/index.js'
import { until } from '../support/wait.js'

describe('mailbox counts', () => {
  it('tell runs of the collector that failed from those that did not', async () => {
    const store = await memoryStore()
    const expire = store.mailbox.expire.bind(store.mailbox)
    let isBroken = true

    store.mailbox.expire = async options => {
      if (isBroken) {
        throw new Error('a broken disk')
      }

      return await expire(options)
    }

    const rules = new MailboxRules({ store })

    rules.start()
    await until(() => rules.counts.collections === 1, 'the first run is over')
    assert.equal(rules.counts.failedCollections, 1)
    await rules.stop()
    isBroken = false
    rules.start()
    await until(() => rules.counts.collections === 2, 'the second run is over')
    assert.equal(rules.counts.failedCollections, 1)
    await rules.stop()
  })

  it('take an outcome that they do not know for `other`, so that no series comes of it', () => {
    const counts = new CallCounts()
    const names = Object.keys(counts.outcomes.push)

    counts.answered('push', 'a code of tomorrow', 1)
    counts.answered('push', 'toString', 1)
    counts.answered('subscribe', 'ok', 5000)
    assert.equal(counts.outcomes.push.other, 2)
    assert.deepEqual(Object.keys(counts.outcomes.push), names)
    assert.equal(counts.latency.push.count, 2)
    assert.equal(counts.outcomes.subscribe.ok, 1)
  })
})
