import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, in memory. Only root may. */
export async function withSmallDisk (sizeMib: number, test: (folder: string) => Promise<void>): Promise<void> {
  const mount = await mkdtemp(join(tmpdir(), 'enigma-disk-'))

  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', mount])

  try {
    await test(mount)
  } finally {
    execFileSync('umount', ['--lazy', mount])
    await rm(mount, { recursive: true })
  }
}
