import { readdir } from 'node:fs/promises'
import { codeOf } from '../new-file.js'

/** Whether a folder holds nothing, or is not there. What cannot be looked into is not empty: opening it says more. */
export async function isEmptyFolder (path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0
  } catch (err) {
    return codeOf(err) === 'ENOENT'
  }
}
