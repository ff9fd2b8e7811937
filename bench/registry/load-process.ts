import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import { median, percentile } from '../support/figures.js'
import { HttpDoor, get, post } from './http-door.js'
import { StreamDoor, Template } from './stream-door.js'
import { REQUESTER_KEY, sealer, userIdOf } from './users.js'
import type { SealedEnvelope } from '../../src/registry/crypto/envelope.js'
import type { DoorName, LoadCommand, NodeReady, Operation, PairFigures, RunFigures } from './protocol.js'

// Callers that do as little as they can: all that a request needs is made before its time is taken.

const { addr, port } = JSON.parse(process.argv[2] ?? '') as NodeReady
const stream = await StreamDoor.open(addr)
const { keys } = await stream.ask({ envelopeKeys: {} })

if (keys == null) {
  throw new Error('the node gave no keys')
}

const seal = sealer(keys)
let users: Uint8Array[] = []
let registered = 0

/** Sends one request; the callback is for its answer. */
type Send = (n: number, onAnswer: () => void) => void

interface Door {
  failure: Promise<never>
  send: Send
  close: () => void
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function streamRequest (operation: Operation, userId: Uint8Array): Template {
  const id = new Uint8Array(userId)

  switch (operation) {
    case 'empty': return new Template({ envelopeKeys: {} })
    case 'check': return new Template({ checkUser: { userId: id } })
    case 'resolve': return new Template({ resolve: { userId: id, requesterPublicKey: new Uint8Array(REQUESTER_KEY) } })
    case 'register': return new Template({ register: { userId: id, envelope: wireOf(seal(userId)) } })
  }
}

function wireOf ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): { kid: Uint8Array<ArrayBuffer>, senderPublicKey: Uint8Array<ArrayBuffer>, nonce: Uint8Array<ArrayBuffer>, ciphertext: Uint8Array<ArrayBuffer> } {
  return { kid: new Uint8Array(kid), senderPublicKey: new Uint8Array(senderPublicKey), nonce: new Uint8Array(nonce), ciphertext: new Uint8Array(ciphertext) }
}

function httpRequest (operation: Operation, userId: Uint8Array): string {
  const handle = hex(userId)

  switch (operation) {
    case 'empty': return get('/health')
    case 'check': return get(`/check_user/${handle}`)
    case 'resolve': return post('/resolve', { handle, requester_ephemeral_pubkey_hex: hex(REQUESTER_KEY) })
    case 'register': {
      const { kid, senderPublicKey, nonce, ciphertext } = seal(userId)

      return post('/register', { handle, envelope: { kid: hex(kid), sender_pubkey: hex(senderPublicKey), nonce: hex(nonce), ciphertext: Buffer.from(ciphertext).toString('base64') } })
    }
  }
}

/** Requests for these users, one after the other. */
async function open (door: DoorName, operation: Operation, inFlight: number, ids: readonly Uint8Array[]): Promise<Door> {
  if (door === 'libp2p') {
    const requests = ids.map(id => streamRequest(operation, id))

    return { failure: stream.failure, send: (n, onAnswer) => { stream.send(requests[n % requests.length] as Template, onAnswer) }, close: () => {} }
  }

  const requests = ids.map(id => httpRequest(operation, id))
  const http = await HttpDoor.open(port, inFlight)

  return { failure: http.failure, send: (n, onAnswer) => { http.send(requests[n % requests.length] as string, onAnswer) }, close: () => { http.close() } }
}

function newUsers (count: number): Uint8Array[] {
  return Array.from({ length: count }, () => userIdOf(`user ${++registered}`))
}

async function all ({ send, failure }: Pick<Door, 'send' | 'failure'>, inFlight: number, requests: number): Promise<RunFigures> {
  const times: number[] = []
  const over = Promise.withResolvers<void>()
  const begun = performance.now()
  let sent = 0
  const next = (): void => {
    if (sent === requests) {
      if (times.length === requests) {
        over.resolve()
      }

      return
    }

    const at = performance.now()

    send(sent++, () => {
      times.push(performance.now() - at)
      next()
    })
  }

  for (let n = 0; n < inFlight; n++) {
    next()
  }

  await Promise.race([over.promise, failure])

  return { seconds: (performance.now() - begun) / 1000, p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

async function run (doorName: DoorName, operation: Operation, inFlight: number, requests: number): Promise<RunFigures> {
  const door = await open(doorName, operation, inFlight, operation === 'register' ? newUsers(requests) : users)

  try {
    return await all(door, inFlight, requests)
  } finally {
    door.close()
  }
}

/** One at a time, which of the two comes first by chance. */
async function pairs (doorName: DoorName, operation: 'check' | 'resolve', count: number): Promise<PairFigures> {
  const hits = await open(doorName, operation, 1, users)
  const misses = await open(doorName, operation, 1, Array.from({ length: count }, (_, n) => userIdOf(`nobody ${n}`)))
  const times = { hit: [] as number[], miss: [] as number[] }
  const one = async (kind: 'hit' | 'miss', n: number): Promise<void> => {
    const { send, failure } = kind === 'hit' ? hits : misses
    const at = performance.now()

    await Promise.race([new Promise<void>(resolve => { send(n, resolve) }), failure])
    times[kind].push(performance.now() - at)
  }

  // code that is compiled, and connections that are warm
  for (let n = -500; n < count; n++) {
    if (n === 0) {
      times.hit = []
      times.miss = []
    }

    const order: Array<'hit' | 'miss'> = Math.random() < 0.5 ? ['hit', 'miss'] : ['miss', 'hit']

    for (const kind of order) {
      await one(kind, Math.abs(n))
    }
  }

  hits.close()
  misses.close()

  return { hit: median(times.hit), miss: median(times.miss) }
}

answerCommands<LoadCommand>(async command => {
  switch (command.call) {
    case 'usage': return ownUsage(command.gc ?? false)
    case 'prepare': {
      const ids = newUsers(command.users)
      const requests = ids.map(id => streamRequest('register', id))

      await all({ failure: stream.failure, send: (n, onAnswer) => { stream.send(requests[n] as Template, onAnswer) } }, 64, ids.length)
      users = ids
      return
    }
    case 'run': return await run(command.door, command.operation, command.inFlight, command.requests)
    case 'pairs': return await pairs(command.door, command.operation, command.pairs)
    case 'stop': process.exit(0)
  }
})
announceReady(true)
