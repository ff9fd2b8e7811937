import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { CircuitSlots } from '../../src/relay/circuits.js'
import { RateBudget } from '../../src/relay/rate-budget.js'
import type { CircuitLimits, CircuitRefusal, CircuitSlot } from '../../src/relay/circuits.js'
import type { PeerId } from '@libp2p/interface'

describe('relay: circuit slots', () => {
  let peers: PeerId[]

  before(async () => {
    peers = await Promise.all(Array.from({ length: 4 }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))))
  })

  function taken (slot: CircuitSlot | { refusal: CircuitRefusal }): CircuitSlot {
    assert.ok(!('refusal' in slot))

    return slot
  }

  it('never has more than any limit allows, and counts nothing once all is released', () => {
    const limits: CircuitLimits = { maxCircuits: 6, maxCircuitsPerPeer: 3, maxCircuitsPerIp: 4 }
    const step = fc.record({ src: fc.nat(3), dst: fc.nat(3), group: fc.constantFrom('a', 'b', undefined), release: fc.option(fc.nat(9)) })

    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const slots = new CircuitSlots(limits)
      const open: Array<{ src: number, dst: number, group?: string, slot: CircuitSlot }> = []

      for (const { src, dst, group, release } of steps) {
        const of = (peer: number): number => open.filter(c => c.src === peer).length + open.filter(c => c.dst === peer).length
        // an index into the peers is below their count
        const slot = slots.take(peers[src] as PeerId, peers[dst] as PeerId, group)
        const full = open.length >= 6 || of(src) >= 3 || of(dst) >= 3 || (group != null && open.filter(c => c.group === group).length >= 4)

        assert.equal('refusal' in slot, full)

        if (!('refusal' in slot)) {
          open.push({ src, dst, group, slot })
        }

        const [gone] = release == null ? [] : open.splice(release, 1)
        gone?.slot.release()
        gone?.slot.release()
        assert.equal(slots.size, open.length)
      }

      open.forEach(({ slot }) => { slot.release() })
      assert.equal(slots.size, 0)
      assert.ok(!('refusal' in slots.take(peers[0] as PeerId, peers[1] as PeerId, 'a')))
    }), { numRuns: 200 })
  })

  it('has no limit where it is 0', () => {
    const slots = new CircuitSlots({ maxCircuits: 0, maxCircuitsPerPeer: 0, maxCircuitsPerIp: 0 })

    for (let i = 0; i < 5000; i++) {
      taken(slots.take(peers[0] as PeerId, peers[1] as PeerId, 'a'))
    }

    assert.equal(slots.size, 5000)
  })
})

describe('relay: rate budget', () => {
  it('gives out no more than a burst of one second and then the rate', () => {
    let now = 0
    const budget = new RateBudget(1000, () => now)

    assert.equal(budget.take(600), 600)
    assert.equal(budget.take(600), 400)
    assert.equal(budget.take(1), 0)
    now = 250
    assert.equal(budget.take(1000), 250)
    now = 60_000
    assert.equal(budget.take(5000), 1000, 'idle time is not saved up beyond one second')
  })
})
