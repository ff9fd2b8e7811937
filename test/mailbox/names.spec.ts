import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { bases, CID } from 'multiformats/basics'
import { identity } from 'multiformats/hashes/identity'
import { parseName } from '../../src/mailbox/index.js'
import type { MultibaseEncoder } from 'multiformats'

describe('mailbox names', () => {
  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`know a PeerId of ${type} in base58btc and as a CIDv1 in every multibase`, async () => {
      const peerId = peerIdFromPrivateKey(type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type))
      let spellings = 0

      assert.equal(parseName(peerId.toString()).canonical, peerId.toString())

      for (const base of Object.values(bases)) {
        const text = peerId.toCID().toString(base.encoder as MultibaseEncoder<string>)

        // longer than any name, or text that begins with NUL
        if (Buffer.byteLength(text) > 256 || base.prefix === '\0') {
          continue
        }

        const name = parseName(text)

        assert.ok(name.peerId?.equals(peerId), base.name)
        assert.equal(name.canonical, peerId.toString())
        spellings++
      }

      assert.ok(spellings > 15)
    })
  }

  it('take what is no PeerId for what it is', async () => {
    const peerId = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const text = peerId.toString()
    const raw = CID.createV1(0x55, peerId.toCID().multihash).toString()

    // libp2p makes a PeerId of it, which no key can have
    const url = CID.createV1(0x72, identity.digest(new TextEncoder().encode('https://example.org'))).toString()

    for (const other of [raw, url, text.slice(1), text.slice(0, -1), `${text} `, '1', 'Qm', 'z', 'bafz', '12D3KooW', '🚀', 'f'.repeat(63), 'f'.repeat(65), 'g'.repeat(64)]) {
      const name = parseName(other)

      assert.equal(name.peerId, undefined, other)
      assert.equal(name.canonical, other)
      assert.equal(name.isHandle, false)
    }

    assert.deepEqual(parseName('AB'.repeat(32)), { canonical: 'ab'.repeat(32), isHandle: true })
  })

  it('have 1 to 256 bytes of UTF-8', () => {
    for (const right of ['a', 'a'.repeat(256), '€'.repeat(85), '\0']) {
      assert.equal(parseName(right).canonical, right)
    }

    for (const wrong of ['', 'a'.repeat(257), '€'.repeat(86), '\ud800']) {
      assert.throws(() => parseName(wrong), { code: 'invalid_input' })
    }
  })
})
