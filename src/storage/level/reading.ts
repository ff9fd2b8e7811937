import { StorageError } from '../errors.js'
import { messageOf } from './open.js'

/** @throws StorageError when the engine could not read */
export async function reading<T> (read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (err) {
    throw err instanceof StorageError ? err : new StorageError(`the store could not be read (${messageOf(err)})`, { cause: err })
  }
}
