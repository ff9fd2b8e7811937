import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ownsIdentities } from '../../src/registry/index.js'
import { bytesOf, indexOf } from '../../src/storage/registry-conformance.js'
import { memoryStore } from '../../src/storage/index.js'
import { NODE_KEY } from './rig.js'

describe('registry: whose identities a store holds', () => {
  it('those of the node that first had it, until it holds none', async () => {
    const store = await memoryStore()
    const other = await generateKeyPair('Ed25519')
    const row = { sealed: bytesOf('sealed') }

    assert.equal(await ownsIdentities(store, NODE_KEY), true)
    assert.equal(await ownsIdentities(store, other), true)
    await store.registry.replaceIdentity(indexOf(1), undefined, row, { now: 1 })
    assert.equal(await ownsIdentities(store, other), true)
    assert.equal(await ownsIdentities(store, NODE_KEY), false)
    assert.equal(await ownsIdentities(store, NODE_KEY), false)
    assert.equal(await ownsIdentities(store, other), true)
    await store.registry.replaceIdentity(indexOf(1), row.sealed, undefined, { now: 1 })
    assert.equal(await ownsIdentities(store, NODE_KEY), true)
    await store.close()
  })

  it('of a store from before that was kept, those of the node that has it now', async () => {
    const store = await memoryStore()

    await store.registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('sealed') }, { now: 1 })
    assert.equal(await ownsIdentities(store, NODE_KEY), true)
    assert.equal(await ownsIdentities(store, await generateKeyPair('Ed25519')), false)
    await store.close()
  })
})
