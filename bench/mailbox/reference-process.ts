import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { OPTIONS } from '../../src/storage/level/open.js'
import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import { writeMessageId } from './protocol.js'
import type { ReferenceCommand } from './protocol.js'

// What the machine can do without us: the disk by itself, and LevelDB by itself with rows like ours.

/** Beside the body: what one push writes, about. */
const ITEM_KEY_BYTES = 105
const KEY_KEY_BYTES = 87
const KEY_ROW_BYTES = 42
const DUE_KEY_BYTES = 102
const EMPTY = Buffer.alloc(0)

/** @returns bodies a second */
async function repeat (group: number, seconds: number, write: () => Promise<void>): Promise<number> {
  let count = 0
  const begun = performance.now()
  const end = begun + seconds * 1000

  while (performance.now() < end) {
    await write()
    count += group
  }

  return count / (performance.now() - begun) * 1000
}

/** Appends, and waits for each to be on disk. */
async function disk (folder: string, bytes: number, group: number, seconds: number): Promise<number> {
  const path = join(folder, 'appended')
  const file = await open(path, 'w')
  const data = randomBytes(bytes * group)

  try {
    return await repeat(group, seconds, async () => {
      await file.write(data)
      await file.datasync()
    })
  } finally {
    await file.close()
    await rm(path)
  }
}

/** Three rows a body, no look-ups, one batch after the other. */
async function level (folder: string, bytes: number, group: number, seconds: number): Promise<number> {
  const path = await mkdtemp(join(folder, 'bare-'))
  const db = new ClassicLevel<Buffer, Buffer>(path, OPTIONS)
  const body = randomBytes(bytes)
  let number = 0

  function key (area: number, length: number): Buffer {
    const made = Buffer.alloc(length, area)

    if (area === 1) {
      writeMessageId(made, length - 20, number)
    } else {
      made.writeUInt32BE(number, length - 8)
    }

    return made
  }

  await db.open()

  try {
    return await repeat(group, seconds, async () => {
      const rows: Array<{ type: 'put', key: Buffer, value: Buffer }> = []

      for (let i = 0; i < group; i++) {
        number++
        rows.push(
          { type: 'put', key: key(0, ITEM_KEY_BYTES), value: body },
          { type: 'put', key: key(1, KEY_KEY_BYTES), value: Buffer.alloc(KEY_ROW_BYTES) },
          { type: 'put', key: key(2, DUE_KEY_BYTES), value: EMPTY }
        )
      }

      await db.batch(rows, { sync: true })
    })
  } finally {
    await db.close()
    await rm(path, { recursive: true })
  }
}

answerCommands<ReferenceCommand>(async command => {
  switch (command.call) {
    case 'usage':
      return ownUsage(command.gc ?? false)
    case 'disk':
      return disk(command.folder, command.bytes, command.group, command.seconds)
    case 'level':
      return level(command.folder, command.bytes, command.group, command.seconds)
    case 'stop':
      process.exit(0)
  }
})
announceReady(null)
