import { checkAnnounce, checkIndex, checkNode, checkNodeId, checkNow, checkReplace, standing } from '../registry-content.js'
import { AREA } from './keys.js'
import { GatheredGets } from './gathered-gets.js'
import { DEFAULT_BUDGET_MS } from './mailbox.js'
import { asBuffer } from './reader.js'
import { reading } from './reading.js'
import { OVER, overFrom, placeKey, readOver, readPlace } from './registry-keys.js'
import { readIdentity, readNode, readPresence } from './registry-rows.js'
import { AnnounceStep, CollectOverStep, ForgetPresenceStep, PutNodeStep, RemoveNodeStep, ReplaceStep } from './registry-steps.js'
import { Slices } from './slices.js'
import type { Db } from './db.js'
import type { Place } from './registry-keys.js'
import type { RegistryState } from './registry-rows.js'
import type { StateRow } from './rows.js'
import type { Writer } from './writer.js'
import type { AnnounceOptions, AnnounceResult, IdentityRow, NodeRow, PresenceRow, RegistryExpireOptions, RegistryStore, RegistryTotals, ReplaceOptions } from '../registry-types.js'
import type { ExpireResult } from '../types.js'

/** As in `LevelMailboxComponents`. */
export interface LevelRegistryComponents {
  writer: Writer
  readonly db: Db
  readonly state: StateRow
  readonly registryState: RegistryState
  readonly durableClockMs: number
  during<T> (call: () => Promise<T>): Promise<T>
  checkOpen (): void
  /** Nothing that is over is left. */
  drained (): void
}

export class LevelRegistryStore implements RegistryStore {
  readonly #store: LevelRegistryComponents
  readonly #gets: GatheredGets
  readonly #slices = new Slices()

  constructor (store: LevelRegistryComponents) {
    this.#store = store
    this.#gets = new GatheredGets(() => store.db)
  }

  async identity (index: Uint8Array, now: number): Promise<IdentityRow | undefined> {
    checkIndex(index, now)

    return standing(readIdentity(await this.#read({ kind: OVER.identity, name: index })), this.#at(now))
  }

  async replaceIdentity (index: Uint8Array, expected: Uint8Array | undefined, next: IdentityRow | undefined, options: ReplaceOptions): Promise<boolean> {
    checkReplace(index, next, options.now)

    return await this.#step(new ReplaceStep(index, expected, next, options))
  }

  async announce (index: Uint8Array, entry: PresenceRow, options: AnnounceOptions): Promise<AnnounceResult> {
    checkAnnounce(index, entry, options)

    return await this.#step(new AnnounceStep(index, entry, options))
  }

  async presence (index: Uint8Array, now: number): Promise<PresenceRow[]> {
    checkIndex(index, now)
    const entries = readPresence(await this.#read({ kind: OVER.presence, name: index })) ?? []

    return entries.filter(({ expiresMs }) => expiresMs > this.#at(now))
  }

  async forgetPresence (index: Uint8Array): Promise<number> {
    checkIndex(index)

    return await this.#step(new ForgetPresenceStep(index))
  }

  async nodes (now: number): Promise<NodeRow[]> {
    checkNow(now)
    const { db } = this.#store
    const rows = await this.#store.during(async () => await reading(db.iterator({ gte: Buffer.of(AREA.node), lt: Buffer.of(AREA.node + 1) }).all()))
    const nodes = rows.map(([key, row]) => ({ place: readPlace(asBuffer(key)), node: readNode(row) }))

    return nodes
      .flatMap(({ place, node }) => place == null || node == null || node.expiresMs <= this.#at(now) ? [] : [{ id: place.name, ...node }])
      // the length comes first in their keys
      .sort((a, b) => Buffer.compare(a.id, b.id))
  }

  async putNode (id: Uint8Array, node: Omit<NodeRow, 'id'>, options: { now: number, maxNodes: number }): Promise<boolean> {
    checkNode(id, node, options)

    return await this.#step(new PutNodeStep(id, node, options))
  }

  async removeNode (id: Uint8Array): Promise<boolean> {
    checkNodeId(id)

    return await this.#step(new RemoveNodeStep(id))
  }

  async expire ({ now, budgetMs = DEFAULT_BUDGET_MS }: RegistryExpireOptions): Promise<ExpireResult> {
    checkNow(now)
    const { db, registryState, durableClockMs } = this.#store

    return await this.#store.during(async () => {
      const time = this.#at(now)

      this.#store.state.clockFloorMs = time
      const limit = this.#slices.rows
      const fromMs = registryState.sweptMs
      const keys = await reading(db.keys({ gte: overFrom(fromMs), lt: overFrom(time + 1), limit }).all())
      const more = keys.length === limit

      if (keys.length === 0) {
        this.#store.drained()

        return { removed: 0, more }
      }

      const begun = performance.now()
      const over = keys.map(key => readOver(asBuffer(key)) ?? asBuffer(key))
      const last = over.at(-1)
      // what was being written while we read is over after what was durable then
      const toMs = Math.min(durableClockMs, !more ? time : last == null || Buffer.isBuffer(last) ? 0 : last.timeMs)
      const step = new CollectOverStep(over, time, { fromMs, toMs })
      const madeMs = performance.now() - begun
      const removed = await this.#add(step)

      this.#slices.took(madeMs + step.tookMs, over.length, budgetMs)

      if (!more) {
        this.#store.drained()
      }

      return { removed, more }
    })
  }

  totals (): RegistryTotals {
    const { identities, presences, nodes } = this.#store.registryState

    return { identities, presences, nodes }
  }

  async #read (place: Place): Promise<Buffer | undefined> {
    return await this.#store.during(async () => await reading(this.#gets.get(placeKey(place))))
  }

  async #step<T> (step: { promise: Promise<T> } & Parameters<Writer['add']>[0]): Promise<T> {
    this.#store.checkOpen()

    return await this.#add(step)
  }

  async #add<T> (step: { promise: Promise<T> } & Parameters<Writer['add']>[0]): Promise<T> {
    this.#store.writer.add(step)

    return await step.promise
  }

  /** Time as the store sees it. */
  #at (now: number): number {
    return Math.max(this.#store.state.clockFloorMs, now)
  }
}
