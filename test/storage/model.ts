import assert from 'node:assert/strict'
import fc from 'fast-check'
import { T0, itemOf, keyOf } from '../../src/storage/conformance.js'
import type { AckResult, MailboxStats, NewItem, Page, PushOptions, PushResult, Store, Terms } from '../../src/storage/index.js'

// A model that is as plain as can be: a list of items in the order of arrival, a list of remembered keys, and a list of counters.

interface ModelItem { mailbox: string, n: number, chunk: number, content: string, size: number, seq: number, deadlineMs: number }
interface ModelKey { mailbox: string, n: number, chunk: number, content: string, untilMs: number }
interface ModelCounter { mailbox: string, nextSeq: number, dropAtMs: number }

export class Model {
  now = T0
  floor = 0
  seqFloor = 0
  items: ModelItem[] = []
  keys: ModelKey[] = []
  counters: ModelCounter[] = []

  tick (): number {
    this.floor = Math.max(this.floor, this.now)

    return this.floor
  }

  of (mailbox: string): ModelItem[] {
    return this.items.filter(item => item.mailbox === mailbox)
  }

  size (mailbox: string): number {
    return this.of(mailbox).reduce((sum, { size }) => sum + size, 0)
  }

  push (mailbox: string, n: number, chunk: number, content: string, size: number, options: PushOptions): PushResult {
    const now = this.tick()
    const same = (key: { mailbox: string, n: number, chunk: number }): boolean => key.mailbox === mailbox && key.n === n && key.chunk === chunk
    const item = this.items.find(same)
    const key = this.keys.find(same)
    const untilMs = item != null ? item.deadlineMs + options.dedupeMs : key?.untilMs ?? 0
    const queued = item != null && item.deadlineMs > now
    const counts = (): { queueLen: number, queueBytes: number } => ({ queueLen: this.of(mailbox).length, queueBytes: this.size(mailbox) })

    if (queued || untilMs > now) {
      return { outcome: 'duplicate', differs: (item ?? key)?.content !== content, seq: queued ? item.seq : 0, deadlineMs: queued ? item.deadlineMs : 0, ...counts() }
    }

    if (this.of(mailbox).length + (item == null ? 1 : 0) > options.maxItems || this.size(mailbox) - (item?.size ?? 0) + size > options.maxBytes) {
      return { outcome: 'quota_exceeded', differs: false, seq: 0, deadlineMs: 0, ...counts() }
    }

    this.items = this.items.filter(other => other !== item)
    this.keys = this.keys.filter(other => other !== key)
    let counter = this.counters.find(other => other.mailbox === mailbox)

    if (counter == null) {
      counter = { mailbox, nextSeq: this.seqFloor + 1, dropAtMs: 0 }
      this.counters.push(counter)
    }

    const stored = { mailbox, n, chunk, content, size, seq: counter.nextSeq++, deadlineMs: now + options.ttlMs }

    counter.dropAtMs = 0
    this.items.push(stored)

    return { outcome: 'stored', differs: false, seq: stored.seq, deadlineMs: stored.deadlineMs, ...counts() }
  }

  remove (item: ModelItem, now: number, { dedupeMs, counterMs }: Terms): void {
    this.items = this.items.filter(other => other !== item)
    this.keys.push({ ...item, untilMs: Math.min(now, item.deadlineMs) + dedupeMs })
    const counter = this.counters.find(({ mailbox }) => mailbox === item.mailbox)

    if (counter != null && this.of(item.mailbox).length === 0) {
      counter.dropAtMs = now + counterMs
    }
  }

  ack (mailbox: string, chosen: (item: ModelItem) => boolean, named: number, terms: Terms): AckResult {
    const now = this.tick()
    const acked = this.of(mailbox).filter(chosen)

    for (const item of acked) {
      this.remove(item, now, terms)
    }

    return { deleted: acked.length, missing: named - acked.length, remaining: this.of(mailbox).length }
  }

  pull (mailbox: string, cursor: number, maxItems: number, maxBytes: number): Omit<Page, 'items'> & { seqs: number[] } {
    const now = this.tick()
    const alive = this.of(mailbox).filter(({ seq, deadlineMs }) => seq > cursor && deadlineMs > now)
    let bytes = 0
    let taken = 0

    while (taken < Math.min(maxItems, alive.length) && (taken === 0 || bytes + (alive[taken]?.size ?? 0) <= maxBytes)) {
      bytes += alive[taken++]?.size ?? 0
    }

    return { seqs: alive.slice(0, taken).map(({ seq }) => seq), nextCursor: alive[taken - 1]?.seq ?? cursor, more: alive.length > taken, remainingEstimate: this.of(mailbox).length - taken }
  }

  stat (mailbox: string): Pick<MailboxStats, 'queueLen' | 'queueBytes' | 'nextSeq'> {
    return { queueLen: this.of(mailbox).length, queueBytes: this.size(mailbox), nextSeq: this.counters.find(other => other.mailbox === mailbox)?.nextSeq ?? this.seqFloor + 1 }
  }

  expire (terms: Terms & { setBack: boolean }): number {
    const now = this.tick()
    const over = this.items.filter(({ deadlineMs }) => deadlineMs <= now)

    for (const item of over) {
      this.remove(item, now, terms)
    }

    this.keys = this.keys.filter(({ untilMs }) => untilMs > now)

    for (const counter of this.counters.filter(({ dropAtMs }) => dropAtMs !== 0 && dropAtMs <= now)) {
      this.counters = this.counters.filter(other => other !== counter)
      this.seqFloor = Math.max(this.seqFloor, counter.nextSeq - 1)
    }

    if (terms.setBack) {
      this.floor = this.now
    }

    return over.length
  }
}

export interface Real {
  store: Store
  /** Closes it and opens it again; undefined where that would forget everything. */
  restart?: () => Promise<Store>
  terms: Omit<Terms, 'now'>
}

type Command = fc.AsyncCommand<Model, Real>

const MAILBOXES = ['a', 'a:', 'b'] as const
const mailboxes = fc.constantFrom(...MAILBOXES)

function itemFor (n: number, chunk: number, content: string, size: number): NewItem {
  return itemOf(n, Buffer.alloc(size, content), { chunkIndex: chunk, chunkCount: 9 })
}

function command (text: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => text }
}

/** Few keys, mailboxes and times, so that they meet. */
export function commands (maxSize: number): Array<fc.Arbitrary<Command>> {
  const n = fc.integer({ min: 0, max: 5 })
  const chunk = fc.integer({ min: 0, max: 1 })
  const size = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 40 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: maxSize }) })

  return [
    fc.record({ mailbox: mailboxes, n, chunk, content: fc.constantFrom('x', 'y'), size, ttlMs: fc.integer({ min: 1, max: 50 }), maxItems: fc.integer({ min: 1, max: 8 }), maxBytes: fc.constantFrom(60, 1_000_000) })
      .map(push => command(`push ${JSON.stringify(push)}`, async (model, { store, terms }) => {
        const options = { ...terms, ...push, now: model.now }
        const actual = await store.mailbox.push(push.mailbox, itemFor(push.n, push.chunk, push.content, push.size), options)

        assert.deepEqual(actual, model.push(push.mailbox, push.n, push.chunk, push.content + push.size, push.size, options))
      })),
    fc.record({ mailbox: mailboxes, cursor: fc.integer({ min: 0, max: 12 }), maxItems: fc.integer({ min: 1, max: 6 }), maxBytes: fc.integer({ min: 1, max: 120 }) })
      .map(pull => command(`pull ${JSON.stringify(pull)}`, async (model, { store }) => {
        const { items, ...rest } = await store.mailbox.pull(pull.mailbox, { ...pull, now: model.now })

        assert.deepEqual({ seqs: items.map(({ seq }) => seq), ...rest }, model.pull(pull.mailbox, pull.cursor, pull.maxItems, pull.maxBytes))
        assert.deepEqual(items.map(({ seq, body }) => [seq, body.byteLength]), items.map(({ seq }) => [seq, model.of(pull.mailbox).find(item => item.seq === seq)?.size]))
      })),
    fc.record({ mailbox: mailboxes, keys: fc.array(fc.record({ n, chunk }), { maxLength: 5 }) })
      .map(({ mailbox, keys }) => command(`ack ${mailbox} ${JSON.stringify(keys)}`, async (model, { store, terms }) => {
        const all = { ...terms, now: model.now }
        const distinct = new Set(keys.map(key => `${key.n}/${key.chunk}`))
        const actual = await store.mailbox.ack(mailbox, { keys: keys.map(key => keyOf(key.n, key.chunk)) }, all)

        assert.deepEqual(actual, model.ack(mailbox, item => distinct.has(`${item.n}/${item.chunk}`), distinct.size, all))
      })),
    fc.record({ mailbox: mailboxes, upToSeq: fc.integer({ min: 0, max: 14 }) })
      .map(({ mailbox, upToSeq }) => command(`ack ${mailbox} up to ${upToSeq}`, async (model, { store, terms }) => {
        const all = { ...terms, now: model.now }

        assert.deepEqual(await store.mailbox.ack(mailbox, { upToSeq }, all), { ...model.ack(mailbox, item => item.seq <= upToSeq, 0, all), missing: 0 })
      })),
    fc.integer({ min: -30, max: 60 }).map(step => command(`clock ${step}`, async model => { model.now += step })),
    fc.boolean().map(setBack => command(`expire${setBack ? ', the clock is right' : ''}`, async (model, { store, terms }) => {
      const all = { ...terms, now: model.now, setBack }
      let removed = 0
      let more = true

      while (more) {
        const slice = await store.mailbox.expire(all)
        removed += slice.removed
        more = slice.more
      }

      assert.equal(removed, model.expire(all))
    })),
    fc.constant(command('restart', async (_, real) => { real.store = await real.restart?.() ?? real.store }))
  ]
}

/** What must hold after any run: contents, counters, totals and every row. */
export async function assertSame (model: Model, store: Store): Promise<void> {
  for (const mailbox of MAILBOXES) {
    const { queueLen, queueBytes, nextSeq } = await store.mailbox.stat(mailbox)
    const { items } = await store.mailbox.pull(mailbox, { cursor: 0, maxItems: 1000, maxBytes: 1e9, now: model.now })
    const expected = model.pull(mailbox, 0, 1000, 1e9)

    assert.deepEqual({ queueLen, queueBytes, nextSeq }, model.stat(mailbox))
    assert.deepEqual(items.map(({ seq }) => seq), expected.seqs)
  }

  assert.deepEqual(store.mailbox.totals(), { items: model.items.length, bytes: model.items.reduce((sum, { size }) => sum + size, 0) })

  for await (const finding of store.verify()) {
    assert.fail(finding.message)
  }
}

export interface ModelRunInit {
  runs: number
  maxSize: number
  open: () => Promise<{ store: Store, restart?: () => Promise<Store>, dispose: () => Promise<void> }>
}

export async function runModel ({ runs, maxSize, open }: ModelRunInit): Promise<void> {
  const terms = fc.record({ dedupeMs: fc.constantFrom(0, 20, 80), counterMs: fc.constantFrom(1, 40, 120) })

  await fc.assert(fc.asyncProperty(terms, fc.commands(commands(maxSize), { maxCommands: 40 }), async (chosen, run) => {
    const { store, restart, dispose } = await open()
    const model = new Model()
    const real: Real = { store, restart, terms: chosen }

    try {
      await fc.asyncModelRun(() => ({ model, real }), run)
      await assertSame(model, real.store)
    } finally {
      await real.store.close()
      await dispose()
    }
  }), { numRuns: runs })
}
