import { LIMITS, itemOf } from '../../../src/storage/conformance.js'
import { openDb } from '../../../src/storage/level/open.js'
import { LevelStore } from '../../../src/storage/level/store.js'

// node counted.js <folder> <batches> [without-sync]
// Writes batches of ten pushes, one after the other, each answered before the next.

const [folder = '', batches = '0', mode] = process.argv.slice(2)
const store = await LevelStore.open(folder, {}, {
  open: async path => {
    const opened = await openDb(path)

    if (mode === 'without-sync') {
      const write = opened.db.writeRows.bind(opened.db)

      opened.db.writeRows = async rows => { await write(rows, { sync: false }) }
    }

    return opened
  }
})

for (let batch = 0; batch < Number(batches); batch++) {
  await Promise.all(Array.from({ length: 10 }, async (_, n) => await store.mailbox.push('a', itemOf(batch * 10 + n), LIMITS)))
}

// no close: what comes now is not about answers
process.exit(0)
