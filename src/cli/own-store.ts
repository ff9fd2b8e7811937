import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './exit-codes.js'

/**
 * For a command that opens the store of a stopped node: new files of it would belong to whoever runs the command (root, say), and the node
 * might not be able to read them.
 *
 * @param user who runs it; undefined on systems without such numbers
 * @throws UsageError when the store belongs to another user
 */
export async function requireOwnStore (folder: string, user = process.geteuid?.()): Promise<void> {
  // what cannot be looked at, opening it says
  const owner = await stat(join(folder, 'CURRENT')).then(({ uid }) => uid, () => user)

  if (user != null && owner !== user) {
    throw new UsageError(`${folder} belongs to user ${owner}: run this as that user (sudo -u '#${owner}' relay-server …), or the node may not be able to open its store any more`)
  }
}
