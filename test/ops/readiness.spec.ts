import assert from 'node:assert/strict'
import { Readiness } from '../../src/ops/index.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { memoryStore } from '../../src/storage/index.js'
import { openDb } from '../../src/storage/level/open.js'
import { LIMITS, itemOf } from '../../src/storage/conformance.js'
import { withFolder } from '../storage/folder.js'
import { until } from '../support/wait.js'
import type { NotReadyReason, ReadinessInit } from '../../src/ops/index.js'

const WELL: ReadinessInit = { isDraining: () => false, overload: () => undefined, isListenerClosed: () => false }

async function reasons (init: Partial<ReadinessInit>): Promise<NotReadyReason[]> {
  return await new Readiness({ ...WELL, ...init }).reasons()
}

describe('readiness', () => {
  it('has no reason against it when nothing is wrong, with and without a store', async () => {
    assert.deepEqual(await reasons({}), [])
    assert.deepEqual(await reasons({ store: await memoryStore() }), [])
  })

  it('names all that is wrong', async () => {
    assert.deepEqual(await reasons({ isDraining: () => true, overload: () => 'memory', isListenerClosed: () => true }), ['draining', 'memory', 'listener_closed'])
    assert.deepEqual(await reasons({ overload: () => 'event_loop_delay' }), ['event_loop_delay'])
  })

  it('names a store that is full, and takes it for well when there is room again', async () => {
    const store = await memoryStore({ maxBytes: 6 })

    await store.mailbox.push('a', itemOf(1), LIMITS)
    assert.deepEqual(await reasons({ store }), ['storage_full'])
    await store.mailbox.ack('a', { upToSeq: 1 }, LIMITS)
    assert.deepEqual(await reasons({ store }), [])
  })

  it('names a disk with less than min_free_bytes', async () => {
    await withFolder(async folder => {
      let free = 10
      let now = 0
      const store = await LevelStore.open(folder, { minFreeBytes: 11 }, { free: async () => free, now: () => now })

      try {
        assert.deepEqual(await reasons({ store }), ['storage_full'])
        free = 11
        now = 1000
        await until(async () => (await reasons({ store })).length === 0, 'there is room again')
      } finally {
        await store.close()
      }
    })
  })

  it('names a store whose write failed until it is open again', async () => {
    await withFolder(async folder => {
      let isBroken = false
      const store = await LevelStore.open(folder, {}, {
        open: async path => {
          if (isBroken) {
            throw new Error('no such disk')
          }

          const opened = await openDb(path)
          const write = opened.db.writeRows.bind(opened.db)

          opened.db.writeRows = async rows => {
            if (isBroken) {
              throw new Error('IO error: fdatasync: Input/output error')
            }

            await write(rows)
          }

          return opened
        }
      })

      try {
        assert.deepEqual(await reasons({ store }), [])
        isBroken = true
        await assert.rejects(store.mailbox.push('a', itemOf(1), LIMITS), { code: 'storage_error' })
        assert.deepEqual(await reasons({ store }), ['storage_reopening'])
        isBroken = false
        await until(async () => (await reasons({ store })).length === 0, 'it is open again')
      } finally {
        await store.close()
      }
    })
  })

  it('names a store that says nothing, and asks it one question at a time', async () => {
    const store = await memoryStore()
    const answer = Promise.withResolvers<unknown>()
    let asked = 0
    const silent = { health: () => store.health(), mailbox: { stat: async () => { asked++; return await answer.promise } } }
    const readiness = new Readiness({ ...WELL, store: silent, storeMs: 20 })

    assert.deepEqual(await Promise.all([readiness.reasons(), readiness.reasons()]), [['storage_silent'], ['storage_silent']])
    assert.equal(asked, 1)
    answer.resolve({})
    assert.deepEqual(await readiness.reasons(), [])
  })
})
