import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { mailboxClient } from '../src/client/index.js'
import type { Libp2p, PrivateKey } from '@libp2p/interface'

/** The node that keeps the messages: its address, with /p2p/<PeerId> at the end where anybody could answer. */
const NODE = process.argv[2] ?? '/ip4/127.0.0.1/tcp/4001'

async function createPeer (privateKey: PrivateKey): Promise<Libp2p> {
  return await createLibp2p({
    privateKey,
    transports: [tcp()],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
}

// Bob is offline. All that Alice knows of him is his PeerId
const bobsKey = await generateKeyPair('Ed25519')

// Alice sends and goes
const alice = await createPeer(await generateKeyPair('Ed25519'))
const alicesMailbox = mailboxClient(alice, NODE)
const { outcome } = await alicesMailbox.send(peerIdFromPrivateKey(bobsKey), new TextEncoder().encode('Hello Bob'))

console.log(`Alice's message was ${outcome}`)
await alicesMailbox.close()
await alice.stop()

// Bob comes, and takes what is there
const bob = await createPeer(bobsKey)
const bobsMailbox = mailboxClient(bob, NODE)
const arrived = Promise.withResolvers<void>()

await bobsMailbox.inbox(message => {
  console.log(`Bob got: ${new TextDecoder().decode(message.body)}`)
  arrived.resolve()
})

await arrived.promise
await bobsMailbox.close()

// what he took is gone from the node
const waiting = mailboxClient(bob, NODE)

console.log(`Waiting for Bob now: ${(await waiting.stat(bob.peerId)).queueLen}`)
await waiting.close()
await bob.stop()
