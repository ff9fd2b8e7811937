import { ed25519 } from '@noble/curves/ed25519.js'
import { createIdentity, registryClient } from '../../../src/client/index.js'
import { createClientNode } from '../../support/nodes.js'
import { ClientRig, QUICK } from '../rig.js'
import type { IdentityInit, NodeAddress, PublicIdentity, RegistryClient, RegistryClientInit } from '../../../src/client/index.js'
import type { ClientNode, ClientOptions } from '../../support/nodes.js'

export interface RegistryPeer {
  readonly node: ClientNode
  readonly registry: RegistryClient
}

/** Peers with a client of a node's registry, taken down after each test. */
export class RegistryClientRig extends ClientRig {
  async registryPeer (address: NodeAddress, init: RegistryClientInit = {}, options: ClientOptions = {}): Promise<RegistryPeer> {
    const node = await createClientNode(options)
    const registry = registryClient(node, address, { ...QUICK_CALLS, ...init })

    this.onStop(async () => {
      await registry.close()
      await node.stop()
    })

    return { node, registry }
  }
}

/** Retries that a test need not wait for. */
export const QUICK_CALLS: RegistryClientInit = { retryBaseMs: QUICK.retryBaseMs, retryMaxMs: QUICK.retryMaxMs }

export interface Keys {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

export function newKeys (): Keys {
  return ed25519.keygen()
}

export function identityOf (userName: string, { secretKey }: Keys, more: Partial<IdentityInit> = {}): PublicIdentity {
  return createIdentity({ userName, signingKey: secretKey, encryptionPublicKey: new Uint8Array(32).fill(5), createdAtMs: 1_700_000_000_000, ...more })
}
