import assert from 'node:assert/strict'
import { MailboxRules } from '../../src/mailbox/mailbox.js'
import { memoryStore } from '../../src/storage/index.js'
import { idOf } from './rig.js'
import type { MailboxCaller, Pushed } from '../../src/mailbox/index.js'
import type { Store } from '../../src/storage/index.js'

const T0 = 1_800_000_000_000
const YEAR = 31_536_000_000
const HOUR = 3_600_000
const TTL_SECONDS = 100
const nobody = { grants: [] } as unknown as MailboxCaller

/** The rules over a machine whose clocks a test sets. */
class Machine {
  now = T0
  /** Time since it was switched on. */
  up = 0
  readonly store: Store
  readonly rules: MailboxRules
  #n = 0

  static async start (): Promise<Machine> {
    return new Machine(await memoryStore())
  }

  private constructor (store: Store) {
    this.store = store
    this.rules = new MailboxRules({ store, ttlSeconds: TTL_SECONDS, gcIntervalSeconds: 1_000_000, now: () => this.now, monotonic: () => this.up })
  }

  /** Collection runs when the rules are started. */
  async collect (): Promise<void> {
    this.rules.start()
    await this.rules.stop()
  }

  async push (): Promise<Pushed> {
    return await this.rules.push({ mailbox: 'a', messageId: idOf(++this.#n), chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: 0n, sentMs: 0n, body: new Uint8Array() })
  }

  async pulled (): Promise<number[]> {
    return (await this.rules.pull({ mailbox: 'a', cursor: 0 }, nobody)).items.map(({ seq }) => seq)
  }
}

describe('the clock of the mailbox', () => {
  it('that was a year ahead and was set right is believed after ten minutes, and nothing that was over comes back', async () => {
    const machine = await Machine.start()

    await machine.push()
    machine.now += YEAR
    assert.deepEqual(await machine.pulled(), [])
    machine.now = T0 + 1000
    await machine.collect()
    assert.equal((await machine.push()).deadlineMs, T0 + YEAR + TTL_SECONDS * 1000)
    machine.up += 599_999
    await machine.collect()
    assert.equal(machine.store.clockFloorMs, T0 + YEAR)
    machine.up++
    await machine.collect()
    assert.equal(machine.store.clockFloorMs, T0 + 1000)
    assert.equal(machine.rules.now, T0 + 1000)
    const { seq, deadlineMs } = await machine.push()
    assert.deepEqual([seq, deadlineMs], [3, T0 + 1000 + TTL_SECONDS * 1000])
    assert.deepEqual(await machine.pulled(), [2, 3])
    machine.now = deadlineMs
    assert.deepEqual(await machine.pulled(), [2])
  })

  it('that is behind for a while after a start, and is then set right, moves no deadline', async () => {
    const machine = await Machine.start()

    await machine.push()
    machine.now = 0
    await machine.collect()
    machine.up += 599_999
    await machine.collect()
    assert.equal((await machine.push()).deadlineMs, T0 + TTL_SECONDS * 1000)
    machine.now = T0 + 50
    await machine.collect()
    // behind once more: it counts from the start
    machine.now = T0 - HOUR
    machine.up += HOUR
    await machine.collect()
    assert.equal(machine.store.clockFloorMs, T0 + 50)
    assert.deepEqual(await machine.pulled(), [1, 2])
  })

  it('that steps back by a minute stands still until it has caught up', async () => {
    const machine = await Machine.start()

    await machine.push()
    machine.now = T0 - 60_000
    await machine.collect()
    machine.up += HOUR
    await machine.collect()
    assert.equal(machine.store.clockFloorMs, T0)
    assert.equal(machine.rules.now, T0)
  })
})
