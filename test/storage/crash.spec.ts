import assert from 'node:assert/strict'
import { crashRounds } from './crash/rounds.js'
import { withFolder } from './folder.js'

describe('what was answered is on disk', function () {
  this.timeout(120_000)

  it('kill -9 of a process with 40 writers to mailboxes and registry: nothing answered is lost, nothing is there twice, counters equal contents', async () => {
    await withFolder(async folder => {
      const { pushed, acked, registry } = await crashRounds(folder, 6)

      assert.ok(pushed > 0 && acked > 0 && registry > 0)
    })
  })
})
