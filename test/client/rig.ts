import { mailboxClient } from '../../src/client/index.js'
import { MailboxRig } from '../mailbox/rig.js'
import { createClientNode } from '../support/nodes.js'
import type { MailboxClient, MailboxClientInit, MailboxMessage, NodeAddress } from '../../src/client/index.js'
import type { TestServer } from '../mailbox/rig.js'
import type { ClientNode, ClientOptions } from '../support/nodes.js'
import type { Libp2p } from '@libp2p/interface'

export interface TestPeer {
  readonly node: ClientNode
  readonly mailbox: MailboxClient
  readonly name: string
}

/** Retries that a test need not wait for. */
export const QUICK: MailboxClientInit = { retryBaseMs: 20, retryMaxMs: 200 }

/** Servers and peers with a client, taken down after each test. */
export class ClientRig extends MailboxRig {
  async peer (server: Pick<TestServer, 'addr'> | NodeAddress, init: MailboxClientInit = {}, options: ClientOptions = {}): Promise<TestPeer> {
    const node = await createClientNode(options)
    const address = typeof server === 'object' && 'addr' in server ? server.addr : server
    const mailbox = mailboxClient(node, address, { ...QUICK, ...init })

    this.onStop(async () => {
      await mailbox.close()
      await node.stop()
    })

    return { node, mailbox, name: node.peerId.toString() }
  }
}

export function utf8 (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf ({ body }: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(body)
}

/** Breaks all connections of a peer, as a network does: nobody asks for it. */
export function cut (node: Pick<Libp2p, 'getConnections'>): void {
  for (const connection of node.getConnections()) {
    connection.abort(new Error('the network is gone'))
  }
}

/** Bytes that tell their place. */
export function pattern (length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed + (i >> 8)) & 0xff)
}

/** The first messages of an iteration, which is ended then. */
export async function take (messages: AsyncIterable<MailboxMessage>, count: number): Promise<MailboxMessage[]> {
  const taken: MailboxMessage[] = []

  for await (const message of messages) {
    taken.push(message)

    if (taken.length === count) {
      break
    }
  }

  return taken
}
