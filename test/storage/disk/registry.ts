import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RegistryRules } from '../../../src/registry/registry.js'
import { levelStore } from '../../../src/storage/index.js'
import { NOBODY, NODE_KEY, Person, codeOf, jsonOf, makePeer, resolved } from '../../registry/rig.js'
import { hexOf } from '../../registry/vectors.js'
import { findings } from '../folder.js'
import { withSmallDisk } from './mount.js'
import type { LevelStoreInit, Store } from '../../../src/storage/index.js'

const MIB = 1024 * 1024
/** Of random bytes: some 55 KB of JSON. */
const SIGNATURE_BYTES = 15_000

interface Disk {
  rules: RegistryRules
  store: Store
  ballast: string
}

async function withRegistry (sizeMib: number, init: LevelStoreInit, test: (disk: Disk) => Promise<void>): Promise<void> {
  await withSmallDisk(sizeMib, async mount => {
    const store = await levelStore(join(mount, 'data'), init)
    const rules = new RegistryRules({ store, privateKey: NODE_KEY })

    await rules.start()

    try {
      await test({ rules, store, ballast: join(mount, 'ballast') })
      assert.deepEqual(await findings(store), [])
    } finally {
      await rules.stop()
      await store.close()
    }
  })
}

function large (name: string): Person {
  const person = new Person(name)

  person.identity.signature = crypto.getRandomValues(new Uint8Array(SIGNATURE_BYTES))

  return person
}

/** Registers, bound, until one is refused. */
async function registerUntilRefused (rules: RegistryRules): Promise<{ answered: Person[], refused: Person, code: string }> {
  const answered: Person[] = []

  for (let n = 0; ; n++) {
    const person = large(`user ${n}`)
    const code = await codeOf(rules.register(person.register(rules, { at: Date.now() }), NOBODY))

    if (code !== 'ok') {
      return { answered, refused: person, code }
    }

    answered.push(person)
  }
}

async function assertAllThere (rules: RegistryRules, people: readonly Person[]): Promise<void> {
  for (const person of people) {
    assert.equal(await resolved(rules, person), jsonOf(person.identity))
  }
}

describe('the registry on a disk that really is full', () => {
  it('takes nothing new below min_free_bytes; what is there is resolved and removed, keys change, and it heals when there is room', async () => {
    await withRegistry(128, { minFreeBytes: 64 * MIB }, async ({ rules, store, ballast }) => {
      const peerId = await makePeer()
      const alice = new Person('alice', 2)

      await rules.register(alice.register(rules), NOBODY)
      await rules.announce(alice.announce({ atMs: Date.now() }), { ...NOBODY, peerId })
      await writeFile(ballast, Buffer.alloc(40 * MIB))
      await delay(1000)
      const { answered: [first, second, ...others], code } = await registerUntilRefused(rules)

      assert.equal(code, 'storage_full')
      assert.equal(store.health().state, 'full')
      assert.ok(first != null && second != null && others.length > 10)

      const at = Date.now() + 1

      assert.equal(await codeOf(rules.update(first.update(rules, { at }), NOBODY)), 'storage_full')
      assert.equal(await codeOf(rules.announce(first.announce({ atMs: at, proof: first.prove('announce', at) }), NOBODY)), 'storage_full')
      assert.equal(await codeOf(rules.announce(alice.announce({ atMs: Date.now() }), NOBODY)), 'storage_full')
      await assertAllThere(rules, [alice, first, second, ...others])
      assert.equal((await rules.presence({ userId: alice.userId }, NOBODY)).entries.length, 1)
      // the same again stores nothing
      assert.deepEqual(await rules.register(alice.register(rules), NOBODY), { bound: false })
      assert.deepEqual(await rules.remove(first.remove(at), NOBODY), { existed: true })
      assert.deepEqual(await rules.check({ userId: first.userId }, NOBODY), { exists: false })
      assert.equal((await rules.rotateKey()).keys.length, 2)
      await rm(ballast)
      await delay(1000)
      assert.deepEqual(await rules.register(first.register(rules, { at: at + 1 }), NOBODY), { bound: true })
      assert.deepEqual(await rules.update(second.update(rules, { at }), NOBODY), { bound: true })
      assert.equal(await resolved(rules, second), jsonOf(second.changed()))
      await assertAllThere(rules, [alice, first, ...others])
    })
  })

  it('without a reserve writes fail: what was answered is there when there is room, what was not is there whole or not at all', async () => {
    await withRegistry(48, {}, async ({ rules, store, ballast }) => {
      const [key] = rules.keys().keys

      assert.ok(key != null)
      await writeFile(ballast, Buffer.alloc(24 * MIB))
      const { answered, refused, code } = await registerUntilRefused(rules)
      const [first, ...others] = answered

      assert.equal(code, 'storage_error')
      assert.ok(first != null && others.length > 10)
      // there may be room for a small one
      const rotated = await codeOf(rules.rotateKey())
      const removed = await codeOf(rules.remove(first.remove(Date.now() + 1), NOBODY))

      assert.ok([rotated, removed].every(code => ['ok', 'storage_error'].includes(code)))
      // what is told is what is kept
      assert.equal(rules.keys().keys.length, rotated === 'ok' ? 2 : 1)
      await rm(ballast)

      while (store.health().state !== 'ready') {
        await delay(20)
      }

      await assertAllThere(rules, others)
      assert.ok((removed === 'ok' ? [undefined] : [undefined, jsonOf(first.identity)]).includes(await resolved(rules, first)))
      assert.ok([undefined, jsonOf(refused.identity)].includes(await resolved(rules, refused)))
      assert.deepEqual(await rules.register(refused.register(rules, { at: Date.now() + 2 }), NOBODY), { bound: true })
      assert.equal(hexOf((await rules.rotateKey()).keys.at(-1)?.kid ?? new Uint8Array()), hexOf(key.kid))
    })
  })
})
