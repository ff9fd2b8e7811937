import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { FLAT_BYTES, held } from '../../support/held.js'
import { within } from '../../support/wait.js'
import { call } from '../rig.js'
import { RegistryRig } from './rig.js'
import type { RegistryDoor } from './rig.js'
import type { Socket } from 'node:net'

const CONNECTIONS = 8
/** Requests on their way of one connection. */
const AT_ONCE = 100
const STATUS = /HTTP\/1\.1 (\d{3}) /g

/** One connection on which requests go out many at a time. Of the answers only the statuses are kept. */
class Pipe {
  readonly #socket: Socket
  readonly #counts: Map<string, number>
  #rest = ''
  #left = 0
  #onAnswered = (): void => {}

  constructor (port: number, counts: Map<string, number>) {
    this.#counts = counts
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => { this.#read(text) })
  }

  /** Resolves when all of them are answered. */
  async send (requests: readonly string[]): Promise<void> {
    const answered = new Promise<void>(resolve => { this.#onAnswered = resolve })

    this.#left = requests.length
    this.#socket.write(requests.join(''), 'latin1')
    await within(answered, 'answers to what was sent', 120_000)
  }

  end (): void {
    this.#socket.destroy()
  }

  #read (text: string): void {
    const all = this.#rest + text
    let end = 0

    for (const match of all.matchAll(STATUS)) {
      const [whole, status = ''] = match

      end = match.index + whole.length
      this.#left--
      this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1)
    }

    // a status line may be in two pieces
    this.#rest = all.slice(Math.max(end, all.length - 12))

    if (this.#left === 0) {
      this.#onAnswered()
    }
  }
}

/** @returns how many answers had which status */
async function flood ({ port }: RegistryDoor, count: number, request: () => string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()

  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    const pipe = new Pipe(port, counts)

    for (let sent = 0; sent < count / CONNECTIONS; sent += AT_ONCE) {
      await pipe.send(Array.from({ length: AT_ONCE }, request))
    }

    pipe.end()
  }))

  return counts
}

describe('http: floods of the registry\'s calls', function () {
  this.timeout(600_000)

  const rig = new RegistryRig()

  it('leave nothing of 100,000 envelopes that cannot be opened', async () => {
    const door = await rig.door()
    const kid = Buffer.from(door.registry.keys().keys[0]?.kid ?? '').toString('hex')
    const request = (): string => {
      const bytes = randomBytes(32 + 32 + 24 + 64)
      const body = JSON.stringify({
        handle: bytes.toString('hex', 0, 32),
        envelope: { kid, sender_pubkey: bytes.toString('hex', 32, 64), nonce: bytes.toString('hex', 64, 88), ciphertext: bytes.toString('base64', 88) }
      })

      return `POST /register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    }

    await flood(door, 8_000, request)

    const before = held()

    assert.deepEqual([...await flood(door, 100_000, request)], [['400', 100_000]])
    assert.ok(held() - before < FLAT_BYTES, `${held() - before} bytes more`)
    assert.deepEqual(door.registry.totals(), { identities: 0, presences: 0, nodes: 0 })
    assert.equal(door.inflight.used, 0)
  })

  it('leave nothing of 100,000 challenges that nobody solves', async () => {
    const door = await rig.door({ rules: { powEnabled: true } })
    const request = (): string => 'GET /pow/challenge HTTP/1.1\r\nhost: x\r\n\r\n'

    await flood(door, 8_000, request)

    const before = held()

    assert.deepEqual([...await flood(door, 100_000, request)], [['200', 100_000]])
    assert.ok(held() - before < FLAT_BYTES, `${held() - before} bytes more`)
    assert.equal((await call(`${door.url}/nodes`)).status, 200)
  })
})
