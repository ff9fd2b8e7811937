import { writeSync } from 'node:fs'
import { itemOf, keyOf } from '../../../src/storage/conformance.js'
import { LevelStore } from '../../../src/storage/level/store.js'
import { REGISTRY_WRITERS } from './registry-ledger.js'
import { registryWriter } from './registry-writer.js'

// A process that is made to be killed: 32 writers to mailboxes and 8 to the registry that say what they were answered, a line an answer, before
// they go on.
//   node writer.js <folder> <first number>
// Lines: `ready`, `pushed <mailbox> <n> <seq>`, `acking <mailbox> <n>`, `acked <mailbox> <n>`, and those of the registry (registry-writer.ts).

const [folder = '', first = '0'] = process.argv.slice(2)
const terms = { dedupeMs: 86_400_000, counterMs: 1_000_000_000 }
// few look-ups in vain before it knows its keys: most lives come to that
const store = await LevelStore.open(folder, {}, { known: { misses: 50 } })
let next = Number(first)

async function writer (index: number): Promise<void> {
  const mailbox = `m${index % 5}`
  const own: number[] = []

  while (true) {
    const n = next++
    const size = n % 97 === 0 ? 700_000 : n % 13 === 0 ? 20_000 : 100
    const { seq, outcome } = await store.mailbox.push(mailbox, itemOf(n, Buffer.alloc(size, n & 0xff)), { ...terms, now: Date.now(), ttlMs: 1e9, maxItems: 1e9, maxBytes: 1e12 })

    if (outcome !== 'stored') {
      throw new Error(`${n} was ${outcome}`)
    }

    writeSync(1, `pushed ${mailbox} ${n} ${seq}\n`)
    own.push(n)

    if (n % 3 === 0) {
      const gone = own.splice(n % own.length, 1)[0] ?? n
      writeSync(1, `acking ${mailbox} ${gone}\n`)
      await store.mailbox.ack(mailbox, { keys: [keyOf(gone)] }, { ...terms, now: Date.now() })
      writeSync(1, `acked ${mailbox} ${gone}\n`)
    }
  }
}

writeSync(1, 'ready\n')
await Promise.all([
  ...Array.from({ length: 32 }, async (_, index) => { await writer(index) }),
  ...Array.from({ length: REGISTRY_WRITERS }, async (_, index) => { await registryWriter(store, index, Number(first), line => { writeSync(1, `${line}\n`) }) })
])
