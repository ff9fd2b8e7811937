import assert from 'node:assert/strict'
import { InflightBudget } from '../../src/calls/index.js'

/** What was woken, and what it woke, is done. */
const settled = async (): Promise<void> => { await new Promise(resolve => setImmediate(resolve)) }

describe('memory that callers share', () => {
  it('is given to those who wait in their order, and no more than there is', async () => {
    const budget = new InflightBudget(400)
    const holders = Array.from({ length: 4 }, () => budget.share())
    const taken: number[] = []
    let looks = 0

    holders.forEach(share => { share.change(100) })

    for (const n of [0, 1, 2, 3, 4]) {
      const share = budget.share()
      const take = (): void => {
        looks++

        if (share.hasRoom()) {
          taken.push(n)
          share.change(100)
        } else {
          share.whenRoom(take)
        }
      }

      take()
    }

    await settled()
    assert.deepEqual(taken, [])
    holders[0]?.change(-100)
    await settled()
    assert.deepEqual([taken, budget.used, looks], [[0], 400, 6])
    // the others were not even asked
    holders[1]?.change(-100)
    holders[2]?.change(-100)
    await settled()
    assert.deepEqual([taken, budget.used, looks], [[0, 1, 2], 400, 8])
  })

  it('tells nobody who does not wait any more', async () => {
    const budget = new InflightBudget(100)
    const [holder, share] = [budget.share(), budget.share()]
    let looks = 0
    const look = (): void => { looks++ }

    holder.change(100)
    share.whenRoom(look)
    share.forget(look)
    holder.change(-100)
    await settled()
    assert.equal(looks, 0)
  })
})
