import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ALL, LIMITS, itemOf } from '../../src/storage/conformance.js'
import { levelStore } from '../../src/storage/index.js'

/** In batches of their own, each answered before the next. */
const EARLIER = 3
/** One batch: it is there whole or not at all. */
const LAST = 8
const BODY_BYTES = 600
/** Cuts that are looked at together: opening waits for the disk. */
const AT_ONCE = 8

/**
 * Cuts the log of a store at every `step`th byte of its last batch, which is over 4 KiB and so lies in more than one of the log's fragments,
 * and opens what is left: the batch is there whole or not at all, and all earlier answers are there.
 *
 * @returns how many cuts were made
 */
export async function cutLastBatch (folder: string, step: number): Promise<number> {
  const store = await levelStore(folder)

  for (let n = 1; n <= EARLIER; n++) {
    await store.mailbox.push('a', itemOf(n), LIMITS)
  }

  const log = (await readdir(folder)).find(name => name.endsWith('.log')) ?? ''
  const begin = (await stat(join(folder, log))).size

  await Promise.all(Array.from({ length: LAST }, async (_, index) => await store.mailbox.push('a', itemOf(EARLIER + 1 + index, Buffer.alloc(BODY_BYTES, index)), LIMITS)))
  const files = await filesOf(folder)
  const whole = files.get(log)

  await store.close()
  assert.ok(whole != null && whole.byteLength - begin > 4096)
  const ends = Array.from({ length: Math.ceil((whole.byteLength - begin) / step) }, (_, index) => begin + index * step).concat(whole.byteLength)
  let next = 0

  await Promise.all(Array.from({ length: AT_ONCE }, async (_, loop) => {
    const cut = `${folder}-${loop}`

    for (let end = ends[next++]; end != null; end = ends[next++]) {
      await rm(cut, { recursive: true, force: true })
      await mkdir(cut)
      await Promise.all([...files].map(async ([name, bytes]) => { await writeFile(join(cut, name), name === log ? bytes.subarray(0, end) : bytes) }))
      await check(cut, end === whole.byteLength ? EARLIER + LAST : EARLIER)
    }
  }))

  return ends.length
}

async function check (folder: string, count: number): Promise<void> {
  const store = await levelStore(folder)

  try {
    const { items } = await store.mailbox.pull('a', ALL)

    assert.deepEqual(items.map(({ seq }) => seq), Array.from({ length: count }, (_, index) => index + 1))
    assert.ok(items.every(({ seq, body }) => seq <= EARLIER ? Buffer.from(body).toString() === `body ${seq}` : body.byteLength === BODY_BYTES && body.every(byte => byte === seq - EARLIER - 1)))
    assert.equal(store.mailbox.totals().items, count)
  } finally {
    await store.close()
  }
}

async function filesOf (folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).filter(name => name !== 'LOCK' && !name.startsWith('LOG'))

  return new Map(await Promise.all(names.map(async name => [name, await readFile(join(folder, name))] as const)))
}
