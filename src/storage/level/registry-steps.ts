import { StorageFullError } from '../errors.js'
import { announced, isExpected, standing } from '../registry-content.js'
import { AREA } from './keys.js'
import { AREAS, OVER, overKey, placeText, settingText } from './registry-keys.js'
import { identityRow, nodeRow, presenceRow, readIdentity, readPresence, readWeight } from './registry-rows.js'
import { ITEM_OVERHEAD, SettlingStep } from './steps.js'
import type { Draft, Wants } from './draft.js'
import type { Over, Place } from './registry-keys.js'
import type { RegistryState } from './registry-rows.js'
import type { AnnounceOptions, AnnounceResult, IdentityRow, NodeRow, PresenceRow, ReplaceOptions } from '../registry-types.js'

const EMPTY = Buffer.alloc(0)
const COUNTS = ['identities', 'presences', 'nodes'] as const satisfies Array<keyof RegistryState>

/** A row, what it counts for and when it is over, in one. */
export function setPlace (draft: Draft, place: Place, next: Buffer | undefined): void {
  const { registry } = draft
  const text = placeText(place)
  const row = draft.record(text)
  const before = readWeight(place.kind, row)
  const after = readWeight(place.kind, next)
  const count = COUNTS[place.kind]

  if (row == null && next == null) {
    return
  }

  // one that was wrong, and is yet to be mended, must not make rows that cannot be written
  registry[count] = Math.max(0, registry[count] + (after?.count ?? 0) - (before?.count ?? 0))
  setOver(draft, place, before?.overMs ?? 0, after?.overMs ?? 0)
  draft.setRecord(text, next)
  draft.changeRegistry()

  // what is written again and again comes by a compaction; a tombstone in the place of an identity may be the last row there
  draft.freedRow(AREAS[place.kind], Math.max(0, lengthOf(row) - lengthOf(next)) + (next == null ? text.length : 0))
}

function lengthOf (row: Buffer | undefined): number {
  return row?.byteLength ?? 0
}

/** When expire looks at a row; 0 = never. */
export function setOver (draft: Draft, place: Place, beforeMs: number, afterMs: number): void {
  if (beforeMs === afterMs) {
    return
  }

  if (beforeMs !== 0) {
    removeOver(draft, { ...place, timeMs: beforeMs })
  }

  if (afterMs !== 0) {
    draft.put(overKey({ ...place, timeMs: afterMs }), EMPTY)
    // when the clock was set back
    draft.registry.sweptMs = Math.min(draft.registry.sweptMs, afterMs)
    draft.changeRegistry()
  }
}

function removeOver (draft: Draft, over: Over): void {
  const key = overKey(over)

  draft.del(key)
  draft.freedRow(AREA.over, key.byteLength)
}

abstract class IndexStep<T> extends SettlingStep<T> {
  protected readonly identityPlace: Place
  protected readonly presencePlace: Place
  protected readonly identityText: string
  protected readonly presenceText: string

  constructor (index: Uint8Array) {
    super()
    const name = Buffer.from(index)

    this.identityPlace = { kind: OVER.identity, name }
    this.presencePlace = { kind: OVER.presence, name }
    this.identityText = placeText(this.identityPlace)
    this.presenceText = placeText(this.presencePlace)
  }

  needs (wants: Wants): void {
    wants.record(this.identityText)
    wants.record(this.presenceText)
  }

  protected isStanding (draft: Draft, expected: Uint8Array | undefined, now: number): boolean {
    return isExpected(standing(readIdentity(draft.record(this.identityText)), now), expected)
  }

  /** @returns true when there is no room, and the call ends so */
  protected refuseWithoutRoom (draft: Draft): boolean {
    const reason = draft.noRoomReason()

    if (reason != null) {
      this.refuse(new StorageFullError(reason))
    }

    return reason != null
  }
}

export class ReplaceStep extends IndexStep<boolean> {
  override readonly bytes: number
  protected result = false
  readonly #expected: Uint8Array | undefined
  readonly #next: IdentityRow | undefined
  readonly #options: ReplaceOptions

  constructor (index: Uint8Array, expected: Uint8Array | undefined, next: IdentityRow | undefined, options: ReplaceOptions) {
    super(index)
    this.#expected = expected
    this.#next = next
    this.#options = options
    this.bytes = ITEM_OVERHEAD + (next?.sealed.byteLength ?? 0)
  }

  apply (draft: Draft): void {
    const now = draft.time(this.#options.now)

    if (!this.isStanding(draft, this.#expected, now)) {
      return
    }

    const next = standing(this.#next, now)
    const isIdentity = next != null && next.forgetAtMs == null

    if (isIdentity && this.refuseWithoutRoom(draft)) {
      return
    }

    setPlace(draft, this.identityPlace, next == null ? undefined : identityRow(next))

    if (!isIdentity || this.#options.dropPresence === true) {
      setPlace(draft, this.presencePlace, undefined)
    }

    this.result = true
  }
}

export class AnnounceStep extends IndexStep<AnnounceResult> {
  override readonly bytes: number
  protected result: AnnounceResult = { outcome: 'changed', expiresMs: 0 }
  readonly #entry: PresenceRow
  readonly #options: AnnounceOptions

  constructor (index: Uint8Array, entry: PresenceRow, options: AnnounceOptions) {
    super(index)
    this.#entry = entry
    this.#options = options
    this.bytes = 2 * ITEM_OVERHEAD + entry.sealed.byteLength + (options.identity?.next?.byteLength ?? 0)
  }

  apply (draft: Draft): void {
    const { identity } = this.#options
    const now = draft.time(this.#options.now)

    if (identity != null && !this.isStanding(draft, identity.expected, now)) {
      return
    }

    const before = readPresence(draft.record(this.presenceText)) ?? []
    const { entries, ...result } = announced(before, this.#entry, { ...this.#options, now }, draft.registry.presences)

    if ((entries != null || identity?.next != null) && this.refuseWithoutRoom(draft)) {
      return
    }

    if (identity?.next != null) {
      setPlace(draft, this.identityPlace, identityRow({ sealed: identity.next }))
    }

    if (entries != null) {
      setPlace(draft, this.presencePlace, presenceRow(entries))
    }

    this.result = result
  }
}

export class ForgetPresenceStep extends IndexStep<number> {
  protected result = 0

  apply (draft: Draft): void {
    this.result = readPresence(draft.record(this.presenceText))?.length ?? 0
    setPlace(draft, this.presencePlace, undefined)
  }
}

abstract class NodeStep extends SettlingStep<boolean> {
  protected result = false
  protected readonly place: Place
  protected readonly text: string

  constructor (id: Uint8Array) {
    super()
    this.place = { kind: OVER.node, name: Buffer.from(id) }
    this.text = placeText(this.place)
  }

  needs (wants: Wants): void {
    wants.record(this.text)
  }

  protected isThere (draft: Draft): boolean {
    return readWeight(OVER.node, draft.record(this.text)) != null
  }
}

export class PutNodeStep extends NodeStep {
  override readonly bytes: number
  readonly #node: Omit<NodeRow, 'id'>
  readonly #options: { now: number, maxNodes: number }

  constructor (id: Uint8Array, node: Omit<NodeRow, 'id'>, options: { now: number, maxNodes: number }) {
    super(id)
    this.#node = node
    this.#options = options
    this.bytes = ITEM_OVERHEAD + node.value.byteLength
  }

  apply (draft: Draft): void {
    const now = draft.time(this.#options.now)

    if (!this.isThere(draft) && draft.registry.nodes >= this.#options.maxNodes) {
      return
    }

    const isOver = this.#node.expiresMs <= now
    const reason = isOver ? undefined : draft.noRoomReason()

    if (reason != null) {
      this.refuse(new StorageFullError(reason))
      return
    }

    setPlace(draft, this.place, isOver ? undefined : nodeRow(this.#node))
    this.result = true
  }
}

export class RemoveNodeStep extends NodeStep {
  apply (draft: Draft): void {
    this.result = this.isThere(draft)
    setPlace(draft, this.place, undefined)
  }
}

/** Collects rows of the area of what is over, and keys of it that cannot be read. */
export class CollectOverStep extends SettlingStep<number> {
  override readonly bytes: number
  protected result = 0
  readonly #over: ReadonlyArray<Over | Buffer>
  readonly #now: number
  /** From when to when nothing is over once this is done. */
  readonly #swept: { fromMs: number, toMs: number }
  /** How long it kept the event loop, in milliseconds. */
  tookMs = 0

  constructor (over: ReadonlyArray<Over | Buffer>, now: number, swept: { fromMs: number, toMs: number }) {
    super()
    this.#over = over
    this.#now = now
    this.#swept = swept
    this.bytes = ITEM_OVERHEAD * (1 + over.length)
  }

  needs (wants: Wants): void {
    for (const over of this.#over) {
      if (!Buffer.isBuffer(over)) {
        wants.record(placeText(over))
      }
    }
  }

  apply (draft: Draft): void {
    const begun = performance.now()
    const now = draft.time(this.#now)
    const { registry } = draft

    for (const over of this.#over) {
      if (Buffer.isBuffer(over)) {
        draft.del(over)
      } else {
        removeOver(draft, over)
        this.#collect(draft, over, now)
      }
    }

    // another one that came first, or a row that was put before it, has said how far it is
    if (registry.sweptMs === this.#swept.fromMs) {
      registry.sweptMs = Math.max(this.#swept.fromMs, this.#swept.toMs)
    }

    draft.changeRegistry()
    draft.keepTime()
    this.tookMs = performance.now() - begun
  }

  #collect (draft: Draft, place: Over, now: number): void {
    const row = draft.record(placeText(place))
    const before = readWeight(place.kind, row)

    // it may be another one by now
    if (row == null || before?.overMs === 0 || (before != null && before.overMs > now)) {
      return
    }

    const alive = place.kind === OVER.presence ? (readPresence(row) ?? []).filter(({ expiresMs }) => expiresMs > now) : []

    this.result += before == null ? 0 : Math.max(1, before.count) - alive.length
    setPlace(draft, place, alive.length === 0 ? undefined : presenceRow(alive))
  }
}

export class SettingStep extends SettlingStep<Uint8Array> {
  override readonly bytes: number
  protected result: Uint8Array
  readonly #text: string
  readonly #row: Buffer
  readonly #isAbsentOnly: boolean

  constructor (name: string, value: Uint8Array, isAbsentOnly: boolean) {
    super()
    this.#text = settingText(name)
    this.#isAbsentOnly = isAbsentOnly
    this.#row = Buffer.from(value)
    this.result = Uint8Array.from(value)
    this.bytes = ITEM_OVERHEAD + value.byteLength
  }

  needs (wants: Wants): void {
    if (this.#isAbsentOnly) {
      wants.record(this.#text)
    }
  }

  apply (draft: Draft): void {
    const known = this.#isAbsentOnly ? draft.record(this.#text) : undefined

    if (known != null) {
      this.result = Uint8Array.from(known)
    } else {
      draft.setRecord(this.#text, this.#row)
    }
  }
}
