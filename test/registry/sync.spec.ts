import assert from 'node:assert/strict'
import { ENGINES, NOBODY, NOW, Person, codeOf, jsonOf, makePeer, resolved } from './rig.js'
import type { SyncRequest } from '../../src/registry/index.js'

const peer = await makePeer()
const FROM_PEER = { ...NOBODY, peerId: peer }

for (const [engine, withEngine] of ENGINES) {
  describe(`registry: sync, on ${engine}`, () => {
    it('is off, and when it is on it is for the peers that are named', async () => {
      const entries = [new Person('alice').entry('register')]

      await withEngine(async ({ rules }) => {
        assert.equal(await codeOf(rules.sync({ entries }, FROM_PEER)), 'unauthorized')
      }, { syncPeers: [peer] })

      await withEngine(async ({ rules }) => {
        assert.equal(await codeOf(rules.sync({ entries }, NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.sync({ entries }, { ...NOBODY, peerId: await makePeer() })), 'unauthorized')
        assert.equal(rules.maySync(NOBODY), false)
        assert.equal(rules.maySync(FROM_PEER), true)
        assert.deepEqual(await rules.sync({ entries }, FROM_PEER), { merged: 1 })
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('takes what is new, as bound where its registrant has proven it, and overwrites nothing', async () => {
      await withEngine(async ({ rules }) => {
        const [known, proven, unproven, updated] = ['known', 'proven', 'unproven', 'updated'].map((name, n) => new Person(name, n + 1)) as [Person, Person, Person, Person]

        await rules.register(known.register(rules), NOBODY)
        assert.deepEqual(await rules.sync({
          entries: [
            known.entry('register', NOW, { identity: known.changed() }),
            known.entry('register', NOW),
            // their age does not count
            proven.entry('register', 1, { peerId: await makePeer() }),
            updated.entry('update', NOW, { identity: updated.changed() }),
            unproven.entry('register'),
            unproven.entry('register', NOW, { identity: unproven.changed() })
          ]
        }, FROM_PEER), { merged: 3 })

        assert.equal(await resolved(rules, known), jsonOf(known.identity))
        assert.equal(await resolved(rules, unproven), jsonOf(unproven.identity))
        assert.equal(await resolved(rules, updated), jsonOf(updated.changed()))
        assert.deepEqual(await Promise.all([known, proven, unproven, updated].map(async ({ handle }) => await rules.lookup(handle) != null)), [false, true, false, true])
        // what the proof was made for is spent
        assert.equal(await codeOf(rules.remove(updated.remove(NOW), NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.remove(updated.remove(NOW + 1), NOBODY)), 'ok')
        assert.equal(rules.counts.synced, 3)
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('takes what others have announced for a handle with it, where it is proven', async () => {
      await withEngine(async ({ rules }) => {
        const [proven, unproven] = [new Person('proven'), new Person('unproven')]

        for (const person of [proven, unproven]) {
          await rules.announce(person.announce(), NOBODY)
        }

        await rules.sync({ entries: [proven.entry('register', NOW), unproven.entry('register')] }, FROM_PEER)
        assert.deepEqual((await rules.presence({ userId: proven.userId }, NOBODY)).entries, [])
        assert.equal((await rules.presence({ userId: unproven.userId }, NOBODY)).entries.length, 1)
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('skips what does not hold, and takes the rest', async () => {
      await withEngine(async ({ rules }) => {
        const alice = new Person('alice')
        const right = alice.entry('register', NOW)
        const { proof } = right
        assert.ok(proof != null)
        const wrong: SyncRequest['entries'] = [
          { ...right, call: 'update' },
          { ...right, call: 'announce' },
          { ...right, call: 'constructor' },
          { ...right, peerId: peer.toMultihash().bytes },
          { ...right, proof: { ...proof, issuedMs: proof.issuedMs + 1n } },
          { ...right, proof: { ...proof, signature: new Uint8Array(64) } },
          { ...right, identityJson: Buffer.from(jsonOf(alice.changed())) },
          alice.entry('register', NOW + 300_001),
          { ...right, proof: undefined, identityJson: Buffer.from('{"user_id":"alice"}') },
          { ...right, proof: undefined, identityJson: Buffer.from(jsonOf({ ...alice.identity, createdAtMs: 0n })) }
        ]

        assert.deepEqual(await rules.sync({ entries: wrong }, FROM_PEER), { merged: 0 })
        assert.equal(rules.totals().identities, 0)
        assert.deepEqual(await rules.sync({ entries: [...wrong, right, right] }, FROM_PEER), { merged: 1 })
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('brings back nobody who was removed here, unless it was proven again since', async () => {
      await withEngine(async ({ rules }) => {
        const alice = new Person('alice')

        await rules.register(alice.register(rules, { at: NOW }), NOBODY)
        await rules.remove(alice.remove(NOW + 1), NOBODY)
        assert.deepEqual(await rules.sync({ entries: [alice.entry('register'), alice.entry('register', NOW), alice.entry('register', NOW + 1)] }, FROM_PEER), { merged: 0 })
        assert.deepEqual(await rules.sync({ entries: [alice.entry('register', NOW + 2)] }, FROM_PEER), { merged: 1 })
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('never takes the place of a registration at the same time', async () => {
      await withEngine(async ({ rules }) => {
        const alice = new Person('alice')
        const [own, synced] = await Promise.all([
          codeOf(rules.register(alice.register(rules), NOBODY)),
          rules.sync({ entries: [alice.entry('register', undefined, { identity: alice.changed() })] }, FROM_PEER)
        ])

        assert.deepEqual([own, synced.merged], own === 'ok' ? ['ok', 0] : ['conflict', 1])
        assert.equal(await resolved(rules, alice), jsonOf(own === 'ok' ? alice.identity : alice.changed()))
      }, { allowSync: true, syncPeers: [peer] })
    })

    it('has 1,000 identities at most', async () => {
      await withEngine(async ({ rules }) => {
        const entries = Array.from({ length: 1001 }, (_, n) => new Person(`user ${n}`).entry('register'))

        assert.equal(await codeOf(rules.sync({ entries }, FROM_PEER)), 'invalid_input')
        assert.deepEqual(await rules.sync({ entries: entries.slice(1) }, FROM_PEER), { merged: 1000 })
      }, { allowSync: true, syncPeers: [peer] })
    })
  })
}
