import assert from 'node:assert/strict'
import { RowSeal } from '../../src/registry/openssl/row-seal.js'
import { ENGINES, NOBODY, NODE_KEY, NOW, Person, codeOf, makePeer, withMemory } from './rig.js'
import { hexOf } from './vectors.js'
import type { TestRules } from './rig.js'
import type { Present } from '../../src/registry/index.js'

const TTL = 300_000

describe('registry: presence', () => {
  const alice = new Person('alice')
  const read = async ({ rules }: TestRules): Promise<Present['entries']> => (await rules.presence({ userId: alice.userId }, NOBODY)).entries

  for (const [engine, withEngine] of ENGINES) {
    it(`tells where an announcer that allows it can be reached, and how long ago that was, until it is over, on ${engine}`, async () => {
      await withEngine(async rig => {
        const { rules, clock } = rig
        const peerId = await makePeer()
        const caller = { ...NOBODY, peerId, observedAddrs: ['/ip4/192.0.2.1/tcp/4001', '/ip4/192.0.2.1/udp/4001/quic-v1'] }

        assert.deepEqual(await read(rig), [])
        assert.deepEqual(await rules.announce(alice.announce({ addr: '' }), caller), { expiresMs: NOW + TTL })
        clock.now += 1500
        assert.deepEqual((await read(rig)).map(({ peerId: id, ...others }) => ({ id: hexOf(id), ...others })), [
          { id: hexOf(peerId.toMultihash().bytes), addrs: caller.observedAddrs, ageMs: 1500 }
        ])

        // a given one is first, and the entry is still one
        await rules.announce(alice.announce({ addr: ' relay ', atMs: NOW + 1000 }), caller)
        assert.deepEqual((await read(rig)).map(({ addrs, ageMs }) => ({ addrs, ageMs })), [{ addrs: ['relay', ...caller.observedAddrs], ageMs: 500 }])

        clock.now = NOW + 1000 + TTL - 1
        assert.equal((await read(rig)).length, 1)
        clock.now += 1
        assert.deepEqual(await read(rig), [])
      })
    })

    it(`keeps the newest of an announcer, and the eight newest of a user, on ${engine}`, async () => {
      await withEngine(async rig => {
        const { rules, clock } = rig

        await rules.announce(alice.announce({ addr: 'new', atMs: NOW - 1 }), NOBODY)
        assert.deepEqual(await rules.announce(alice.announce({ addr: 'old', atMs: NOW - 1000 }), NOBODY), { expiresMs: NOW - 1 + TTL })
        assert.deepEqual((await read(rig)).map(({ addrs }) => addrs), [['new']])

        for (let n = 1; n <= 8; n++) {
          clock.now++
          await rules.announce(alice.announce({ addr: `device ${n}`, atMs: NOW + n }), { ...NOBODY, peerId: await makePeer() })
        }

        assert.deepEqual((await read(rig)).map(({ addrs }) => addrs[0]), [8, 7, 6, 5, 4, 3, 2, 1].map(n => `device ${n}`))
        assert.equal(rules.totals().presences, 8)
      })
    })

    it(`takes only what the owner of a bound handle has signed, at every door, on ${engine}`, async () => {
      await withEngine(async rig => {
        const { rules } = rig
        const peerId = await makePeer()

        // of nobody: anything, whatever comes with it
        await rules.announce(alice.announce({ proof: new Person('bob', 2).prove('announce', NOW) }), NOBODY)
        await rules.register(alice.register(rules, { at: NOW }), NOBODY)
        assert.deepEqual(await read(rig), [])
        assert.equal(await codeOf(rules.announce(alice.announce(), NOBODY)), 'unauthorized')
        assert.equal(await codeOf(rules.announce(alice.announce({ proof: alice.prove('announce', NOW + 1) }), { ...NOBODY, peerId })), 'unauthorized')
        await rules.announce(alice.announce({ proof: alice.prove('announce', NOW + 1, { peerId }) }), { ...NOBODY, peerId })
        assert.equal((await read(rig)).length, 1)
        // that is gone with the owner
        await rules.remove(alice.remove(NOW + 2), NOBODY)
        assert.deepEqual(await read(rig), [])
        assert.equal(rules.totals().presences, 0)
      })
    })

    it(`lets one of two devices that spend the same moment come again, on ${engine}`, async () => {
      await withEngine(async ({ rules }) => {
        await rules.register(alice.register(rules, { at: NOW }), NOBODY)

        const devices = [await makePeer(), await makePeer(), await makePeer()]
        const announce = async (n: number, at: number): Promise<string> => {
          const peerId = devices[n]

          return await codeOf(rules.announce(alice.announce({ addr: `device ${n}`, proof: alice.prove('announce', at, { peerId }) }), { ...NOBODY, peerId }))
        }
        const outcomes = await Promise.all([announce(0, NOW + 1), announce(1, NOW + 1), announce(2, NOW + 1)])

        assert.deepEqual(outcomes.toSorted(), ['ok', 'unauthorized', 'unauthorized'])
        assert.deepEqual(await Promise.all([announce(1, NOW + 2)]), ['ok'])
      })
    })
  }

  it('has room for as many, of which who is nobody may fill half, and who has registered without a proof three quarters', async () => {
    await withMemory(async ({ rules }) => {
      const person = async (state: 'nobody' | 'unbound' | 'bound', n: number): Promise<Person> => {
        const one = new Person(`${state} ${n}`, 50)

        if (state !== 'nobody') {
          await rules.register(one.register(rules, { at: state === 'bound' ? NOW : undefined }), NOBODY)
        }

        return one
      }
      const announced = async (state: 'nobody' | 'unbound' | 'bound'): Promise<string[]> => {
        const codes: string[] = []

        for (let n = 0; n < 3; n++) {
          const one = await person(state, n)

          codes.push(await codeOf(rules.announce(one.announce({ proof: state === 'bound' ? one.prove('announce', NOW + 1) : undefined }), NOBODY)))
        }

        return codes
      }

      assert.deepEqual(await announced('nobody'), ['ok', 'ok', 'storage_full'])
      assert.deepEqual(await announced('unbound'), ['ok', 'storage_full', 'storage_full'])
      assert.deepEqual(await announced('bound'), ['ok', 'storage_full', 'storage_full'])
      // who has a place keeps it
      assert.equal(await codeOf(rules.announce(new Person('nobody 0').announce({ atMs: NOW }), NOBODY)), 'ok')
      assert.equal(rules.totals().presences, 4)
    }, { internals: { maxPresences: 4 } })
  })

  it('is read by nobody unless the announcer allows it', async () => {
    await withMemory(async rig => {
      await rig.rules.announce(alice.announce({ readable: false }), NOBODY)
      assert.deepEqual(await read(rig), [])
      assert.equal(rig.rules.totals().presences, 1)

      // whatever the row says outside of what is sealed
      const [row] = await rig.store.registry.presence(new RowSeal(NODE_KEY.raw).index(alice.userId), NOW)
      assert.ok(row != null)
      assert.equal((await rig.store.registry.announce(new RowSeal(NODE_KEY.raw).index(alice.userId), { ...row, sealed: row.sealed.with(0, 1) }, { now: NOW, maxEntries: 8, maxTotal: 8 })).outcome, 'stored')
      assert.deepEqual(await read(rig), [])
      // and may think better of it
      await rig.rules.announce(alice.announce({ atMs: NOW + 1 }), NOBODY)
      assert.equal((await read(rig)).length, 1)
    })
  })

  it('lists an address once, and is of no age when the clock was set back', async () => {
    await withMemory(async rig => {
      await rig.rules.announce(alice.announce({ addr: ' /dns4/a.example/tcp/1 ' }), { ...NOBODY, observedAddrs: ['/dns4/b.example/tcp/1', '/dns4/a.example/tcp/1'] })
      rig.clock.now -= 1000
      assert.deepEqual((await read(rig)).map(({ addrs, ageMs }) => [addrs, ageMs]), [[['/dns4/a.example/tcp/1', '/dns4/b.example/tcp/1'], 0]])
    })
  })

  it('takes a time from the year 3000 for now, and no time for none', async () => {
    await withMemory(async rig => {
      const { rules, clock } = rig

      assert.deepEqual(await rules.announce(alice.announce({ atMs: Date.UTC(3000, 0) }), NOBODY), { expiresMs: NOW + TTL })
      assert.deepEqual(await rules.announce(alice.announce({ atMs: Number.MAX_SAFE_INTEGER }), NOBODY), { expiresMs: NOW + TTL })
      clock.now += 10
      assert.deepEqual((await read(rig)).map(({ ageMs }) => ageMs), [10])
      // the next one is not older
      assert.deepEqual(await rules.announce(alice.announce({ atMs: NOW + 10 }), NOBODY), { expiresMs: NOW + 10 + TTL })

      for (const atMs of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
        assert.equal(await codeOf(rules.announce(alice.announce({ atMs }), NOBODY)), 'invalid_input')
      }
    })
  })

  it('has addresses of 1 to 256 bytes, and at least one', async () => {
    await withMemory(async rig => {
      const { rules } = rig

      for (const addr of ['', ' ', 'a'.repeat(257), 'é'.repeat(129), '\ud800']) {
        await assert.rejects(rules.announce(alice.announce({ addr }), NOBODY), { code: 'invalid_input', message: 'presence' })
      }

      assert.equal(await codeOf(rules.announce(alice.announce({ addr: '' }), { ...NOBODY, observedAddrs: ['a'.repeat(257)] })), 'invalid_input')
      await rules.announce(alice.announce({ addr: ` ${'é'.repeat(128)} ` }), { ...NOBODY, observedAddrs: Array.from({ length: 20 }, (_, n) => `/dns4/host-${n}/tcp/1`) })
      assert.equal((await read(rig))[0]?.addrs.length, 17)
      // the white space of Unicode, as the reference cuts it off: U+FEFF is none
      await rules.announce(alice.announce({ addr: '\u0085a\u0085', atMs: NOW + 1 }), NOBODY)
      assert.deepEqual((await read(rig))[0]?.addrs, ['a'])
      await rules.announce(alice.announce({ addr: '\ufeff', atMs: NOW + 2 }), NOBODY)
      assert.deepEqual((await read(rig))[0]?.addrs, ['\ufeff'])
      assert.equal(await codeOf(rules.announce(alice.announce({ addr: '\u0085' }), NOBODY)), 'invalid_input')
    })
  })

  it('asks for a proof of work where resolve does', async () => {
    await withMemory(async ({ rules }) => {
      assert.equal(await codeOf(rules.presence({ userId: alice.userId }, NOBODY)), 'pow_required')
      assert.equal(await codeOf(rules.presence({ userId: alice.userId.subarray(1) }, NOBODY)), 'pow_required')
    }, { powEnabled: true })
  })
})
