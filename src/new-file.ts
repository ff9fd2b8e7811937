import { open, unlink } from 'node:fs/promises'

/** The system's code of a failed call, like EEXIST; empty when there is none. */
export function codeOf (err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : ''
}

/** Writes and syncs a file of mode 0600 that did not exist; what cannot be written whole is taken away. @throws EEXIST */
export async function writeNew (path: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)

  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (err) {
    await unlink(path).catch(() => {})
    throw err
  } finally {
    await handle.close()
  }
}
