import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { ClientError, createIdentity, isSigned, mailboxClient, registryClient } from '../../src/client/index.js'
import type { MailboxClient, RegistryClient } from '../../src/client/index.js'
import type { Libp2p } from '@libp2p/interface'

// What runs in the browser, and nothing else: a peer with the client, to be called from the test.

let libp2p: Libp2p | undefined
let mailbox: MailboxClient
let registry: RegistryClient
/** What the inbox took. */
const taken: Array<{ text: string, from?: string }> = []

const page = {
  /** @returns its PeerId */
  async start (node: string): Promise<string> {
    libp2p = await createLibp2p({
      addresses: { listen: [`${node}/p2p-circuit`] },
      transports: [webSockets(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      // in a browser libp2p dials neither private addresses nor WebSockets without TLS; here the node is on loopback
      connectionGater: { denyDialMultiaddr: () => false },
      services: { identify: identify() }
    })
    mailbox = mailboxClient(libp2p, node, { retryBaseMs: 20, retryMaxMs: 200 })
    registry = registryClient(libp2p, node, { retryBaseMs: 20, retryMaxMs: 200 })

    return libp2p.peerId.toString()
  },

  /** Without libp2p: by fetch alone. @returns its PeerId */
  async startOverHttp (url: string, pepper: string): Promise<string> {
    const privateKey = await generateKeyPair('Ed25519')

    mailbox = mailboxClient({ url, privateKey })
    registry = registryClient({ url, pepper, privateKey })

    return peerIdFromPrivateKey(privateKey).toString()
  },

  /** Binds the name to a new key. */
  async register (userName: string): Promise<boolean> {
    const signingKey = await generateKeyPair('Ed25519')

    return (await registry.register(createIdentity({ userName, signingKey, encryptionPublicKey: new Uint8Array(32).fill(1) }), { privateKey: signingKey })).bound
  },

  async resolve (userName: string): Promise<{ hint?: string, isSigned: boolean } | undefined> {
    const identity = await registry.resolve(userName)

    return identity == null ? undefined : { hint: identity.usernameHint, isSigned: isSigned(identity) }
  },

  hasReservation (): boolean {
    return libp2p?.getMultiaddrs().some(addr => addr.toString().includes('/p2p-circuit')) === true
  },

  async send (recipient: string, text: string): Promise<string> {
    return (await mailbox.send(recipient, new TextEncoder().encode(text))).outcome
  },

  /** @returns in how many chunks it went */
  async push (recipient: string, byte: number, length: number): Promise<number> {
    return (await mailbox.push(recipient, new Uint8Array(length).fill(byte))).chunkCount
  },

  async inbox (): Promise<void> {
    await mailbox.inbox(({ body, from }) => { taken.push({ text: new TextDecoder().decode(body), from: from?.toString() }) })
  },

  taken (): typeof taken {
    return taken
  },

  /** One page of a mailbox, with what came of it. */
  async pull (name: string): Promise<{ items?: number, code?: string }> {
    try {
      return { items: (await mailbox.pull(name)).items.length }
    } catch (err) {
      return { code: err instanceof ClientError ? err.code : String(err) }
    }
  },

  async stop (): Promise<void> {
    await mailbox.close()
    await registry.close()
    await libp2p?.stop()
  }
}

export type Page = typeof page

Object.assign(globalThis, { page })
