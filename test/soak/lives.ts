import { setImmediate as turn } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { below } from '../support/mutate.js'
import { createClientNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { echo, StopTarget } from '../support/stop-target.js'
import { encodeHop, HOP, HopType, Status, statusName } from '../support/wire.js'
import { within } from '../support/wait.js'
import type { Carrier, ClientNode } from '../support/nodes.js'
import type { RawStream } from '../support/raw-stream.js'
import type { Connection, PeerId, PrivateKey } from '@libp2p/interface'

/** What the peers saw with their own eyes. */
export interface Tally {
  lives: number
  connections: number
  reservationsAccepted: number
  reservationsDenied: number
  circuitsAccepted: number
  circuitsDenied: number
  /** Through circuits, both ways together. */
  bytes: number
  /** Lives that broke off where they should not have: what the relay counted of their last step is not known. */
  broken: number
}

export function emptyTally (): Tally {
  return { lives: 0, connections: 0, reservationsAccepted: 0, reservationsDenied: 0, circuitsAccepted: 0, circuitsDenied: 0, bytes: 0, broken: 0 }
}

export interface World {
  random: () => number
  /** Its address on each carrier that takes part. */
  relay: Partial<Record<Carrier, string>>
  tally: Tally
  /** Keys of peers that may come back, none of them in use. */
  keys: PrivateKey[]
}

interface Peer {
  carrier: Carrier
  node: ClientNode
  key: PrivateKey
  connection: Connection
}

const MAX_KEYS = 20
const CHUNK = 16_384

/** Two peers meet through the relay and part again; either may have been here before. */
export async function live (world: World): Promise<void> {
  const { random, tally } = world
  const carriers = Object.keys(world.relay) as Carrier[]
  const carrier = carriers[below(random, carriers.length)] as Carrier
  const peers: Peer[] = []

  tally.lives++

  try {
    const target = await arrive(world, carrier, peers)
    const stops = await new StopTarget(echo).attach(target.node)

    await reserve(world, target)

    if (random() < 0.3) {
      await reserve(world, target)
    }

    const source = await arrive(world, carrier, peers)

    if (random() < 0.2) {
      await refusedConnect(world, source)
    }

    for (let circuits = 1 + below(random, 3); circuits > 0; circuits--) {
      const raw = await connect(world, source, target.node.peerId)

      await exchange(world, raw, below(random, 200_000))
      await part(world, raw)
    }

    stops.requests.length = 0
  } finally {
    for (const peer of peers) {
      await leave(world, peer)
    }
  }
}

/** Comes, reserves, opens a circuit, sends, and stays as it is: for a process that is about to be killed. */
export async function linger (world: World, carrier: Carrier): Promise<void> {
  const peers: Peer[] = []
  const target = await arrive(world, carrier, peers)

  world.tally.lives++
  await new StopTarget(echo).attach(target.node)
  await reserve(world, target)
  await exchange(world, await connect(world, await arrive(world, carrier, peers), target.node.peerId), 50_000)
}

async function arrive (world: World, carrier: Carrier, peers: Peer[]): Promise<Peer> {
  const { random, keys, tally, relay } = world
  const known = random() < 0.5 ? keys.splice(below(random, keys.length), 1)[0] : undefined
  const key = known ?? await generateKeyPair('Ed25519')
  const node = await createClientNode({ carrier, privateKey: key })

  try {
    const connection = await within(node.dial(multiaddr(relay[carrier] ?? '')), `a ${carrier} connection`, 30_000)
    const peer = { carrier, node, key, connection }

    tally.connections++
    peers.push(peer)

    return peer
  } catch (err) {
    await node.stop()
    throw err
  }
}

async function reserve ({ tally }: World, { connection }: Peer): Promise<void> {
  const raw = await openRaw(connection, HOP)

  raw.sendFrame(encodeHop({ type: HopType.RESERVE }))

  const { status } = await raw.hop()

  await raw.close()

  if (status === Status.OK) {
    tally.reservationsAccepted++
  } else {
    tally.reservationsDenied++
    throw new Error(`the reservation was answered ${statusName(status)}`)
  }
}

async function ask (peer: Peer, target: PeerId): Promise<{ raw: RawStream, status: number | undefined }> {
  const raw = await openRaw(peer.connection, HOP)

  raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.toMultihash().bytes } }))

  return { raw, status: (await raw.hop()).status }
}

async function connect ({ tally }: World, peer: Peer, target: PeerId): Promise<RawStream> {
  const { raw, status } = await ask(peer, target)

  if (status !== Status.OK) {
    tally.circuitsDenied++
    throw new Error(`the circuit was answered ${statusName(status)}`)
  }

  tally.circuitsAccepted++

  return raw
}

/** To a peer that has no reservation. */
async function refusedConnect ({ tally }: World, peer: Peer): Promise<void> {
  const { raw, status } = await ask(peer, peerIdFromPrivateKey(await generateKeyPair('Ed25519')))

  if (status !== Status.NO_RESERVATION) {
    throw new Error(`a circuit to nobody was answered ${statusName(status)}`)
  }

  tally.circuitsDenied++
  await raw.close()
}

/** Sends bytes, and waits until all of them have come back: nothing is on its way then. */
async function exchange ({ tally }: World, raw: RawStream, bytes: number): Promise<void> {
  const before = raw.received

  for (let sent = 0; sent < bytes; sent += CHUNK) {
    await raw.room()
    raw.send(new Uint8Array(Math.min(CHUNK, bytes - sent)))
    await turn()
  }

  await raw.bytes(bytes)
  tally.bytes += raw.received - before + bytes
}

async function part ({ random }: World, raw: RawStream): Promise<void> {
  if (random() < 0.5) {
    raw.reset()
    return
  }

  await raw.close()
  await raw.ended()
}

/**
 * In order, by cutting the connection, or with its whole node; and perhaps to come back. A WebSocket that the stock client cuts
 * stays open in its process (the code that it gives to `close()` is one that a WebSocket does not take): the relay sees a dead
 * peer, which it cuts after two minutes. A few of these are enough.
 */
async function leave ({ random, keys }: World, { carrier, node, key, connection }: Peer): Promise<void> {
  const way = below(random, 3)

  if (way === 0) {
    await connection.close()
  } else if (way === 1 && (carrier !== 'ws' || random() < 0.2)) {
    connection.abort(new Error('left'))
  }

  await node.stop()

  if (keys.length < MAX_KEYS) {
    keys.push(key)
  }
}
