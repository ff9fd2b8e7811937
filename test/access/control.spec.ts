import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { InvalidCidrError, InvalidExpiryError, accessControl } from '../../src/access/index.js'
import type { PeerId } from '@libp2p/interface'

describe('accessControl', () => {
  let alice: PeerId
  let bob: PeerId

  before(async () => {
    alice = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    bob = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  })

  it('authorises nobody and denies nobody on its own', () => {
    const access = accessControl()

    assert.equal(access.isAuthorized(alice), false)
    assert.equal(access.isDeniedPeer(alice), false)
    assert.equal(access.isDeniedAddr(multiaddr('/ip4/127.0.0.1/tcp/1')), false)
  })

  it('knows a peer by its id, not by the object', () => {
    const access = accessControl({ allowPeers: [alice], denyPeers: [bob] })

    assert.equal(access.isAuthorized(peerIdFromString(alice.toString())), true)
    assert.equal(access.isDeniedPeer(peerIdFromString(bob.toString())), true)
  })

  it('allows and disallows at run time', () => {
    const access = accessControl({ allowPeers: [alice] })

    access.allowPeer(bob)
    assert.equal(access.isAuthorized(bob), true)
    access.disallowPeer(bob)
    assert.equal(access.isAuthorized(bob), false)
    assert.equal(access.isAuthorized(alice), true)
  })

  it('does not authorise a peer that is both allowed and denied, or granted and denied', () => {
    const access = accessControl({ allowPeers: [alice], denyPeers: [alice, bob] })

    access.grant(bob)
    assert.equal(access.isAuthorized(alice), false)
    assert.equal(access.isAuthorized(bob), false)
    access.undenyPeer(alice)
    access.undenyPeer(bob)
    assert.equal(access.isAuthorized(alice), true)
    assert.equal(access.isAuthorized(bob), true)
  })

  it('denies and takes back address ranges at run time', () => {
    const access = accessControl({ denyCidrs: ['203.0.113.0/24'] })
    const addr = multiaddr('/ip4/203.0.113.9/tcp/1')

    assert.equal(access.isDeniedAddr(addr), true)
    access.undenyCidr('203.0.113.77/24')
    assert.equal(access.isDeniedAddr(addr), false)
    access.denyCidr('2001:db8::/32')
    assert.equal(access.isDeniedAddr(multiaddr('/ip6/2001:db8:1::1/tcp/1')), true)
    assert.throws(() => { access.denyCidr('all') }, InvalidCidrError)
    assert.throws(() => { access.undenyCidr('all') }, InvalidCidrError)
    assert.throws(() => accessControl({ denyCidrs: ['all'] }), InvalidCidrError)
  })

  it('does not judge a relayed peer by the address of its relay', () => {
    const access = accessControl({ denyCidrs: ['0.0.0.0/0'] })

    assert.equal(access.isDeniedAddr(multiaddr(`/ip4/203.0.113.9/tcp/1/p2p/${alice}/p2p-circuit`)), false)
    assert.equal(access.isDeniedAddr(multiaddr('/dns4/example.org/tcp/1')), false)
  })

  it('dispatches denied once for each thing that is newly denied, after it holds', () => {
    const access = accessControl({ denyPeers: [alice], denyCidrs: ['10.0.0.0/8'] })
    const seen: boolean[] = []

    access.addEventListener('denied', () => { seen.push(access.isDeniedPeer(bob)) })
    access.denyPeer(alice)
    access.denyCidr('10.1.1.1/8')
    assert.deepEqual(seen, [])
    access.denyPeer(bob)
    access.denyPeer(bob)
    access.denyCidr('11.0.0.0/8')
    assert.deepEqual(seen, [true, true])
    access.undenyPeer(bob)
    access.undenyCidr('11.0.0.0/8')
    assert.equal(seen.length, 2)
    access.denyPeer(bob)
    assert.equal(seen.length, 3)
  })

  it('holds a grant until the second in which it expires', () => {
    let now = 1_700_000_000_000
    const access = accessControl({ now: () => now })

    access.grant(alice, 1_700_000_060)
    now = 1_700_000_059_999
    assert.equal(access.isAuthorized(alice), true)
    now = 1_700_000_060_000
    assert.equal(access.isAuthorized(alice), false)
    now = 1_700_000_000_000
    assert.equal(access.isAuthorized(alice), false)
  })

  it('holds a grant without end until it is revoked', () => {
    let now = 0
    const access = accessControl({ now: () => now, allowPeers: [bob] })

    access.grant(alice)
    now = Number.MAX_SAFE_INTEGER
    assert.equal(access.isAuthorized(alice), true)
    access.revoke(alice)
    assert.equal(access.isAuthorized(alice), false)
    access.revoke(bob)
    assert.equal(access.isAuthorized(bob), true)
  })

  it('refuses an expiry that is no time', () => {
    for (const expires of [-1, 1.5, NaN, Infinity]) {
      assert.throws(() => { accessControl().grant(alice, expires) }, InvalidExpiryError)
    }
  })
})
