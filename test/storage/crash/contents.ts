import assert from 'node:assert/strict'
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AREA, mailboxOf, readItemKey } from '../../../src/storage/level/keys.js'
import { LevelStore } from '../../../src/storage/level/store.js'
import { findings } from '../folder.js'
import { MAILBOXES, numberOf, textOf } from './ledger.js'
import type { Ledger } from './ledger.js'
import type { RegistryBook } from './registry-book.js'
import type { PrivateKey } from '@libp2p/interface'

/** The store's folder as it is now, without the node's socket, so that it can be looked at while the next node has the real one. Tables are never written to again. */
export async function copyOf (folder: string): Promise<string> {
  const copy = `${folder}-copy`

  await rm(copy, { recursive: true, force: true })
  await mkdir(copy)

  const files = (await readdir(folder, { withFileTypes: true })).filter(entry => entry.isFile())

  await Promise.all(files.map(async ({ name }) => { await (name.endsWith('.ldb') ? link : copyFile)(join(folder, name), join(copy, name)) }))

  return copy
}

/**
 * What is in the store row by row, read past the store's own calls, must be what its counters say and what the clients know.
 *
 * @returns whether the store had been left open
 */
export async function checkContents (folder: string, { ledger, book, nodeKey }: { ledger: Ledger, book: RegistryBook, nodeKey: PrivateKey }): Promise<boolean> {
  const store = await LevelStore.open(folder)

  try {
    const sums = new Map(MAILBOXES.map(mailbox => [mailbox, { queueLen: 0, queueBytes: 0 }]))
    const present = new Set<string>()

    for await (const bytes of store.db.keys({ gte: Buffer.of(AREA.item), lt: Buffer.of(AREA.item + 1) })) {
      const key = Buffer.from(bytes)
      const mailbox = mailboxOf(key).toString()
      const item = readItemKey(key)
      const text = textOf(mailbox, numberOf(item.messageId))
      const sum = sums.get(mailbox)

      assert.ok(!present.has(text), `${text} is there twice`)
      assert.ok(sum != null)
      ledger.found(mailbox, numberOf(item.messageId), item.seq)
      present.add(text)
      sum.queueLen++
      sum.queueBytes += item.bytes
    }

    for (const [mailbox, sum] of sums) {
      const { queueLen, queueBytes } = await store.mailbox.stat(mailbox)

      assert.deepEqual({ queueLen, queueBytes }, sum, `the counter of ${mailbox}`)
      await checkBodies(store, mailbox, ledger)
    }

    const all = [...sums.values()]

    assert.deepEqual(store.mailbox.totals(), { items: all.reduce((total, { queueLen }) => total + queueLen, 0), bytes: all.reduce((total, { queueBytes }) => total + queueBytes, 0) })
    assert.deepEqual(await findings(store), [])
    ledger.compare(present)
    await book.compare(store, nodeKey)

    return store.health().uncleanStop
  } finally {
    await store.close()
  }
}

async function checkBodies (store: LevelStore, mailbox: string, ledger: Ledger): Promise<void> {
  let cursor = 0

  for (let more = true; more;) {
    const page = await store.mailbox.pull(mailbox, { cursor, maxItems: 1000, maxBytes: 16_000_000, now: Date.now() })

    for (const { messageId, seq, body } of page.items) {
      ledger.onItem(mailbox, { messageId, seq, body })
    }

    cursor = page.nextCursor
    more = page.more
  }
}
