import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { levelStore } from '../../../src/storage/index.js'
import { findings } from '../folder.js'
import { RegistryLedger } from './registry-ledger.js'
import type { Store } from '../../../src/storage/index.js'

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url))
const MAILBOXES = ['m0', 'm1', 'm2', 'm3', 'm4']

export interface CrashFigures {
  rounds: number
  /** Pushes that were answered. */
  pushed: number
  acked: number
  /** Items that were stored without anybody having heard of it. */
  unanswered: number
  /** Calls of the registry that were answered. */
  registry: number
  registryUnanswered: number
}

/** What the writers heard, over all rounds. */
class Answers {
  readonly registry = new RegistryLedger()
  /** seq by mailbox and number. */
  readonly pushed = new Map<string, number>()
  /** An ack was sent: they may be there or not. */
  readonly acking = new Set<string>()
  readonly acked = new Set<string>()

  take (line: string): void {
    const [word, mailbox, n, seq] = line.split(' ')
    const key = `${mailbox} ${n}`

    if (word === 'pushed') {
      this.pushed.set(key, Number(seq))
    } else if (word === 'acking') {
      this.acking.add(key)
    } else if (word === 'acked') {
      this.acked.add(key)
    } else {
      this.registry.take(line)
    }
  }
}

/** Kills a process with writers at random moments, and looks at what it left. */
export async function crashRounds (folder: string, rounds: number, say: (line: string) => void = () => {}): Promise<CrashFigures> {
  const answers = new Answers()
  let pushed = 0
  let unanswered = 0

  for (let round = 0; round < rounds; round++) {
    await killed(folder, round * 1_000_000, 20 + Math.random() * 400, answers)
    pushed = answers.pushed.size
    const store = await levelStore(folder)

    try {
      unanswered += await compare(store, answers)
      await answers.registry.compare(store)
      assert.deepEqual(await findings(store), [])
    } finally {
      await store.close()
    }

    say(`round ${round + 1}: ${pushed} pushes and ${answers.acked.size} acks answered, ${unanswered} stored without an answer; ${answers.registry.answered} calls of the registry answered, ${answers.registry.unanswered} done without an answer`)
  }

  return { rounds, pushed: answers.pushed.size - unanswered, acked: answers.acked.size, unanswered, registry: answers.registry.answered, registryUnanswered: answers.registry.unanswered }
}

async function killed (folder: string, first: number, afterMs: number, answers: Answers): Promise<void> {
  const child = spawn(process.execPath, [WRITER, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<NodeJS.Signals | null>(resolve => { child.once('exit', (_, signal) => { resolve(signal) }) })
  let kill: Promise<void> | undefined

  for await (const line of createInterface(child.stdout)) {
    answers.take(line)

    kill ??= delay(afterMs).then(() => { child.kill('SIGKILL') })
  }

  await kill
  assert.equal(await ended, 'SIGKILL', 'the writers ended by themselves')
}

/** Gives the number of items that nobody had heard of; they count as pushed from now on. */
async function compare (store: Store, answers: Answers): Promise<number> {
  const present = new Map<string, number>()
  let bytes = 0
  let unanswered = 0

  for (const mailbox of MAILBOXES) {
    let cursor = 0
    let last = 0

    for (let more = true; more;) {
      const page = await store.mailbox.pull(mailbox, { cursor, maxItems: 1000, maxBytes: 16_000_000, now: Date.now() })

      for (const { seq, messageId, body } of page.items) {
        const n = new DataView(messageId.buffer, messageId.byteOffset).getUint32(12)
        const key = `${mailbox} ${n}`

        assert.ok(seq > last, `${key} is out of order`)
        assert.ok(!present.has(key), `${key} is there twice`)
        assert.ok(body.every(byte => byte === (n & 0xff)), `the body of ${key} is another`)
        present.set(key, seq)
        bytes += body.byteLength
        last = seq
      }

      cursor = page.nextCursor
      more = page.more
    }
  }

  for (const [key, seq] of answers.pushed) {
    if (answers.acked.has(key)) {
      assert.ok(!present.has(key), `${key} was acked and is there`)
    } else if (!answers.acking.has(key)) {
      assert.equal(present.get(key), seq, `${key} was answered and is not there`)
    }
  }

  for (const [key, seq] of present) {
    if (!answers.pushed.has(key)) {
      answers.pushed.set(key, seq)
      unanswered++
    }
  }

  assert.deepEqual(store.mailbox.totals(), { items: present.size, bytes })

  return unanswered
}
