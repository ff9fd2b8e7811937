import net from 'node:net'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { acceptStop, openCircuit, reserveOver } from '../../bench/relay/hop-client.js'
import { openRaw } from '../support/raw-stream.js'
import { encodeHop, frame, HOP, HopType, Status, STOP, unknownField } from '../support/wire.js'
import { addrOf, sourceIp, swarm } from './attackers.js'
import { httpAttacks } from './http-attacks.js'
import { lasts, part, some } from './slices.js'
import type { Carrier } from '../support/nodes.js'
import type { RawStream } from '../support/raw-stream.js'
import type { Crew, Deeds, Scene } from './attackers.js'
import type { Connection, Stream } from '@libp2p/interface'

/** One slice: does its part and leaves nothing of its own behind. */
export type Attack = (scene: Scene, crew: Crew) => Promise<Deeds>

/** 2,000 streams over 70 connections that begin a HOP message and never end it. Half of the connections wait to be reset. */
const halfOpen: Attack = async (scene, crew) => {
  const connections = await crew.hireAndDial(some(scene, 70))
  const streams: RawStream[] = []
  const deeds = await swarm(some(scene, 2_000), 100, 500, async index => {
    // an index below the array's length
    const raw = await openRaw(connections[index % connections.length] as Connection, HOP)

    if (index % 2 === 0) {
      raw.send(Uint8Array.of(0x30))
    }

    streams.push(raw)
  })

  await lasts(scene)
  connections.slice(0, connections.length / 2).forEach(connection => { connection.abort(new Error('dropped')) })
  await Promise.all(streams.map(async raw => raw.ended()))

  return { ...deeds, reset: streams.filter(raw => raw.ending === 'reset').length }
}

/** 64 RESERVEs of 100 bytes at once, a byte a frame and a frame every 5 ms: 12,800 frames a second. */
const byteAtATime: Attack = async (scene, crew) => {
  const connections = await crew.hireAndDial(4)
  const message = frame(encodeHop({ type: HopType.RESERVE }, unknownField(100)))
  let answered = 0

  const deeds = await swarm(some(scene, 64), 64, Infinity, async index => {
    const raw = await openRaw(connections[index % connections.length] as Connection, HOP)

    for (const byte of message) {
      raw.send(Uint8Array.of(byte))
      await delay(5)
    }

    await raw.hop()
    answered++
    await raw.close()
  })

  await lasts(scene)

  return { ...deeds, answered }
}

/** 500 a second from eight addresses, each of which may 10. */
const reserveFlood: Attack = async (scene, crew) => {
  const connections = await crew.hireAndDial(8)
  let accepted = 0

  const deeds = await swarm(part(scene, 1_500), 32, 500, async index => {
    await reserveOver(connections[index % connections.length] as Connection)
    accepted++
  })

  await lasts(scene)

  return { ...deeds, accepted }
}

/** 500 a second from eight addresses, each of which may 50. */
const connectFlood: Attack = async (scene, crew) => {
  const target = await crew.hire()

  await target.handle(STOP, acceptStop, { maxInboundStreams: 10_000 })
  await reserveOver(await crew.dial(target))

  const connections = await crew.hireAndDial(8)
  let accepted = 0
  const deeds = await swarm(part(scene, 1_500), 32, 500, async index => {
    const stream = await openCircuit(connections[index % connections.length] as Connection, target.peerId.toString())

    accepted++
    stream.abort(new Error('enough'))
  })

  await lasts(scene)

  return { ...deeds, accepted }
}

/** CONNECTs to targets that take the STOP stream and say nothing: all wait for the relay's own deadline. */
const silentTarget: Attack = async (scene, crew) => {
  const pairs = await Promise.all(Array.from({ length: some(scene, 8) }, async () => {
    const target = await crew.hire()
    const source = await crew.hire()

    await target.handle(STOP, () => {}, { maxInboundStreams: 10_000 })
    await reserveOver(await crew.dial(target))

    return { target: target.peerId, connection: await crew.dial(source) }
  }))
  let failed = 0

  const deeds = await swarm(pairs.length * 16, pairs.length * 16, 500, async index => {
    const { target, connection } = pairs[index % pairs.length] as typeof pairs[number]
    const raw = await openRaw(connection, HOP)

    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.toMultihash().bytes } }))
    failed += (await raw.hop()).status === Status.CONNECTION_FAILED ? 1 : 0
    await raw.close()
  })

  await lasts(scene)

  return { ...deeds, answered_connection_failed: failed }
}

/** Eight circuits of one target that accepts and then reads nothing, and sources that send all that is taken. */
const neverReads = (carrier: Carrier): Attack => async (scene, crew) => {
  const target = await crew.hire(carrier)
  let taken = 0

  await target.handle(STOP, async stream => {
    await acceptStop(stream)
    stream.pause()
  }, { maxInboundStreams: 10_000 })
  await reserveOver(await crew.dial(target, carrier))

  const connection = await crew.dial(await crew.hire(carrier), carrier)
  const deeds = await swarm(some(scene, 8), 8, Infinity, async () => {
    taken += await flood(await openCircuit(connection, target.peerId.toString()), scene.untilMs)
  })

  await lasts(scene)

  return { ...deeds, mib_taken: Math.round(taken / 1024 / 1024) }
}

async function flood (stream: Stream, untilMs: number): Promise<number> {
  const chunk = new Uint8Array(65_536)
  let sent = 0

  while (Date.now() < untilMs && stream.status === 'open') {
    if (stream.writableNeedsDrain) {
      await delay(20)
    } else {
      stream.send(chunk)
      sent += chunk.byteLength
      await turn()
    }
  }

  return sent
}

/** Resolves when a count has stood still for two seconds. */
async function quiet (count: () => number): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count()
    await delay(2_000)
  }
}

const HELLO = '\x13/multistream/1.0.0\n'
/** What a socket says before it falls silent, and where. */
const OPENINGS: ReadonlyArray<{ carrier: Carrier, says: string }> = [
  { carrier: 'tcp-tls', says: '' },
  { carrier: 'tcp-tls', says: `${HELLO}\x0b/tls/1.0.0\n` },
  { carrier: 'tcp-tls', says: `${HELLO}\x07/noise\n` },
  { carrier: 'tcp-tls', says: `${HELLO}\x0b/tls/1.0.0\n\x16\x03\x01\x02\x00\x01` },
  { carrier: 'ws', says: '' },
  { carrier: 'ws', says: 'GET / HTTP/1.1\r\nHost: a\r\n' },
  { carrier: 'ws', says: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n' }
]

/** 10,000 sockets in all that open, begin a handshake or not, and are dropped, 400 of them open at once. */
const openAndDrop: Attack = async (scene, crew) => {
  const deeds = await swarm(part(scene, 10_000), 400, 1_000, async index => {
    const { carrier, says } = OPENINGS[index % OPENINGS.length] as typeof OPENINGS[number]
    const [, host, port] = /\/ip4\/([\d.]+)\/tcp\/(\d+)/.exec(addrOf(scene, carrier)) ?? []
    const socket = net.connect({ host, port: Number(port), localAddress: sourceIp(250 + index % 1_000) })

    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
      socket.write(says)
      await delay(20)
    } finally {
      socket.on('error', () => {})

      if (index % 2 === 0) {
        socket.resetAndDestroy()
      } else {
        socket.destroy()
      }
    }
  })

  await lasts(scene)

  return deeds
}

/** A million bytes in all, each in a write of its own, 100 of them every millisecond. */
const tinyWrites: Attack = async (scene, crew) => {
  const target = await crew.hire()
  let received = 0

  await target.handle(STOP, async stream => {
    await acceptStop(stream)
    stream.addEventListener('message', ({ data }) => { received += data.byteLength })
  })
  await reserveOver(await crew.dial(target))

  const stream = await openCircuit(await crew.dial(await crew.hire()), target.peerId.toString())
  const total = part(scene, 1_000_000)
  const byte = new Uint8Array(1)

  for (let sent = 0; sent < total && stream.status === 'open'; sent++) {
    if (stream.writableNeedsDrain) {
      await new Promise<void>(resolve => { stream.addEventListener('drain', () => { resolve() }, { once: true }) })
    } else if (sent % 100 === 0) {
      await delay(1)
    }

    stream.send(byte)
  }

  await quiet(() => received)

  await lasts(scene)

  return { done: total, failed: total - received }
}

const unknownProtocols: Attack = async (scene, crew) => {
  const connections = await crew.hireAndDial(10)
  const deeds = await swarm(part(scene, 20_000), 100, 500, async index => {
    await (connections[index % connections.length] as Connection).newStream(`/unknown/${index}`, { signal: AbortSignal.timeout(30_000) })
  })

  await lasts(scene)

  return deeds
}

export const attacks = {
  halfOpen,
  byteAtATime,
  reserveFlood,
  connectFlood,
  silentTarget,
  openAndDrop,
  tinyWrites,
  unknownProtocols,
  'neverReads tcp-tls': neverReads('tcp-tls'),
  'neverReads tcp-noise': neverReads('tcp-noise'),
  'neverReads ws': neverReads('ws'),
  'neverReads quic': neverReads('quic'),
  'neverReads webrtc-direct': neverReads('webrtc-direct'),
  ...httpAttacks
} satisfies Record<string, Attack>

export type AttackName = keyof typeof attacks
