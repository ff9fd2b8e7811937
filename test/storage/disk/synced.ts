import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { withFolder } from '../folder.js'

const COUNTED = fileURLToPath(new URL('../crash/counted.js', import.meta.url))
const BATCHES = 40

/** Times that the kernel was asked to bring LevelDB's log to disk. */
async function syncs (folder: string, ...mode: string[]): Promise<number> {
  const trace = `${folder}.trace`
  const { error, status, stderr } = spawnSync('strace', ['-f', '-y', '-e', 'trace=fdatasync,fsync', '-o', trace, process.execPath, COUNTED, folder, String(BATCHES), ...mode], { encoding: 'utf8' })

  assert.ok(error == null, `this test counts system calls with strace, which is not here: apt-get install strace (${error?.message})`)
  assert.equal(status, 0, stderr)

  // a call that another thread interrupts is printed in two lines, of which the first has the name of the file
  return (await readFile(trace, 'utf8')).split('\n').filter(line => /f(data)?sync\(\d+<[^>]*\.log>/.test(line)).length
}

describe('what is answered is synced', function () {
  this.timeout(120_000)

  it('every batch is synced before its answers, and a store that does not would be found out', async () => {
    await withFolder(async folder => {
      const synced = await syncs(folder)

      // and the two of opening it
      assert.ok(synced >= BATCHES && synced <= BATCHES + 2, `${synced} syncs for ${BATCHES} batches of 10 pushes`)
      assert.ok(await syncs(`${folder}-unsynced`, 'without-sync') < BATCHES / 2)
    })
  })
})
