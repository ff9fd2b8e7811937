import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { RecentIds } from '../../src/client/seen.js'
import type { PeerId } from '@libp2p/interface'

async function peer (): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

describe('ids that an inbox remembers', () => {
  it('are the last of those that came by the mailbox', () => {
    const ids = new RecentIds(3)

    for (const id of ['1', '2', '3', '4']) {
      ids.add(id)
    }

    assert.deepEqual(['1', '2', '3', '4'].map(id => ids.has(id)), [false, true, true, true])
  })

  it('are pushed out by no stranger who delivers many directly, but for its own', async () => {
    const [friend, stranger] = [await peer(), await peer()]
    const ids = new RecentIds(3)

    ids.add('by the mailbox')
    ids.add('of the friend', friend)

    for (let n = 0; n < 10; n++) {
      ids.add(String(n), stranger)
    }

    assert.deepEqual(['by the mailbox', 'of the friend', '7', '8', '9'].map(id => ids.has(id)), [true, true, false, true, true])
  })

  it('are no more than they may be, whoever they come from', async () => {
    const ids = new RecentIds(3)

    for (let n = 0; n < 10; n++) {
      ids.add(String(n), await peer())
    }

    assert.deepEqual(Array.from({ length: 10 }, (_, n) => n).filter(n => ids.has(String(n))), [7, 8, 9])
  })
})
