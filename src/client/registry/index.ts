import { ClientError } from '../errors.js'
import { DefaultRegistryClient } from './client.js'
import type { ClientLibp2p, NodeAddress } from '../index.js'
import type { HttpRegistryClientInit, Libp2pRegistryClientInit, RegistryClient, RegistryClientInit } from './types.js'

export { userIdOf } from './arguments.js'
export { createIdentity, isSigned } from './identity.js'
export type { PublicIdentity } from '../../registry/identity.js'
export type { IdentityInit } from './identity.js'
export type {
  Announced, AnnounceOptions, HttpRegistryClientInit, Libp2pRegistryClientInit, PresenceEntry, Registered, RegisterOptions, RegistryCallOptions, RegistryClient, RegistryClientInit, RegistryProgress,
  Removed, RemoveOptions, SigningKey, UpdateOptions, User
} from './types.js'

/**
 * The registry of a node, over libp2p or over its HTTP door.
 *
 * @example
 *
 * ```ts
 * const registry = registryClient(libp2p, '/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…')
 *
 * await registry.register(createIdentity({ userName: 'alice', signingKey, encryptionPublicKey }), { privateKey: signingKey })
 * const alice = await registry.resolve('alice')
 *
 * const overHttp = registryClient({ url: 'https://relay.example.org', pepper })
 * ```
 *
 * @throws ClientError `invalid_argument`
 */
export function registryClient (init: Libp2pRegistryClientInit | HttpRegistryClientInit): RegistryClient
export function registryClient (libp2p: ClientLibp2p, node: NodeAddress, init?: RegistryClientInit): RegistryClient
export function registryClient (first: ClientLibp2p | Libp2pRegistryClientInit | HttpRegistryClientInit, node?: NodeAddress, init: RegistryClientInit = {}): RegistryClient {
  if ('url' in first) {
    return DefaultRegistryClient.overHttp(first)
  }

  if ('libp2p' in first) {
    const { libp2p, node, ...rest } = first

    return DefaultRegistryClient.overLibp2p(libp2p, node, rest)
  }

  if (node == null) {
    throw new ClientError('invalid_argument', 'the node has no address')
  }

  return DefaultRegistryClient.overLibp2p(first, node, init)
}
