import { change, changeRecord } from './mend.js'
import { AREA } from './keys.js'
import { AREAS, OVER, isSettingKey, overKey, placeKey, placeText, readOver, readPlace } from './registry-keys.js'
import { readRegistryState, readWeight } from './registry-rows.js'
import { setOver } from './registry-steps.js'
import { META } from './rows.js'
import { entries, rows, senseless } from './walk.js'
import type { Draft } from './draft.js'
import type { Mend } from './mend.js'
import type { Over, OverKind, Place } from './registry-keys.js'
import type { RegistryState } from './registry-rows.js'
import type { Found, Walk } from './walk.js'

/** Rows of presence can be large: of so many at once. */
const PLACES_A_READ = 16

/** As `verifyStore` does for mailboxes. */
export async function * registryFindings (walk: Walk): AsyncIterable<Found> {
  const { db, snapshot } = walk
  const state = readRegistryState(await db.get(META.registry, { snapshot }))
  const identities = yield * places(walk, OVER.identity, state)
  const presences = yield * places(walk, OVER.presence, state)
  const nodes = yield * places(walk, OVER.node, state)

  yield * overWithoutPlace(walk)
  yield * settings(walk)

  if (identities !== state.identities || presences !== state.presences || nodes !== state.nodes) {
    yield {
      kind: 'totals_differ',
      message: `the registry counts ${state.identities} identities, ${state.presences} entries of presence and ${state.nodes} nodes, and holds ${identities}, ${presences} and ${nodes}`,
      mend: change(draft => {
        const { registry } = draft

        registry.identities += identities - state.identities
        registry.presences += presences - state.presences
        registry.nodes += nodes - state.nodes
        draft.changeRegistry()
      })
    }
  }
}

/** All rows of a kind. @returns what they count for */
async function * places (walk: Walk, kind: OverKind, { sweptMs }: RegistryState): AsyncGenerator<Found, number> {
  const { db, snapshot } = walk
  let count = 0

  for await (const [key, row] of entries(walk, AREAS[kind])) {
    const place = readPlace(key)
    const weight = readWeight(kind, row)

    if (place == null) {
      yield senseless(key)
    } else if (weight == null) {
      yield {
        kind: 'unreadable_row',
        message: 'a row of the registry cannot be read: it is as if it were not there',
        mend: changeRow(place, (draft, text, now) => {
          if (now != null && readWeight(kind, now) == null) {
            draft.setRecord(text, undefined)
          }
        })
      }
    } else {
      const { overMs } = weight

      count += weight.count

      if (overMs !== 0 && (overMs < sweptMs || await db.get(overKey({ ...place, timeMs: overMs }), { snapshot, fillCache: false }) == null)) {
        yield {
          kind: 'entry_without_deadline',
          message: 'a row of the registry would never have been collected',
          mend: changeRow(place, (draft, _, now) => { setOver(draft, place, 0, readWeight(kind, now)?.overMs ?? 0) })
        }
      }
    }
  }

  return count
}

/** Undefined for those whose row says that they are right. */
async function lookAtOver ({ db, snapshot }: Walk, keys: readonly Buffer[]): Promise<Array<Over | 'unreadable' | undefined>> {
  const overs = keys.map(readOver)
  const seen: Array<Over | 'unreadable' | undefined> = []

  for (let at = 0; at < overs.length; at += PLACES_A_READ) {
    const group = overs.slice(at, at + PLACES_A_READ)
    const known = await db.getMany(group.flatMap(over => over == null ? [] : [placeKey(over)]), { snapshot, fillCache: false })

    seen.push(...group.map(over => over == null ? 'unreadable' : readWeight(over.kind, known.shift())?.overMs === over.timeMs ? undefined : over))
  }

  return seen
}

async function * overWithoutPlace (walk: Walk): AsyncIterable<Found> {
  for await (const [key, over] of rows(walk, AREA.over, async keys => await lookAtOver(walk, keys))) {
    if (over === 'unreadable') {
      yield senseless(key)
    } else if (over != null) {
      yield {
        kind: 'deadline_without_entry',
        message: 'a deadline of a row of the registry that is not there',
        mend: changeRow(over, (draft, _, now) => {
          if (readWeight(over.kind, now)?.overMs !== over.timeMs) {
            draft.del(key)
          }
        })
      }
    }
  }
}

async function * settings (walk: Walk): AsyncIterable<Found> {
  for await (const [key] of rows(walk, AREA.setting, async keys => keys)) {
    if (!isSettingKey(key)) {
      yield senseless(key)
    }
  }
}

function changeRow (place: Place, apply: (draft: Draft, text: string, row: Buffer | undefined) => void): Mend {
  const text = placeText(place)

  return changeRecord(text, (draft, row) => { apply(draft, text, row) })
}
