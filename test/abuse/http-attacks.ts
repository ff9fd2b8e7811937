import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { sourceIp, swarm } from './attackers.js'
import { lasts, part, some } from './slices.js'
import type { Socket } from 'node:net'
import type { Deeds, Scene } from './attackers.js'
import type { Attack } from './attacks.js'

/** Those of the callers that mean well come before. */
const FIRST_IP = 1_000
const PUSH = 'POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
const HEALTH = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'

interface Line {
  readonly socket: Socket
  /** All that came, up to 64 KiB. */
  text: () => string
  readonly closed: Promise<void>
}

/** From one of so many addresses. */
async function open (scene: Scene, index: number, addresses = 200): Promise<Line> {
  const { hostname, port } = new URL(scene.addrs.find(addr => addr.startsWith('http')) ?? '')
  const socket = connect({ host: hostname, port: Number(port), localAddress: sourceIp(FIRST_IP + index % addresses) })
  let text = ''

  socket.on('data', (data: Buffer) => { text = (text + data.toString('latin1')).slice(0, 65_536) })

  const closed = new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
    socket.on('error', () => {})
  })

  return { socket, text: () => text, closed }
}

/** Sends it and reads until the other end closes, or it is enough. @returns the status, or 0 */
async function send ({ socket, text, closed }: Line, bytes: string | Uint8Array, patienceMs = 5_000): Promise<number> {
  socket.write(bytes)
  await Promise.race([closed, new Promise<void>(resolve => { socket.once('data', () => { resolve() }) }), delay(patienceMs)])

  return Number(/^HTTP\/1\.1 (\d+)/.exec(text())?.[1] ?? 0)
}

/** So many connections at a time, each of which sends a beginning and then a byte now and again; who is cut comes back. */
const slow = (beginning: string, byte: string): Attack => async scene => {
  const count = some(scene, 1_000)
  let cut = 0

  await Promise.all(Array.from({ length: count }, async (_, index) => {
    // not all at once
    await delay(index)

    do {
      const line = await open(scene, index).catch(() => undefined)

      line?.socket.write(beginning)

      const dripping = setInterval(() => { line?.socket.write(byte) }, 250)

      await Promise.race([line?.closed, delay(Math.max(0, scene.untilMs - Date.now()))])
      clearInterval(dripping)
      cut += line?.socket.closed === true ? 1 : 0
      line?.socket.destroy()
      await delay(100)
    } while (Date.now() < scene.untilMs)
  }))

  return { done: count, cut }
}

/** 10,200 connections that are kept: more than the door takes. */
const connections: Attack = async scene => {
  const lines: Line[] = []
  const deeds = await swarm(some(scene, 10_200), 200, 3_000, async index => {
    const line = await open(scene, index)

    if (await send(line, HEALTH) !== 200) {
      throw new Error('refused')
    }

    lines.push(line)
  })

  await lasts(scene)

  const held = lines.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length

  lines.forEach(({ socket }) => { socket.destroy() })

  return { ...deeds, held }
}

/** So many requests over a round, each on a connection of its own. */
const each = (whole: number, perSecond: number, bytesOf: (index: number) => string | Uint8Array, addresses = 200): Attack => async scene => {
  const statuses: Deeds = {}
  const deeds = await swarm(part(scene, whole), 64, perSecond, async index => {
    const line = await open(scene, index, addresses)

    try {
      const status = await send(line, bytesOf(index))

      statuses[`status_${status}`] = (statuses[`status_${status}`] ?? 0) + 1
    } finally {
      line.socket.destroy()
    }
  })

  await lasts(scene)

  return { ...deeds, ...statuses }
}

function post (body: Uint8Array, more = ''): Uint8Array {
  return Buffer.concat([Buffer.from(`${PUSH}${more}content-length: ${body.byteLength}\r\n\r\n`), body])
}

const BOMB = post(gzipSync(Buffer.alloc(200_000_000, ' ')), 'content-encoding: gzip\r\n')
const LONG_HEAD = `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`
const MANY_HEADERS = `GET /health HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(2_700)}\r\n`
const GARBAGE = [HEALTH + 'GET\0\0 / \x01\r\n\r\n', HEALTH.repeat(50) + '\x16\x03\x01', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `${PUSH}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, '\xff'.repeat(4_000)]
const DOCUMENTS = [
  Buffer.from('['.repeat(2_000_000)),
  Buffer.from(`{"recipient":${'{"a":'.repeat(120)}1${'}'.repeat(120)}}`),
  Buffer.from(`{${'"recipient":"a",'.repeat(100_000)}"x":1}`),
  Buffer.from(`[${'0,'.repeat(1_000_000)}0]`),
  Buffer.from(`{"recipient":"${'\\u0041'.repeat(300_000)}"}`)
].map(document => post(document))
/** Of TLS: a ClientHello that does not come to its end. */
const HALF_HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'

export const httpAttacks = {
  'http slow heads': slow('POST /pu', 's'),
  'http slow bodies': slow(`${PUSH}content-length: 100000\r\n\r\n{"recipient"`, ' '),
  'http half-open TLS': slow(HALF_HELLO, '\x00'),
  'http connections': connections,
  'http heads': each(6_000, 1_000, index => index % 2 === 0 ? LONG_HEAD : MANY_HEADERS),
  'http garbage': each(6_000, 1_000, index => GARBAGE[index % GARBAGE.length] ?? ''),
  'http bombs': each(400, 100, () => BOMB, 40),
  'http documents': each(200, 25, index => DOCUMENTS[index % DOCUMENTS.length] ?? '', 40)
} satisfies Record<string, Attack>
