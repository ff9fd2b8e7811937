import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFolder } from '../folder.js'

const COUNTED = fileURLToPath(new URL('../crash/counted.js', import.meta.url))
const BATCHES = 40

/** The files that the kernel was asked to bring to disk, one a call. */
async function synced (trace: string, folder: string, ...mode: string[]): Promise<string[]> {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-y', '-e', 'trace=fdatasync,fsync', '-o', trace, process.execPath, COUNTED, folder, String(BATCHES), ...mode], { encoding: 'utf8' })

  assert.ok(error == null, `this test counts system calls with strace, which is not here: apt-get install strace (${error?.message})`)
  assert.equal(status, 0, stderr)

  // a call that another thread interrupts is printed in two lines, of which the first has the name of the file
  return (await readFile(trace, 'utf8')).split('\n').flatMap(line => /f(?:data)?sync\(\d+<([^>]*)>/.exec(line)?.[1] ?? [])
}

function logs (files: readonly string[]): number {
  return files.filter(file => file.endsWith('.log')).length
}

describe('what is answered is synced', function () {
  this.timeout(120_000)

  it('every batch is synced before its answers, and a store that does not would be found out', async () => {
    await withFolder(async folder => {
      const syncs = logs(await synced(`${folder}.trace`, folder))

      // and the two of opening it
      assert.ok(syncs >= BATCHES && syncs <= BATCHES + 2, `${syncs} syncs for ${BATCHES} batches of 10 pushes`)
      assert.ok(logs(await synced(`${folder}.trace`, `${folder}-unsynced`, 'without-sync')) < BATCHES / 2)
    })
  })

  it('so are the entries of new folders', async () => {
    await withFolder(async folder => {
      const path = await realpath(dirname(folder))
      const deep = join(path, 'new', 'data')
      const files = await synced(`${folder}.trace`, deep)

      for (const entry of [path, dirname(deep), deep]) {
        assert.ok(files.includes(entry), `${entry} is not synced`)
      }
    })
  })
})
