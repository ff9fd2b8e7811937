import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { errorOf, post } from '../rig.js'
import { Person, identityJson } from './person.js'
import { RegistryRig, assertRefused, proven, resolve } from './rig.js'
import type { Answer } from '../rig.js'
import type { RegistryDoor } from './rig.js'

/** specs/registry.md, Part I: proofs, and the calls that the reference does not have. */
describe('http: proofs of ownership', () => {
  const rig = new RegistryRig()

  async function registered (person: Person, isBound: boolean): Promise<RegistryDoor> {
    const door = await rig.door()
    const identity = person.identity()
    const answer = await post(door, '/register', { ...person.register(door.registry.keys()), ...(isBound ? { proof: person.proof('register', { identity }) } : {}) })

    assert.equal(answer.text, '{"ok":true}')

    return door
  }

  it('bind a handle: nobody else changes or removes it (N2)', async () => {
    const alice = new Person('alice')
    const mallory = new Person('alice')
    const door = await registered(alice, true)
    const identity = mallory.identity()
    const { handle: userId, envelope } = mallory.register(door.registry.keys())

    for (const proof of [undefined, mallory.proof('update', { identity }), alice.proof('update', { identity: alice.identity() }), alice.proof('register', { identity })]) {
      assertRefused(await post(door, '/update', { user_id: userId, envelope, proof }), 401, 'UNAUTHORIZED', 'unauthorized')
    }

    assertRefused(await post(door, '/register', { handle: userId, envelope }), 409, 'CONFLICT', 'conflict')
    assertRefused(await post(door, '/register', { handle: userId, envelope, proof: mallory.proof('register', { identity }) }), 409, 'CONFLICT')

    for (const proof of [undefined, mallory.proof('remove'), alice.proof('announce')]) {
      assertRefused(await post(door, '/remove', { user_id: userId, proof }), 401, 'UNAUTHORIZED', 'unauthorized')
    }

    assert.deepEqual(JSON.parse(await resolve(door, alice) ?? ''), identityJson(alice.identity()))
  })

  it('let the owner put another identity in its place, with another key too', async () => {
    const alice = new Person('alice')
    const next = new Person('alice')
    const door = await registered(alice, true)
    const keys = door.registry.keys()
    const changed = alice.identity({ createdAtMs: 2n })
    const update = { user_id: alice.handle, envelope: alice.register(keys, changed).envelope, proof: alice.proof('update', { identity: changed }) }

    assert.equal((await post(door, '/update', update)).text, '{"bound":true}')
    assert.deepEqual(JSON.parse(await resolve(door, alice) ?? ''), identityJson(changed))

    // played again
    const again = await post(door, '/update', update)

    assertRefused(again, 401, 'UNAUTHORIZED', 'unauthorized')
    assert.match(errorOf(again).details?.issued_after_ms ?? '', /^\d{13}$/)
    assert.equal(again.headers.get('www-authenticate'), null)

    const identity = next.identity()
    const rotate = { user_id: alice.handle, envelope: next.register(keys).envelope, proof: alice.proof('update', { identity }) }

    assertRefused(await post(door, '/update', rotate), 401, 'UNAUTHORIZED')
    assert.equal((await post(door, '/update', { ...rotate, proof: alice.proof('update', { identity }), new_key_proof: next.proof('update', { identity }) })).text, '{"bound":true}')
    assert.equal((await post(door, '/remove', { user_id: alice.handle, proof: next.proof('remove') })).text, '{"existed":true}')
    assert.equal(await resolve(door, alice), undefined)
  })

  it('bind what was registered without one, the first time that the stored key gives one', async () => {
    const alice = new Person('alice')
    const door = await registered(alice, false)
    const identity = alice.identity()

    assertRefused(await post(door, '/remove', { user_id: alice.handle }), 401, 'UNAUTHORIZED')
    assert.equal(await door.registry.lookup(alice.handle), undefined)
    assert.equal((await post(door, '/register', { ...alice.register(door.registry.keys()), proof: alice.proof('register', { identity }) })).text, '{"ok":true}')
    assert.ok(await door.registry.lookup(alice.handle) != null)
  })

  it('are for the PeerId that is proven beside them', async () => {
    const alice = new Person('alice')
    const door = await rig.door()
    const key = await generateKeyPair('Ed25519')
    const peerId = peerIdFromPrivateKey(key).toMultihash().bytes
    const identity = alice.identity()
    const body = alice.register(door.registry.keys())
    const headers = await proven(door, key)

    assertRefused(await post(door, '/register', { ...body, proof: alice.proof('register', { identity }) }, headers), 401, 'UNAUTHORIZED')
    assertRefused(await post(door, '/register', { ...body, proof: alice.proof('register', { identity, peerId }) }), 401, 'UNAUTHORIZED')
    assert.equal((await post(door, '/register', { ...body, proof: alice.proof('register', { identity, peerId }) }, headers)).text, '{"ok":true}')
  })

  it('of nobody find nobody', async () => {
    const alice = new Person('alice')
    const door = await rig.door()
    const { handle: userId, envelope } = alice.register(door.registry.keys())

    assertRefused(await post(door, '/update', { user_id: userId, envelope, proof: alice.proof('update', { identity: alice.identity() }) }), 404, 'NOT_FOUND')
    assert.equal((await post(door, '/remove', { user_id: userId })).text, '{"existed":false}')
    assert.equal((await post(door, '/remove', { user_id: userId, proof: { signature: '00'.repeat(64), issued_ms: 1 } })).text, '{"existed":false}')
  })

  for (const [path, body] of [
    ['/update', { user_id: 'x' }], ['/update', { user_id: '00'.repeat(32) }], ['/update', { user_id: '00'.repeat(32), envelope: { kid: '', sender_pubkey: '', nonce: '', ciphertext: '' }, more: 1 }],
    ['/remove', { user_id: '00'.repeat(31) }], ['/remove', { user_id: '00'.repeat(32), handle: 'x' }], ['/remove', { user_id: '00'.repeat(32), proof: { signature: '00', issued_ms: 1 } }],
    ['/presence', { user_id: 7 }], ['/presence', { user_id: '00'.repeat(32), proof: null }], ['/presence', ['00'.repeat(32)]]
  ] as const) {
    it(`refuse ${JSON.stringify(body).slice(0, 60)} at ${path}`, async () => {
      assertRefused(await post(await rig.door(), path, body), 400, 'INVALID_INPUT', /^(?!invalid input: )/)
    })
  }
})

describe('http: /presence', () => {
  const rig = new RegistryRig()
  const alice = new Person('alice')
  const announce = (more: Record<string, unknown> = {}): Record<string, unknown> => ({ user_id: alice.handle, addr: 'https://a.example.org', ts_ms: 1_000_000, readable: true, ...more })
  const entriesOf = async (door: RegistryDoor): Promise<Array<{ peer_id: string, addrs: string[], age_ms: number }>> =>
    (await post(door, '/presence', { user_id: alice.handle.toUpperCase() })).json.entries as Array<{ peer_id: string, addrs: string[], age_ms: number }>

  it('tells where a user can be reached, when the user allows it', async () => {
    const door = await rig.door({ rules: { now: () => 1_000_500 } })

    assert.equal((await post(door, '/presence', { user_id: alice.handle })).text, '{"entries":[]}')
    await post(door, '/announce', announce({ readable: undefined }))
    assert.deepEqual(await entriesOf(door), [])
    await post(door, '/announce', announce({ ts_ms: 1_000_001 }))
    assert.equal((await post(door, '/presence', { user_id: alice.handle })).text, '{"entries":[{"peer_id":"","addrs":["https://a.example.org"],"age_ms":499}]}')
  })

  it('has one entry for each peer, under its PeerId', async () => {
    const door = await rig.door({ rules: { now: () => 1_000_500 } })
    const key = await generateKeyPair('Ed25519')

    await post(door, '/announce', announce())
    await post(door, '/announce', announce({ ts_ms: 1_000_100, addr: 'b' }), await proven(door, key))
    assert.deepEqual(await entriesOf(door), [
      { peer_id: Buffer.from(peerIdFromPrivateKey(key).toMultihash().bytes).toString('hex'), addrs: ['b'], age_ms: 400 },
      { peer_id: '', addrs: ['https://a.example.org'], age_ms: 500 }
    ])
  })

  it('of the year 3000 is over when any other is, and an older one takes no newer one\'s place (N10)', async () => {
    let now = 1_000_500
    const door = await rig.door({ rules: { now: () => now, presenceTtlSeconds: 10 } })

    await post(door, '/announce', announce({ ts_ms: Date.UTC(3000, 0) }))
    assert.equal((await entriesOf(door))[0]?.age_ms, 0)
    assert.equal((await post(door, '/announce', announce({ ts_ms: 1_000_400, addr: 'old' }))).text, '{"ok":true}')
    assert.deepEqual((await entriesOf(door)).map(({ addrs }) => addrs), [['https://a.example.org']])
    now += 9_999
    assert.equal((await entriesOf(door)).length, 1)
    now += 1
    assert.equal((await entriesOf(door)).length, 0)
  })

  it('of a bound handle is taken with a proof alone', async () => {
    const door = await rig.door()
    const at = { ts_ms: Date.now() }

    await post(door, '/register', { ...alice.register(door.registry.keys()), proof: alice.proof('register', { identity: alice.identity() }) })
    assertRefused(await post(door, '/announce', announce(at)), 401, 'UNAUTHORIZED')
    assertRefused(await post(door, '/announce', announce({ ...at, proof: new Person('alice').proof('announce') })), 401, 'UNAUTHORIZED')
    assert.equal((await post(door, '/announce', announce({ ...at, proof: alice.proof('announce') }))).text, '{"ok":true}')
    assert.equal((await entriesOf(door)).length, 1)
  })
})

/** 2.1, POST /sync, and Part I, "sync". */
describe('http: /sync', () => {
  const rig = new RegistryRig()
  const people = (count: number): Person[] => Array.from({ length: count }, (_, n) => new Person(`person ${n}`))
  const sync = async (door: Pick<RegistryDoor, 'url'>, identities: unknown, headers: Record<string, string> = {}): Promise<Answer> => await post(door, '/sync', { identities }, headers)

  async function trusted (): Promise<{ door: RegistryDoor, headers: Record<string, string> }> {
    const key = await generateKeyPair('Ed25519')
    const door = await rig.door({ rules: { allowSync: true, syncPeers: [peerIdFromPrivateKey(key)] } })

    return { door, headers: await proven(door, key) }
  }

  it('is off as the node comes, for whoever asks (N3)', async () => {
    const door = await rig.door()
    const answer = await sync(door, [])

    assert.deepEqual([answer.status, answer.text], [401, '{"error":{"code":"UNAUTHORIZED","message":"unauthorized"}}'])
    assertRefused(await sync(door, people(1).map(person => identityJson(person.identity())), await proven(door, await generateKeyPair('Ed25519'))), 401, 'UNAUTHORIZED')
    assertRefused(await post(door, '/sync', 'x'), 400, 'INVALID_INPUT')
    assert.equal(door.registry.totals().identities, 0)
  })

  it('is taken from trusted peers that prove who they are, alone (N3)', async () => {
    const { door, headers } = await trusted()
    const identities = people(3).map(person => identityJson(person.identity()))
    const asked = await sync(door, identities)

    assertRefused(asked, 401, 'UNAUTHORIZED', 'unauthorized')
    assert.match(asked.headers.get('www-authenticate') ?? '', /^libp2p-PeerID .*challenge-client=/)

    const stranger = await sync(door, identities, await proven(door, await generateKeyPair('Ed25519')))

    assertRefused(stranger, 401, 'UNAUTHORIZED', 'unauthorized')
    assert.equal(stranger.headers.get('www-authenticate'), null)
    assert.equal((await sync(door, identities, headers)).text, '{"merged":3}')
    assert.equal((await sync(door, identities, headers)).text, '{"merged":0}')
  })

  it('asks nobody for a proof under a host name that is not ours', async () => {
    const { door } = await trusted()
    const answer = await post({ url: door.url.replace('127.0.0.1', 'localhost') }, '/sync', { identities: [] })

    assertRefused(answer, 401, 'UNAUTHORIZED', 'unauthorized')
    assert.equal(answer.headers.get('www-authenticate'), null)
  })

  it('overwrites nothing, skips what is against the rules, and binds nothing', async () => {
    const { door, headers } = await trusted()
    const [alice, bob, carol] = people(3) as [Person, Person, Person]

    await post(door, '/register', alice.register(door.registry.keys()))

    const identities = [
      alice.identity({ createdAtMs: 9n }), bob.identity({ signature: new Uint8Array() }), carol.identity(), bob.identity({ createdAtMs: 0n }), carol.identity({ createdAtMs: 9n }),
      bob.identity({ usernameHint: ' ' }), bob.identity({ usernameHint: undefined, createdAtMs: 2n ** 64n - 1n })
    ]
    // JSON.stringify would round it
    const text = `{"identities":${JSON.stringify(identities.map(identityJson)).replace('18446744073709552000', '18446744073709551615')}}`

    assert.equal((await post(door, '/sync', text, headers)).text, '{"merged":2}')
    assert.match(await resolve(door, alice) ?? '', /"created_at_ms":1\}$/)
    assert.match(await resolve(door, bob) ?? '', /"username_hint":null,.*"created_at_ms":18446744073709551615\}$/)
    assert.match(await resolve(door, carol) ?? '', /"created_at_ms":1\}$/)
    assert.equal(await door.registry.lookup(carol.handle), undefined)
  })

  for (const [what, change] of [
    ['a field that is not known', { more: 1 }], ['a byte of 256', { signature: [256] }], ['a byte of -1', { signature: [-1] }], ['bytes as text', { signature: 'x' }], ['a user id that is no hex', { user_id: 'x' }],
    ['a missing key', { signing_public_key: undefined }], ['a hint that is a number', { username_hint: 1 }], ['a time that is text', { created_at_ms: '1' }]
  ] as const) {
    it(`refuses all for one with ${what}`, async () => {
      const { door, headers } = await trusted()
      const [alice, bob] = people(2) as [Person, Person]

      assertRefused(await sync(door, [identityJson(alice.identity()), { ...identityJson(bob.identity()), ...change }], headers), 400, 'INVALID_INPUT', /^(?!invalid input: )/)
      assert.equal(door.registry.totals().identities, 0)
    })
  }

  it('takes 1,000 at most (N18), and as many bytes of them as fit from whoever is trusted', async () => {
    const { door, headers } = await trusted()
    const small = people(1001).map(person => identityJson(person.identity({ signingPublicKey: Uint8Array.of(1) })))
    const large = people(4).map(person => identityJson(person.identity({ signature: new Uint8Array(25_000) })))

    assertRefused(await sync(door, small, headers), 400, 'INVALID_INPUT', /^invalid input: /)
    assert.equal((await sync(door, large, headers)).text, '{"merged":4}')
    // more values than a stranger's body may have
    assertRefused(await sync(door, large), 400, 'INVALID_INPUT', /more than 65536 values/)
    assert.equal((await sync(door, small.slice(4, 1001), headers)).text, '{"merged":997}')
  })
})
