import assert from 'node:assert/strict'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { sealGrant } from '../../src/mailbox/index.js'
import { StorageError, memoryStore } from '../../src/storage/index.js'
import { MailboxRig, codeOf, push } from '../mailbox/rig.js'
import { NOBODY, NOW, Person, jsonOf, withMemory } from './rig.js'
import type { TestClient } from '../mailbox/rig.js'

const GRANTED = ['pull', 'ack', 'subscribe', 'stat'] as const

describe('registry: mailboxes of handles', () => {
  const rig = new MailboxRig()
  const alice = new Person('alice')
  const next = new Person('alice', 2)

  /** What the owner lets somebody show. */
  async function grantFor (person: Person, client: TestClient): Promise<Uint8Array> {
    const key = await generateKeyPairFromSeed('Ed25519', person.secretKey)

    return await sealGrant({ mailbox: person.handle, grantee: client.node.peerId, verbs: [...GRANTED], expiresMs: NOW + 1_000_000 }, key)
  }

  it('open to whom the signing key has granted it, once the handle is bound', async () => {
    await withMemory(async ({ rules, clock }) => {
      const server = await rig.server({ ownerProof: 'registered', identities: rules, now: () => clock.now })
      const client = await rig.client(server)
      const talk = await client.open()

      await rules.register(alice.register(rules), NOBODY)
      // registered without proof: whoever knows the handle may read, as before
      await talk.ask({ push: push(alice.handle, 1) })
      assert.equal(await talk.code({ stat: { mailbox: alice.handle } }), 'no failure')
      assert.equal(await talk.code({ grant: { envelope: await grantFor(alice, client) } }), 'not_owner')

      await rules.register(alice.register(rules, { at: NOW }), NOBODY)
      assert.equal(await talk.code({ stat: { mailbox: alice.handle.toUpperCase() } }), 'not_owner')
      assert.equal(await talk.code({ grant: { envelope: await grantFor(next, client) } }), 'not_owner')
      assert.equal(await talk.code({ grant: { envelope: await grantFor(alice, client) } }), 'no failure')
      assert.equal((await talk.pull({ mailbox: alice.handle })).items.length, 1)

      await rules.remove(alice.remove(NOW + 1), NOBODY)
      // nobody's: whoever knows it
      assert.equal(await (await (await rig.client(server)).open()).code({ stat: { mailbox: alice.handle } }), 'no failure')
    })
  })

  it('close to running subscriptions when the handle is bound, or gets another key', async () => {
    await withMemory(async ({ rules, clock }) => {
      const server = await rig.server({ ownerProof: 'registered', identities: rules, now: () => clock.now }, { bounds: { sweepMs: 20 } })
      const [stranger, owner] = [await rig.client(server), await rig.client(server)]
      const [first, second] = [await stranger.open(), await owner.open()]
      const mailbox = alice.handle

      await rules.register(alice.register(rules), NOBODY)

      const opened = first.send({ subscribe: { mailbox, credit: 10 } })

      assert.deepEqual(await first.of(opened), { id: opened, caughtUp: {} })
      await rules.register(alice.register(rules, { at: NOW }), NOBODY)
      assert.equal(codeOf(await first.of(opened)), 'not_owner')

      await second.ask({ grant: { envelope: await grantFor(alice, owner) } })
      const granted = second.send({ subscribe: { mailbox, credit: 10 } })

      assert.deepEqual(await second.of(granted), { id: granted, caughtUp: {} })
      // other keys for messages are no other owner
      await rules.update(alice.update(rules, { at: NOW + 1 }), NOBODY)
      await first.ask({ push: push(mailbox, 1) })
      assert.ok((await second.of(granted)).item != null)
      await rules.update({ ...alice.update(rules, { identity: next.identity, at: NOW + 2 }), newKeyProof: next.prove('update', NOW + 2, { identity: Buffer.from(jsonOf(next.identity)) }) }, NOBODY)

      let end = await second.of(granted)

      // the item may be followed by word that there are no more
      while (end.failure == null) {
        end = await second.of(granted)
      }

      assert.equal(codeOf(end), 'not_owner')
      assert.equal(await second.code({ pull: { mailbox } }), 'not_owner')
      assert.equal(await second.code({ grant: { envelope: await grantFor(next, owner) } }), 'no failure')
      assert.equal(await second.code({ pull: { mailbox } }), 'no failure')
    })
  })

  it('are nobody\'s guess while the registry cannot be read: the call fails, as for any failure of the store', async () => {
    const server = await rig.server({ ownerProof: 'registered', identities: { lookup: async () => { throw new StorageError('reopening') } } })
    const talk = await (await rig.client(server)).open()

    assert.equal(await talk.code({ stat: { mailbox: alice.handle } }), 'storage_error')
    assert.equal(await talk.code({ stat: { mailbox: 'a token' } }), 'no failure')
  })

  it('cost one read of the registry, however often it is asked whose they are', async () => {
    const store = await memoryStore()
    let reads = 0
    const identity = store.registry.identity.bind(store.registry)

    store.registry.identity = async (...args) => {
      reads++
      return await identity(...args)
    }

    await withMemory(async ({ rules }) => {
      await rules.register(alice.register(rules, { at: NOW }), NOBODY)
      reads = 0
      const [bound] = await Promise.all([rules.lookup(alice.handle), rules.lookup(alice.handle)])

      for (let n = 0; n < 100; n++) {
        assert.ok(bound != null && bound.equals(await rules.lookup(alice.handle)))
        await rules.lookup('ff'.repeat(32))
      }

      assert.equal(reads, 3)
      await rules.remove(alice.remove(NOW + 1), NOBODY)
      assert.equal(await rules.lookup(alice.handle), undefined)
    }, { store })
    await store.close()
  })
})
