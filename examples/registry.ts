import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { createIdentity, isSigned, registryClient } from '../src/client/index.js'
import type { Libp2p } from '@libp2p/interface'

/** The node that has the registry: its address, with /p2p/<PeerId> at the end where anybody could answer. */
const NODE = process.argv[2] ?? '/ip4/127.0.0.1/tcp/4001'

async function createPeer (): Promise<Libp2p> {
  return await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
}

// nobody else has this name on the node yet
const userName = `alice-${Date.now()}`
const signingKey = await generateKeyPair('Ed25519')
// what others encrypt to: an X25519 public key of the application's, here any 32 bytes
const encryptionPublicKey = crypto.getRandomValues(new Uint8Array(32))

// Alice registers: with her key, so that nobody else can change it
const alice = await createPeer()
const alices = registryClient(alice, NODE)
const { bound } = await alices.register(createIdentity({ userName, signingKey, encryptionPublicKey }), { privateKey: signingKey })

console.log(`Alice is registered, and ${bound ? 'only her key can change that' : 'anybody may take it'}`)

// Bob knows her name, and looks her up
const bob = await createPeer()
const bobs = registryClient(bob, NODE)
const found = await bobs.resolve(userName)

console.log(`Bob found ${found?.usernameHint === userName ? 'Alice' : 'nobody'}, signed by herself: ${found != null && isSigned(found)}`)

// she says where she is, and he reads it
await alices.announce(userName, { readable: true, privateKey: signingKey })

const [entry] = await bobs.presence(userName)

console.log(`Bob sees ${entry?.peerId?.equals(alice.peerId) === true ? "Alice's peer" : 'nobody'} at ${entry?.addrs.length ?? 0} address`)

// she has a new key, which the old one vouches for
const newKey = await generateKeyPair('Ed25519')

await alices.update(createIdentity({ userName, signingKey: newKey, encryptionPublicKey }), { privateKey: signingKey, newPrivateKey: newKey })

const rotated = await bobs.resolve(userName)

console.log(`Bob sees her new key: ${rotated?.signingPublicKey.toString() === newKey.publicKey.raw.toString()}`)

// and goes
const { existed } = await alices.remove(userName, { privateKey: newKey })

console.log(`Removed: ${existed}. Still there: ${await bobs.checkUser(userName)}`)

for (const client of [alices, bobs]) {
  await client.close()
}

for (const peer of [alice, bob]) {
  await peer.stop()
}
