import assert from 'node:assert/strict'
import { memoryStore } from '../../src/storage/index.js'
import { NodeList } from '../../src/registry/rules/node-list.js'
import { ENGINES, NOBODY, NOW, codeOf, makePeer, withMemory } from './rig.js'
import type { NodeVerifier, NodeVerifyOptions } from '../../src/registry/index.js'

const HOUR = 3600 * 1000
/** Who names nodes, as limits count callers. */
const CALLER = '192.0.2.1'

/** Nodes that are looked at when a test says so. */
class Looked implements NodeVerifier {
  readonly asked: string[] = []
  /** Where they all are; left out: nobody says. */
  ip?: string
  readonly #waiting: Array<(isThere: boolean) => void> = []

  async verify (address: string, { signal, foundAt }: NodeVerifyOptions): Promise<boolean> {
    this.asked.push(address)

    if (this.ip != null) {
      foundAt?.(this.ip)
    }

    return await new Promise((resolve, reject) => {
      this.#waiting.push(resolve)
      signal.addEventListener('abort', () => { reject(new Error('ended')) }, { once: true })
    })
  }

  /** Answers all that are asked for now. */
  answer (isThere = true): void {
    this.#waiting.splice(0).forEach(resolve => { resolve(isThere) })
  }
}

async function withList (test: (list: NodeList, more: { verifier: Looked, clock: { now: number }, counts: { verifiedNodes: number, failedNodes: number } }) => Promise<void>, maxNodes = 2048): Promise<void> {
  const store = await memoryStore()
  const clock = { now: NOW }
  const verifier = new Looked()
  const counts = { verifiedNodes: 0, failedNodes: 0 }
  const list = new NodeList({ store: store.registry, verifier, allowPrivate: false, maxNodes, now: () => clock.now, counts, onError: err => { throw err } })

  try {
    await test(list, { verifier, clock, counts })
  } finally {
    await list.stop()
    await store.close()
  }
}

/** Until what was answered has come through. */
async function settle (): Promise<void> {
  for (let n = 0; n < 5; n++) {
    await new Promise(resolve => { setImmediate(resolve) })
  }
}

describe('registry: nodes', () => {
  it('are listed after they were seen, and counted when they are taken for that', async () => {
    await withList(async (list, { verifier, counts }) => {
      const peer = await makePeer()
      const all = ['https://a.org', 'http://b.org:8443/registry', `/dns4/c.org/tcp/4001/p2p/${peer}`]

      assert.equal(await list.add([...all, 'https://gone.org'], CALLER), 4)
      assert.deepEqual(await list.addresses(), [])
      assert.deepEqual(verifier.asked, [...all, 'https://gone.org'])
      // while they wait they are not taken again
      assert.equal(await list.add(all, CALLER), 0)
      verifier.answer()
      await list.idle()
      assert.deepEqual((await list.addresses()).toSorted(), [...all, 'https://gone.org'].toSorted())
      assert.equal(await list.add(all, CALLER), 0)
      assert.equal(await list.add(['https://d.org'], CALLER), 1)
      verifier.answer(false)
      await list.idle()
      assert.equal((await list.addresses()).length, 4)
      assert.deepEqual(counts, { verifiedNodes: 5, failedNodes: 1 })
    })
  })

  it('are one for each origin and peer, however they are spelled', async () => {
    await withList(async (list) => {
      const peer = await makePeer()

      assert.equal(await list.add(['https://a.org', ' https://a.org/ ', 'https://A.org/2', 'https://a.org:443/3', `/ip4/192.0.2.1/tcp/1/p2p/${peer}`, `/dns4/b.org/tcp/2/p2p/${peer}`], CALLER), 2)
      assert.equal(await list.add(['https://a.org:444', 'http://a.org'], CALLER), 2)
    })
  })

  it('are not taken at addresses and names that are not of the public internet, unless that is allowed', async () => {
    const local = ['http://127.0.0.1:8080', 'https://[::1]', 'http://0x7f.1', 'http://10.0.0.1', 'http://localhost', `/ip4/192.168.0.1/tcp/4001/p2p/${await makePeer()}`]

    await withList(async (list, { verifier }) => {
      assert.equal(await list.add([...local, 'https://a.org'], CALLER), 1)
      assert.deepEqual(verifier.asked, ['https://a.org'])
    })

    await withMemory(async ({ rules }) => {
      assert.deepEqual(await rules.addNodes({ nodes: local.map(address => ({ address })) }, NOBODY), { merged: 6 })
    }, { allowPrivateNodes: true })
  })

  it('are addresses of 1 to 256 bytes that lead to a host or a peer; of several all are, or nothing is done', async () => {
    await withList(async (list, { verifier }) => {
      const peer = await makePeer()
      const wrong = [
        '', ' ', 'HTTP://a.org', 'ftp://a.org', 'http://', 'https://user:secret@a.org', 'https://user@a.org', 'a.org', '/ip4/192.0.2.1/tcp/1', `/p2p/${peer}/p2p-circuit`,
        `https://a.org/${'a'.repeat(243)}`, 'https://a.org/\ud800', '/ip4/300.0.0.1/tcp/1', '\ufeffhttps://a.org',
        // 3 bytes of each in the one spelling
        `https://a.org/${'é'.repeat(41)}`
      ]

      for (const address of wrong) {
        await assert.rejects(list.add(['https://right.org', address], CALLER), { code: 'invalid_input', message: 'node' }, address)
      }

      assert.deepEqual(verifier.asked, [])
      assert.equal(await list.add([`https://a.org/${'a'.repeat(242)}`], CALLER), 1)
      assert.equal(await list.add([`\u0085https://b.org/${'é'.repeat(40)}\u0085`], CALLER), 1)
    })
  })

  it('are seen again every hour, and are gone a day after they were seen last', async () => {
    await withList(async (list, { verifier, clock }) => {
      await list.add(['https://a.org', 'https://b.org'], CALLER)
      verifier.answer()
      await list.idle()
      verifier.asked.length = 0

      clock.now += HOUR - 1
      await list.tick()
      assert.deepEqual(verifier.asked, [])
      clock.now += 1
      await list.tick()
      // and again: who is being looked at is not looked at twice
      await list.tick()
      assert.deepEqual(verifier.asked.toSorted(), ['https://a.org', 'https://b.org'])
      verifier.answer(false)
      await list.idle()
      assert.equal((await list.addresses()).length, 2)

      clock.now = NOW + 24 * HOUR - 1
      verifier.asked.length = 0
      await list.tick()
      const [first] = verifier.asked
      assert.equal((await list.addresses()).length, 2)
      verifier.answer()
      await list.idle()
      clock.now += HOUR
      assert.equal((await list.addresses()).length, 2)
      clock.now += 23 * HOUR
      assert.deepEqual(await list.addresses(), [])
      assert.ok(first != null)
    })
  })

  it('wait, 256 of them and 64 of one caller, and are looked at eight at a time, of each caller in its turn', async () => {
    await withList(async (list, { verifier }) => {
      const nodes = (name: string, length = 64): string[] => Array.from({ length }, (_, at) => `https://node-${at}.${name}.org`)

      // eight are being looked at, 64 wait
      assert.equal(await list.add(nodes('many'), '192.0.2.1'), 64)
      assert.equal(await list.add(nodes('more'), '192.0.2.1'), 8)
      assert.equal(verifier.asked.length, 8)
      assert.equal(await list.add(nodes('few', 2), '192.0.2.2'), 2)
      assert.equal(await list.add(nodes('others'), '192.0.2.3'), 64)
      assert.equal(await list.add(nodes('others-again'), '192.0.2.4'), 64)
      // 194 wait
      assert.equal(await list.add(nodes('last'), '192.0.2.5'), 62)
      assert.equal(await list.add(['https://late.org'], '192.0.2.6'), 0)
      verifier.answer(false)
      await settle()
      assert.deepEqual(verifier.asked.slice(8).map(address => address.split('.')[1]), ['many', 'few', 'others', 'others-again', 'last', 'many', 'few', 'others'])
      assert.equal(await list.add(['https://late.org'], '192.0.2.6'), 1)
    })
  })

  it('that are listed take turns with new ones, and one that is not there is asked again after an hour', async () => {
    await withList(async (list, { verifier, clock }) => {
      const listed = Array.from({ length: 20 }, (_, at) => `https://listed-${at}.org`)

      await list.add(listed, CALLER)

      for (let n = 0; n < 3; n++) {
        verifier.answer()
        await settle()
      }

      assert.equal((await list.addresses()).length, 20)
      clock.now += HOUR
      verifier.asked.length = 0
      await list.tick()
      // eight of those that are due are being looked at, twelve wait
      assert.equal(await list.add(Array.from({ length: 12 }, (_, at) => `https://new-${at}.org`), CALLER), 12)
      verifier.answer(false)
      await settle()
      assert.deepEqual(verifier.asked.slice(8).map(address => address.includes('new')), [true, false, true, false, true, false, true, false])

      for (let n = 0; n < 3; n++) {
        verifier.answer(false)
        await settle()
      }

      assert.equal(verifier.asked.length, 32)
      clock.now += HOUR - 1
      await list.tick()
      assert.equal(verifier.asked.length, 32)
      clock.now += 1
      await list.tick()
      assert.equal(verifier.asked.length, 40)
    })
  })

  it('have one place in 32 of the list for an IPv4 address and for an IPv6 /64, and 8 at least, also after a restart', async () => {
    await withList(async (list, { verifier }) => {
      const listedAt = async (ip: string, name: string): Promise<number> => {
        const before = (await list.addresses()).length

        verifier.ip = ip
        await list.add(Array.from({ length: 12 }, (_, at) => `https://${name}-${at}.org`), CALLER)

        for (let n = 0; n < 2; n++) {
          verifier.answer()
          await settle()
        }

        return (await list.addresses()).length - before
      }

      assert.equal(await listedAt('198.51.100.1', 'a'), 10)
      assert.equal(await listedAt('::ffff:198.51.100.1', 'b'), 0)
      assert.equal(await listedAt('198.51.100.2', 'c'), 10)
      assert.equal(await listedAt('2001:db8:0:1::1', 'd'), 10)
      assert.equal(await listedAt('2001:db8:0:1:ffff::2', 'e'), 0)
      assert.equal(await listedAt('2001:db8:0:2::1', 'f'), 10)
    }, 320)

    for (const [engine, withEngine] of ENGINES) {
      await withEngine(async ({ rules, store }) => {
        const nodes = (from: number): { nodes: Array<{ address: string }> } => ({ nodes: Array.from({ length: 6 }, (_, n) => ({ address: `http://198.51.100.1:${from + n}` })) })

        assert.deepEqual(await rules.addNodes(nodes(1000), NOBODY), { merged: 6 }, engine)

        const again = new NodeList({ store: store.registry, allowPrivate: true, maxNodes: 100, now: () => NOW, counts: { verifiedNodes: 0, failedNodes: 0 }, onError: err => { throw err } })

        // its own count, of what is kept
        assert.equal(await again.add(nodes(2000).nodes.map(({ address }) => address), CALLER), 2, engine)
      }, { maxNodes: 100, allowPrivateNodes: true })
    }
  })

  it('that keep their place are seen again although there are as many at their address as may be', async () => {
    await withList(async (list, { verifier, clock }) => {
      verifier.ip = '198.51.100.1'
      await list.add(Array.from({ length: 8 }, (_, at) => `https://node-${at}.org`), CALLER)
      verifier.answer()
      await list.idle()
      clock.now += HOUR
      await list.tick()
      verifier.answer()
      await list.idle()
      clock.now += 23.5 * HOUR
      assert.equal((await list.addresses()).length, 8)
    }, 100)
  })

  it('are counted by the end of their name where nobody looks', async () => {
    await withMemory(async ({ rules }) => {
      const nodes = Array.from({ length: 12 }, (_, n) => ({ address: `https://node-${n}.sub.example.org` }))

      assert.deepEqual(await rules.addNodes({ nodes }, NOBODY), { merged: 8 })
      assert.deepEqual(await rules.addNodes({ nodes: [{ address: 'https://example.org' }, { address: 'https://other.org' }] }, NOBODY), { merged: 1 })
    }, { maxNodes: 100 })
  })

  it('are read from the store once, and again when that failed', async () => {
    const store = await memoryStore()
    const nodes = store.registry.nodes.bind(store.registry)
    let reads = 0
    let fails = true

    store.registry.nodes = async now => {
      reads++

      if (fails) {
        throw new Error('the disk')
      }

      return await nodes(now)
    }

    const list = new NodeList({ store: store.registry, allowPrivate: false, maxNodes: 10, now: () => NOW, counts: { verifiedNodes: 0, failedNodes: 0 }, onError: () => {} })

    await assert.rejects(list.addresses())
    fails = false
    assert.deepEqual(await list.addresses(), [])
    assert.equal(await list.add(['https://a.org', 'https://b.org'], CALLER), 2)
    await list.tick()
    assert.equal((await list.addresses()).length, 2)
    assert.equal(reads, 2)
    await list.stop()
    await store.close()
  })

  it('are as many as max_nodes, and no more are taken then', async () => {
    await withList(async (list, { verifier }) => {
      assert.equal(await list.add(['https://a.org', 'https://b.org', 'https://c.org'], CALLER), 2)
      verifier.answer()
      await list.idle()
      assert.equal(await list.add(['https://d.org'], CALLER), 0)
      assert.equal((await list.addresses()).length, 2)
    }, 2)
  })

  for (const [engine, withEngine] of ENGINES) {
    it(`are listed at once where nobody looks, 64 in a call, on ${engine}`, async () => {
      await withEngine(async ({ rules }) => {
        const nodes = Array.from({ length: 65 }, (_, n) => ({ address: `https://node-${n}.org` }))

        assert.equal(await codeOf(rules.addNodes({ nodes }, NOBODY)), 'invalid_input')
        assert.deepEqual(await rules.addNodes({ nodes: nodes.slice(1) }, NOBODY), { merged: 64 })
        assert.equal((await rules.nodes()).nodes.length, 64)
        assert.equal(rules.totals().nodes, 64)
        assert.deepEqual(await rules.addNodes({ nodes: nodes.slice(1) }, NOBODY), { merged: 0 })
      })
    })
  }

  it('are not there when looking fails, or the rules stop meanwhile', async () => {
    let fail = (): void => {}
    const nodeVerifier: NodeVerifier = { verify: async () => await new Promise((resolve, reject) => { fail = () => { reject(new Error('no route')) } }) }

    await withMemory(async ({ rules }) => {
      await rules.addNodes({ nodes: [{ address: 'https://a.org' }] }, NOBODY)
      fail()
      await settle()
      assert.deepEqual(rules.counts.failedNodes, 1)
      await rules.addNodes({ nodes: [{ address: 'https://b.org' }] }, NOBODY)
      const stopped = rules.stop()
      fail()
      await stopped
      assert.equal(rules.totals().nodes, 0)
    }, { nodeVerifier })
  })
})
