import assert from 'node:assert/strict'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { Agreements } from '../../src/registry/openssl/agreements.js'
import { sealAgreed } from '../../src/registry/openssl/envelope.js'
import { RowSeal } from '../../src/registry/openssl/row-seal.js'
import { memoryStore } from '../../src/storage/index.js'
import { NOBODY, NODE_KEY, NOW, Person, codeOf, withRules } from './rig.js'
import type { NodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'
import type { Store } from '../../src/storage/index.js'

class CountedSeal extends RowSeal {
  readonly #seen: string[]

  constructor (seen: string[]) {
    super(NODE_KEY.raw)
    this.#seen = seen
  }

  override index (userId: Uint8Array): Uint8Array {
    this.#seen.push('index')
    return super.index(userId)
  }

  override open (area: string, userId: Uint8Array, row: Uint8Array): Uint8Array {
    this.#seen.push(`open ${area}`)
    return super.open(area, userId, row)
  }

  override seal (area: string, userId: Uint8Array, plaintext: Uint8Array): Uint8Array {
    this.#seen.push(`seal ${area}`)
    return super.seal(area, userId, plaintext)
  }
}

class CountedAgreements extends Agreements {
  readonly #seen: string[]

  constructor (seen: string[]) {
    super()
    this.#seen = seen
  }

  override async agree (own: NodeKeyAgreement, publicKey: Uint8Array): Promise<Uint8Array> {
    this.#seen.push('agree')
    return await super.agree(own, publicKey)
  }
}

/** A store that writes down what is asked of its registry. */
function counted (store: Store, seen: string[]): Store {
  const registry = new Proxy(store.registry, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name)

      return typeof method !== 'function' ? method : (...args: unknown[]) => { seen.push(String(name)); return Reflect.apply(method, target, args) as unknown }
    }
  })

  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = name === 'registry' ? registry : Reflect.get(target, name)

      return typeof value === 'function' ? value.bind(target) as unknown : value
    }
  })
}

describe('registry: no oracle', () => {
  const alice = new Person('alice')
  const removed = new Person('removed')
  const nobody = new Person('nobody')

  it('does the same work for whom it knows, whom it does not know, and who was removed', async () => {
    const seen: string[] = []
    const store = counted(await memoryStore(), seen)

    await withRules(store, async ({ rules }) => {
      const work = async (call: (person: Person) => Promise<unknown>): Promise<void> => {
        const [hit, miss, gone] = [[], [], []] as [string[], string[], string[]]

        for (const [person, found] of [[alice, hit], [nobody, miss], [removed, gone]] as const) {
          seen.length = 0
          await call(person)
          found.push(...seen)
        }

        assert.deepEqual(miss, hit)
        assert.deepEqual(gone, hit)
      }

      await rules.register(alice.register(rules), NOBODY)
      await rules.register(removed.register(rules, { at: NOW }), NOBODY)
      await rules.remove(removed.remove(NOW + 1), NOBODY)

      await work(async ({ userId }) => await rules.check({ userId }, NOBODY))
      assert.deepEqual(seen, ['index', 'identity'])
      await work(async ({ userId }) => await rules.resolve({ userId, requesterPublicKey: ephemeralKeyAgreement().publicKey }, NOBODY))
      assert.deepEqual(seen, ['index', 'identity', 'agree', 'open identity', 'seal an envelope'])
      // who has announced, and lets nobody read it
      await rules.announce(alice.announce({ readable: false }), NOBODY)
      await work(async ({ userId }) => await rules.presence({ userId }, NOBODY))
      assert.deepEqual(seen, ['index', 'presence'])
      // what is refused, is refused before anybody is looked for
      await work(async ({ userId }) => await codeOf(rules.resolve({ userId, requesterPublicKey: new Uint8Array(31) }, NOBODY)))
      assert.deepEqual(seen, [])
    }, {
      internals: {
        seal: new CountedSeal(seen),
        agreements: new CountedAgreements(seen),
        sealAgreed: (...args) => { seen.push('seal an envelope'); return sealAgreed(...args) }
      }
    })
  })
})
