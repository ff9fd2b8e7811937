import assert from 'node:assert/strict'
import { PageBudget } from '../../src/http/pages.js'
import type { Page } from '../../src/storage/index.js'

const EMPTY: Page = { items: [], nextCursor: 0, more: false, remainingEstimate: 0 }

describe('http: memory for pages', () => {
  it('reads one page more when there is room for one, however many wait for it', async () => {
    const budget = new PageBudget(1000)
    const pulls: Array<PromiseWithResolvers<Page>> = []
    const answers = Array.from({ length: 6 }, async () => {
      const { leave } = await budget.read('caller', 250, async () => {
        pulls.push(Promise.withResolvers<Page>())

        return await (pulls.at(-1) ?? assert.fail()).promise
      }, () => new AbortController().signal)

      leave()
    })
    const settled = async (): Promise<void> => { await new Promise(resolve => setImmediate(resolve)) }

    for (let n = 0; n < 6; n++) {
      await settled()
      // a quarter is one page
      assert.equal(pulls.length, n + 1)
      pulls[n]?.resolve(EMPTY)
    }

    await Promise.all(answers)
  })
})
