import assert from 'node:assert/strict'
import { join } from 'node:path'
import { cutLastBatch } from '../cut-log.js'
import { withSmallDisk } from './mount.js'

describe('a log whose last batch did not get to disk whole', function () {
  this.timeout(400_000)

  it('opens wherever it ends, at every byte, with all that was answered', async () => {
    await withSmallDisk(64, async mount => {
      assert.ok(await cutLastBatch(join(mount, 'data'), 1) > 4096)
    })
  })
})
