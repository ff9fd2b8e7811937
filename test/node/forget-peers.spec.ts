import { strict as assert } from 'node:assert'
import { forgetGonePeers } from '../../src/node/forget-peers.js'
import { Rig } from '../support/rig.js'
import { until } from '../support/wait.js'
import type { Libp2p } from '@libp2p/interface'

async function known (node: Libp2p): Promise<string[]> {
  return (await node.peerStore.all()).map(({ id }) => id.toString())
}

describe('what the node keeps of peers', () => {
  const rig = new Rig()

  it('forgets a peer that has gone, and keeps one that is connected', async () => {
    const relay = await rig.relay()
    forgetGonePeers(relay.node, { afterMs: 20 })
    const stays = await rig.peer(relay)
    const leaves = await rig.peer(relay)
    await Promise.all([stays.reserve(), leaves.reserve()])
    const both = [stays.peerId, leaves.peerId].map(String).sort()
    let now: string[] = []
    await until(async () => { now = await known(relay.node); return now.length === both.length }, () => `the store has both peers; it has ${now.join()}`)
    assert.deepEqual(now.sort(), both)

    await leaves.disconnect()
    await until(async () => { now = await known(relay.node); return now.length === 1 }, () => `the store has one peer; it has ${now.join()}`)
    assert.deepEqual(now, [stays.peerId.toString()])
  })

  it('keeps a peer that is back before it is forgotten', async () => {
    const relay = await rig.relay()
    forgetGonePeers(relay.node, { afterMs: 300 })
    const returns = await rig.peer(relay)
    const leaves = await rig.peer(relay)
    await returns.disconnect()
    await returns.node.dial(relay.addr())
    await leaves.disconnect()
    let now: string[] = []
    await until(async () => { now = await known(relay.node); return !now.includes(leaves.peerId.toString()) }, () => `the other peer is forgotten; the store has ${now.join()}`)
    assert.deepEqual(now, [returns.peerId.toString()])
  })
})
