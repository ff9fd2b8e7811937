import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, Store } from '../../src/storage/index.js'

/** A folder of its own for one test. */
export async function withFolder (test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'enigma-store-'))

  try {
    await test(join(folder, 'data'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

export async function findings (store: Store, mend = false): Promise<Finding[]> {
  const found: Finding[] = []

  for await (const finding of store.verify({ mend })) {
    found.push(finding)
  }

  return found
}
