import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { ControlError, NotRunningError, callNode } from '../../../src/control/index.js'
import { Home } from '../../cli/command.js'
import { Clients } from './clients.js'
import { checkContents, copyOf } from './contents.js'
import { Ledger } from './ledger.js'
import { PRESENCE_TTL_MS, RegistryBook } from './registry-book.js'
import type { KeysView } from '../../../src/node/registry-keys.js'
import type { Running } from '../../cli/command.js'

/** One-second GC over short-lived messages, and keys that are remembered for longer than a retry takes on a machine that is busy. */
const CONFIG = `
[rate_limit]
enabled = false
[mailbox]
gc_interval_seconds = 1
dedupe_seconds = 600
[registry.presence]
ttl_seconds = ${PRESENCE_TTL_MS / 1000}
gc_interval_seconds = 1
[logging]
log_format = "json"
`

/** A node keeps 64 keys: in a thousand rounds, fewer are made. */
const ROUNDS_A_KEY = 17

export interface NodeCrashFigures {
  kills: number
  /** Of these, before the node was ready. */
  duringStart: number
  /** Of these, while it shut down. */
  duringStop: number
  /** How often the store was left open. */
  unclean: number
  ledger: Ledger
  book: RegistryBook
}

/**
 * Kills `relay-server` at random moments under 32 writers on libp2p and readers that ack, and 8 writers to the registry, starts it again, and
 * looks at what it left: from outside, row by row, and by the answers to what is sent again.
 */
export async function nodeCrashRounds (rounds: number, say: (line: string) => void): Promise<NodeCrashFigures> {
  const ledger = new Ledger()
  const book = new RegistryBook()
  const figures: NodeCrashFigures = { kills: 0, duringStart: 0, duringStop: 0, unclean: 0, ledger, book }
  const home = await Home.make()
  const folder = join(home.path, '.meshnet', 'data')
  const clients = await Clients.create(ledger, book)

  try {
    const config = await home.config('drain_secs = 0', CONFIG)
    let checked: Promise<void> = Promise.resolve()

    for (let round = 1; round <= rounds; round++) {
      const node = home.start(['-c', config])

      if (round % 8 === 0) {
        await Promise.all([checked, killedAtStart(node)])
        figures.duringStart++
      } else {
        const [{ addrs }] = await Promise.all([node.event('ready'), checked])
        const { ended } = await clients.start(tcpOf(addrs))

        const rotated = round % ROUNDS_A_KEY === 1 ? rotate(folder, book) : undefined

        await delay(30 + Math.random() * 450)

        if (round % 8 === 4) {
          node.proc.kill('SIGTERM')
          await delay(Math.random() * 50)
          figures.duringStop++
        }

        await killed(node)
        await Promise.all([ended, rotated])
      }

      figures.kills++
      ledger.throwFailures()
      const copy = await copyOf(folder)
      const nodeKey = privateKeyFromProtobuf(await readFile(join(home.path, '.meshnet', 'relay_keypair.bin')))

      checked = checkContents(copy, { ledger, book, nodeKey }).then(unclean => { figures.unclean += unclean ? 1 : 0 })
      // looked at when the next node is up
      checked.catch(() => {})
      say(`round ${round}: ${ledger.pushed} pushes and ${ledger.acked} acks answered so far, ${ledger.size} messages known; ${book.calls} calls of the registry`)
    }

    await checked
  } finally {
    await clients.stop()
    await home.remove()
  }

  return figures
}

/** While all write: it is done, and told, or the node goes away. */
async function rotate (folder: string, book: RegistryBook): Promise<void> {
  try {
    book.onRotated(await callNode(folder, 'keys.rotate') as KeysView)
  } catch (err) {
    assert.ok(err instanceof ControlError || err instanceof NotRunningError || (err instanceof Error && 'code' in err && err.code === 'ECONNRESET'), String(err))
  }
}

/** Somewhere between its first instruction and `ready`. */
async function killedAtStart (node: Running): Promise<void> {
  await Promise.race([delay(200 + Math.random() * 1000), node.event('ready')])
  await killed(node)
}

async function killed (node: Running): Promise<void> {
  node.proc.kill('SIGKILL')
  const { stderr } = await node.exit

  assert.equal(stderr, '')
}

function tcpOf (addrs: unknown): string {
  const addr = (addrs as string[]).find(text => /\/tcp\/\d+\/p2p\//.test(text))

  assert.ok(addr != null)

  return addr
}
