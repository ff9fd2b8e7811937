import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { loadConfig } from '../config/index.js'
import { loadIdentity } from '../identity/index.js'
import { dialableAddrs } from './addresses.js'
import { EXIT } from './exit-codes.js'
import { complain, print, warn } from './output.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'

/**
 * Prints the PeerId, then one dialable address a line, for a node with this configuration; it need not be running.
 * A look changes nothing: a key that is missing is not made.
 *
 * @throws ConfigError, IdentityError
 */
export async function id ({ config: path, logLevel }: GlobalOptions): Promise<ExitCode> {
  const { config, warnings } = loadConfig({ path, env: process.env, flags: { logLevel } })
  warn(warnings)

  const identity = await loadIdentity(config.identity.key_file)

  if (identity == null) {
    complain(`There is no identity yet: ${config.identity.key_file} is made at the first start.`)
    return EXIT.failed
  }

  warn(identity.warnings)
  const peerId = peerIdFromPrivateKey(identity.privateKey).toString()
  const { addrs, unknown } = dialableAddrs(config.network)

  print([peerId, ...addrs.map(addr => `${addr}/p2p/${peerId}`)].join('\n'))
  unknown.forEach(({ addr, why }) => complain(`${addr}: ${why}; a running node prints its address at start`))

  return EXIT.fine
}
