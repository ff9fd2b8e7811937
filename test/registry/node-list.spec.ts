import assert from 'node:assert/strict'
import { memoryStore } from '../../src/storage/index.js'
import { NodeList } from '../../src/registry/rules/node-list.js'
import { ENGINES, NOW, codeOf, makePeer, withMemory } from './rig.js'
import type { NodeVerifier } from '../../src/registry/index.js'

const HOUR = 3600 * 1000

/** Nodes that are looked at when a test says so. */
class Looked implements NodeVerifier {
  readonly asked: string[] = []
  readonly #waiting: Array<(isThere: boolean) => void> = []

  async verify (address: string, { signal }: { signal: AbortSignal }): Promise<boolean> {
    this.asked.push(address)

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

      assert.equal(await list.add([...all, 'https://gone.org']), 4)
      assert.deepEqual(await list.addresses(), [])
      assert.deepEqual(verifier.asked, [...all, 'https://gone.org'])
      // while they wait they are not taken again
      assert.equal(await list.add(all), 0)
      verifier.answer()
      await list.idle()
      assert.deepEqual((await list.addresses()).toSorted(), [...all, 'https://gone.org'].toSorted())
      assert.equal(await list.add(all), 0)
      assert.equal(await list.add(['https://d.org']), 1)
      verifier.answer(false)
      await list.idle()
      assert.equal((await list.addresses()).length, 4)
      assert.deepEqual(counts, { verifiedNodes: 5, failedNodes: 1 })
    })
  })

  it('are one for each origin and peer, however they are spelled', async () => {
    await withList(async (list) => {
      const peer = await makePeer()

      assert.equal(await list.add(['https://a.org', ' https://a.org/ ', 'https://A.org/2', 'https://a.org:443/3', `/ip4/192.0.2.1/tcp/1/p2p/${peer}`, `/dns4/b.org/tcp/2/p2p/${peer}`]), 2)
      assert.equal(await list.add(['https://a.org:444', 'http://a.org']), 2)
    })
  })

  it('are not taken at addresses and names that are not of the public internet, unless that is allowed', async () => {
    const local = ['http://127.0.0.1:8080', 'https://[::1]', 'http://0x7f.1', 'http://10.0.0.1', 'http://localhost', `/ip4/192.168.0.1/tcp/4001/p2p/${await makePeer()}`]

    await withList(async (list, { verifier }) => {
      assert.equal(await list.add([...local, 'https://a.org']), 1)
      assert.deepEqual(verifier.asked, ['https://a.org'])
    })

    await withMemory(async ({ rules }) => {
      assert.deepEqual(await rules.addNodes({ nodes: local.map(address => ({ address })) }), { merged: 6 })
    }, { allowPrivateNodes: true })
  })

  it('are addresses of 1 to 256 bytes that lead to a host or a peer; of several all are, or nothing is done', async () => {
    await withList(async (list, { verifier }) => {
      const peer = await makePeer()
      const wrong = [
        '', ' ', 'HTTP://a.org', 'ftp://a.org', 'http://', 'https://user:secret@a.org', 'https://user@a.org', 'a.org', '/ip4/192.0.2.1/tcp/1', `/p2p/${peer}/p2p-circuit`,
        `https://a.org/${'a'.repeat(243)}`, 'https://a.org/\ud800', '/ip4/300.0.0.1/tcp/1'
      ]

      for (const address of wrong) {
        await assert.rejects(list.add(['https://right.org', address]), { code: 'invalid_input', message: 'node' }, address)
      }

      assert.deepEqual(verifier.asked, [])
      assert.equal(await list.add([`https://a.org/${'a'.repeat(242)}`]), 1)
    })
  })

  it('are seen again every hour, and are gone a day after they were seen last', async () => {
    await withList(async (list, { verifier, clock }) => {
      await list.add(['https://a.org', 'https://b.org'])
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

  it('wait, 256 of them, and are looked at eight at a time, those that are listed first', async () => {
    await withList(async (list, { verifier, clock }) => {
      await list.add(['https://listed.org'])
      verifier.answer()
      await list.idle()
      clock.now += HOUR
      verifier.asked.length = 0

      let taken = 0

      for (let n = 0; n < 5; n++) {
        taken += await list.add(Array.from({ length: 64 }, (_, at) => `https://node-${n}-${at}.org`))
        await settle()
      }

      // eight of them are being looked at, 256 wait
      assert.equal(taken, 264)
      assert.equal(verifier.asked.length, 8)
      await list.tick()
      verifier.answer()
      await settle()
      assert.equal(verifier.asked.length, 16)
      assert.equal(verifier.asked[8], 'https://listed.org')
    })
  })

  it('are as many as max_nodes, and no more are taken then', async () => {
    await withList(async (list, { verifier }) => {
      assert.equal(await list.add(['https://a.org', 'https://b.org', 'https://c.org']), 2)
      verifier.answer()
      await list.idle()
      assert.equal(await list.add(['https://d.org']), 0)
      assert.equal((await list.addresses()).length, 2)
    }, 2)
  })

  for (const [engine, withEngine] of ENGINES) {
    it(`are listed at once where nobody looks, 64 in a call, on ${engine}`, async () => {
      await withEngine(async ({ rules }) => {
        const nodes = Array.from({ length: 65 }, (_, n) => ({ address: `https://node-${n}.org` }))

        assert.equal(await codeOf(rules.addNodes({ nodes })), 'invalid_input')
        assert.deepEqual(await rules.addNodes({ nodes: nodes.slice(1) }), { merged: 64 })
        assert.equal((await rules.nodes()).nodes.length, 64)
        assert.equal(rules.totals().nodes, 64)
        assert.deepEqual(await rules.addNodes({ nodes: nodes.slice(1) }), { merged: 0 })
      })
    })
  }

  it('are not there when looking fails, or the rules stop meanwhile', async () => {
    let fail = (): void => {}
    const nodeVerifier: NodeVerifier = { verify: async () => await new Promise((resolve, reject) => { fail = () => { reject(new Error('no route')) } }) }

    await withMemory(async ({ rules }) => {
      await rules.addNodes({ nodes: [{ address: 'https://a.org' }] })
      fail()
      await settle()
      assert.deepEqual(rules.counts.failedNodes, 1)
      await rules.addNodes({ nodes: [{ address: 'https://b.org' }] })
      const stopped = rules.stop()
      fail()
      await stopped
      assert.equal(rules.totals().nodes, 0)
    }, { nodeVerifier })
  })
})
