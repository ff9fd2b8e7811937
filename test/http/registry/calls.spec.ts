import assert from 'node:assert/strict'
import { call, post } from '../rig.js'
import { ephemeralKeyAgreement, keyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { encodeIdentity } from '../../../src/registry/index.js'
import { Person, identityJson, seal } from './person.js'
import { RegistryRig, assertRefused, resolve } from './rig.js'
import type { RegistryDoor } from './rig.js'

const HEX_64 = 'ab'.repeat(32)
const LOW_ORDER = '00'.repeat(32)

/** specs/registry.md, Part II, 2.1: POST /register. */
describe('http: /register', () => {
  const rig = new RegistryRig()
  const alice = new Person('alice')

  /** Of a body that is right, with something else in it. */
  async function refused (change: (body: ReturnType<Person['register']>, door: RegistryDoor) => unknown, message: string | RegExp): Promise<void> {
    const door = await rig.door()

    assertRefused(await post(door, '/register', change(alice.register(door.registry.keys()), door)), 400, 'INVALID_INPUT', message)
    assert.equal(door.registry.totals().identities, 0)
  }

  it('registers an identity, and says ok and nothing else', async () => {
    const door = await rig.door()
    const { status, text, headers } = await post(door, '/register', alice.register(door.registry.keys()))

    assert.deepEqual([status, text, headers.get('content-type')], [200, '{"ok":true}', 'application/json'])
    assert.deepEqual(JSON.parse(await resolve(door, alice) ?? ''), identityJson(alice.identity()))
  })

  it('says ok for the same identity again, and refuses another one with 409', async () => {
    const door = await rig.door()
    const keys = door.registry.keys()

    await post(door, '/register', alice.register(keys))
    assert.equal((await post(door, '/register', alice.register(keys))).text, '{"ok":true}')

    const other = await post(door, '/register', alice.register(keys, alice.identity({ createdAtMs: 2n })))

    assert.deepEqual([other.status, other.text], [409, '{"error":{"code":"CONFLICT","message":"conflict"}}'])
    assert.deepEqual(JSON.parse(await resolve(door, alice) ?? ''), identityJson(alice.identity()))
  })

  it('takes a handle and an envelope in upper-case hex, and base64 without padding', async () => {
    for (const more of [{ createdAtMs: 1n }, { createdAtMs: 12n }, { createdAtMs: 123n }]) {
      const door = await rig.door()
      const { handle, envelope: { kid, sender_pubkey: sender, nonce, ciphertext } } = alice.register(door.registry.keys(), alice.identity(more))
      const envelope = { kid: kid.toUpperCase(), sender_pubkey: sender.toUpperCase(), nonce: nonce.toUpperCase(), ciphertext: ciphertext.replace(/=+$/, '') }

      assert.equal((await post(door, '/register', { handle: handle.toUpperCase(), envelope })).text, '{"ok":true}')
      assert.deepEqual(JSON.parse(await resolve(door, alice) ?? ''), identityJson(alice.identity(more)))
    }
  })

  it('keeps a created_at_ms of 64 bits, and an identity without a hint', async () => {
    const door = await rig.door()
    const text = Buffer.from(encodeIdentity(alice.identity({ usernameHint: undefined, createdAtMs: 2n ** 64n - 1n }))).toString()
    const without = text.replace('"username_hint":null,', '')

    assert.notEqual(text, without)
    assert.equal((await post(door, '/register', { handle: alice.handle, envelope: seal(door.registry.keys(), alice.userId, Buffer.from(without)) })).status, 200)
    assert.match(await resolve(door, alice) ?? '', /"created_at_ms":18446744073709551615\}$/)
  })

  for (const [what, handle] of [['63 hex', 'a'.repeat(63)], ['65 hex', 'a'.repeat(65)], ['66 hex', 'a'.repeat(66)], ['no hex', 'g'.repeat(64)], ['nothing', ''], ['a name', 'alice'], ['white space around it', ` ${HEX_64}`]] as const) {
    it(`refuses a handle of ${what}`, async () => {
      await refused(body => ({ ...body, handle }), 'invalid input: handle')
    })
  }

  for (const [what, kid] of [['another', '0011223344556677'], ['15 hex', 'a'.repeat(15)], ['18 hex', 'a'.repeat(18)], ['no hex', 'x'.repeat(16)], ['an empty', '']] as const) {
    it(`refuses ${what} kid, in words that the messenger looks for`, async () => {
      await refused(body => ({ ...body, envelope: { ...body.envelope, kid } }), 'invalid input: unknown envelope key')
    })
  }

  for (const [what, change] of [
    ['another sender', { sender_pubkey: HEX_64 }],
    ['another nonce', { nonce: 'ab'.repeat(24) }],
    ['another ciphertext', { ciphertext: Buffer.alloc(200).toString('base64') }]
  ] as const) {
    it(`refuses ${what} than the one that it was sealed with`, async () => {
      await refused(body => ({ ...body, envelope: { ...body.envelope, ...change } }), 'invalid input: unable to decrypt envelope')
    })
  }

  it('refuses an envelope that was sealed for another handle', async () => {
    await refused((body, { registry }) => ({ handle: body.handle, envelope: new Person('bob').register(registry.keys()).envelope }), 'invalid input: unable to decrypt envelope')
  })

  for (const [what, change] of [
    ['a sender of 31 bytes', { sender_pubkey: 'ab'.repeat(31) }],
    ['a sender that is no hex', { sender_pubkey: 'x'.repeat(64) }],
    ['a sender of low order (N15)', { sender_pubkey: LOW_ORDER }],
    ['a nonce of 23 bytes', { nonce: 'ab'.repeat(23) }],
    ['a nonce in base64', { nonce: Buffer.alloc(24).toString('base64') }],
    ['a ciphertext of 15 bytes', { ciphertext: Buffer.alloc(15).toString('base64') }],
    ['a ciphertext of more than 64 KiB', { ciphertext: Buffer.alloc(65_537).toString('base64') }],
    ['an empty ciphertext', { ciphertext: '' }]
  ] as const) {
    it(`refuses ${what}`, async () => {
      await refused(body => ({ ...body, envelope: { ...body.envelope, ...change } }), /^invalid input: /)
    })
  }

  for (const [what, spell] of [
    ['white space within', (text: string) => `${text.slice(0, 4)} ${text.slice(4)}`],
    ['a line break at its end', (text: string) => `${text}\n`],
    ['padding too many', (text: string) => `${text}=`],
    ['padding in the middle', (text: string) => `${text.slice(0, 4)}==${text.slice(4)}`],
    ['the alphabet for URLs', (text: string) => `-_${text.slice(2)}`],
    ['one character alone at its end', (text: string) => `${text.slice(0, 200)}A`],
    ['hex', (text: string) => Buffer.from(text, 'base64').toString('hex')]
  ] as const) {
    it(`refuses base64 with ${what}`, async () => {
      await refused(body => ({ ...body, envelope: { ...body.envelope, ciphertext: spell(body.envelope.ciphertext) } }), /^invalid input: /)
    })
  }

  for (const [what, text, message] of [
    ['no JSON', 'hello', /^invalid input: /],
    ['an array', '[]', /^invalid input: /],
    ['trailing data', '{}{}', /^invalid input: /],
    ['a field that is not known', JSON.stringify({ ...identityJson(alice.identity()), more: 1 }), /^invalid input: /],
    ['a field twice', JSON.stringify(identityJson(alice.identity())).replace('{', '{"created_at_ms":1,'), /^invalid input: /],
    ['a missing field', JSON.stringify({ ...identityJson(alice.identity()), signature: undefined }), /^invalid input: /],
    ['a byte of 256', JSON.stringify({ ...identityJson(alice.identity()), signature: [256] }), /^invalid input: /],
    ['bytes as text', JSON.stringify({ ...identityJson(alice.identity()), signature: 'aGk=' }), /^invalid input: /],
    ['a hint that is a number', JSON.stringify({ ...identityJson(alice.identity()), username_hint: 7 }), /^invalid input: /],
    ['a negative time', JSON.stringify({ ...identityJson(alice.identity()), created_at_ms: -1 }), /^invalid input: /],
    ['a time of 1.5', JSON.stringify({ ...identityJson(alice.identity()), created_at_ms: 1.5 }), /^invalid input: /],
    ['a user id that is no hex', JSON.stringify({ ...identityJson(alice.identity()), user_id: 'alice' }), /^invalid input: /],
    ['another user id', JSON.stringify({ ...identityJson(alice.identity()), user_id: HEX_64 }), 'invalid input: handle does not match identity'],
    ['no signing key', JSON.stringify({ ...identityJson(alice.identity()), signing_public_key: [] }), 'invalid input: identity'],
    ['no encryption key', JSON.stringify({ ...identityJson(alice.identity()), encryption_public_key: [] }), 'invalid input: identity'],
    ['no signature', JSON.stringify({ ...identityJson(alice.identity()), signature: [] }), 'invalid input: identity'],
    ['a time of 0', JSON.stringify({ ...identityJson(alice.identity()), created_at_ms: 0 }), 'invalid input: identity'],
    ['an empty hint', JSON.stringify({ ...identityJson(alice.identity()), username_hint: '' }), 'invalid input: identity'],
    ['a hint of white space', JSON.stringify({ ...identityJson(alice.identity()), username_hint: ' \u3000' }), 'invalid input: identity'],
    ['a hint with a control character', JSON.stringify({ ...identityJson(alice.identity()), username_hint: 'a\u0085' }), 'invalid input: identity'],
    ['a hint of 65 bytes', JSON.stringify({ ...identityJson(alice.identity()), username_hint: `${'ä'.repeat(32)}a` }), 'invalid input: identity']
  ] as const) {
    it(`refuses what is sealed and is ${what}`, async () => {
      await refused((body, { registry }) => ({ ...body, envelope: seal(registry.keys(), alice.userId, Buffer.from(text)) }), message)
    })
  }

  for (const [what, change] of [
    ['a handle that is a number', { handle: 7 }],
    ['no handle', { handle: undefined }],
    ['no envelope', { envelope: undefined }],
    ['an envelope that is null', { envelope: null }],
    ['a field that is not known', { more: 1 }],
    ['an envelope with a field that is not known', { envelope: { kid: '', sender_pubkey: '', nonce: '', ciphertext: '', more: '' } }],
    ['an envelope that lacks one', { envelope: { kid: '', sender_pubkey: '', nonce: '' } }],
    ['an envelope that is an array', { envelope: ['', '', '', ''] }],
    ['a proof that is text', { proof: 'x' }],
    ['a proof with a field that is not known', { proof: { signature: '00'.repeat(64), issued_ms: 1, more: 1 } }],
    ['a signature of 63 bytes', { proof: { signature: '00'.repeat(63), issued_ms: 1 } }],
    ['a time that is text', { proof: { signature: '00'.repeat(64), issued_ms: '1' } }],
    ['readable, which is of /announce', { readable: true }]
  ] as const) {
    it(`refuses ${what} as its extractor does`, async () => {
      await refused(body => ({ ...body, ...change }), /^(?!invalid input: )/)
    })
  }

  it('looks at the handle before the key, the key before the envelope, and the envelope before what is in it', async () => {
    const wrong = { handle: 'x', envelope: { kid: 'x', sender_pubkey: 'x', nonce: 'x', ciphertext: '!' } }

    await refused(() => wrong, 'invalid input: handle')
    await refused(({ handle }) => ({ ...wrong, handle }), 'invalid input: unknown envelope key')
  })
})

/** 2.1, POST /resolve. */
describe('http: /resolve', () => {
  const rig = new RegistryRig()
  const requester = Buffer.from(ephemeralKeyAgreement().publicKey).toString('hex')

  it('answers with the handle as it was sent, and an envelope of the node\'s own key', async () => {
    const door = await rig.door()
    const alice = new Person('alice')
    const handle = alice.handle.toUpperCase()

    await post(door, '/register', alice.register(door.registry.keys()))

    const { status, text, json } = await post(door, '/resolve', { handle, requester_ephemeral_pubkey_hex: requester.toUpperCase() })
    const { json: key } = await call(`${door.url}/envelope_pubkey`)

    assert.equal(status, 200)
    assert.match(text, new RegExp(`^\\{"handle":"${handle}","envelope":\\{"kid":"[0-9a-f]{16}","sender_pubkey":"[0-9a-f]{64}","nonce":"[0-9a-f]{48}","ciphertext":"[A-Za-z0-9+/]+={0,2}"\\}\\}$`))
    assert.deepEqual([(json.envelope as Record<string, unknown>).kid, (json.envelope as Record<string, unknown>).sender_pubkey], [key.kid_hex, key.x25519_public_key_hex])
  })

  it('answers null for nobody, and still 200', async () => {
    const { status, text } = await post(await rig.door(), '/resolve', { handle: HEX_64, requester_ephemeral_pubkey_hex: requester })

    assert.deepEqual([status, text], [200, `{"handle":"${HEX_64}","envelope":null}`])
  })

  for (const [what, body, message] of [
    ['a handle of 63 hex', { handle: 'a'.repeat(63), requester_ephemeral_pubkey_hex: requester }, 'invalid input: handle'],
    ['a handle before a key', { handle: 'alice', requester_ephemeral_pubkey_hex: 'x' }, 'invalid input: handle'],
    ['a key of 31 bytes', { handle: HEX_64, requester_ephemeral_pubkey_hex: 'ab'.repeat(31) }, 'invalid input: requester_ephemeral_pubkey_hex'],
    ['a key that is no hex', { handle: HEX_64, requester_ephemeral_pubkey_hex: 'x'.repeat(64) }, 'invalid input: requester_ephemeral_pubkey_hex'],
    ['a key of low order (N15)', { handle: HEX_64, requester_ephemeral_pubkey_hex: LOW_ORDER }, /^invalid input: /],
    ['a missing key', { handle: HEX_64 }, /^(?!invalid input: )/],
    ['a field that is not known', { handle: HEX_64, requester_ephemeral_pubkey_hex: requester, x: 1 }, /^(?!invalid input: )/]
  ] as const) {
    it(`refuses ${what}`, async () => {
      assertRefused(await post(await rig.door(), '/resolve', body), 400, 'INVALID_INPUT', message)
    })
  }
})

/** 2.1, GET /check_user/{handle}. */
describe('http: /check_user', () => {
  const rig = new RegistryRig()

  it('says whether somebody is there, in any case of the hex and however the path is written', async () => {
    const door = await rig.door()
    const alice = new Person('alice')
    const ask = async (path: string): Promise<string> => (await call(`${door.url}/check_user/${path}`)).text

    assert.equal(await ask(alice.handle), '{"exists":false}')
    await post(door, '/register', alice.register(door.registry.keys()))
    assert.equal(await ask(alice.handle), '{"exists":true}')
    assert.equal(await ask(alice.handle.toUpperCase()), '{"exists":true}')
    assert.equal(await ask(`${alice.handle}?x=1`), '{"exists":true}')
    assert.equal(await ask(`%${alice.handle.charCodeAt(0).toString(16)}${alice.handle.slice(1)}`), '{"exists":true}')
  })

  for (const path of ['alice', 'a'.repeat(63), 'a'.repeat(65), 'a'.repeat(500), 'g'.repeat(64), `${HEX_64}%20`]) {
    it(`refuses ${path.slice(0, 20)} (${path.length}) as a handle`, async () => {
      assertRefused(await call(`${(await rig.door()).url}/check_user/${path}`), 400, 'INVALID_INPUT', 'invalid input: handle')
    })
  }
})

/** 2.1, POST /announce, and 3.3. */
describe('http: /announce', () => {
  const rig = new RegistryRig()
  const presence = { user_id: HEX_64, addr: 'https://registry.example.org', ts_ms: 1_700_000_000_000 }

  it('says ok, of a user who need not be registered', async () => {
    const { status, text } = await post(await rig.door(), '/announce', presence)

    assert.deepEqual([status, text], [200, '{"ok":true}'])
  })

  for (const [what, change] of [
    ['the shortest address', { addr: 'x' }],
    ['256 bytes', { addr: 'ä'.repeat(128) }],
    ['white space around 256 bytes', { addr: ` ${'x'.repeat(256)}\t` }],
    ['a time of 1', { ts_ms: 1 }],
    ['a user id in upper case', { user_id: HEX_64.toUpperCase() }],
    ['readable', { readable: true }],
    ['null for what may be left out', { readable: null, proof: null }]
  ] as const) {
    it(`takes ${what}`, async () => {
      assert.equal((await post(await rig.door(), '/announce', { ...presence, ...change })).text, '{"ok":true}')
    })
  }

  it('takes a time of 64 bits', async () => {
    assert.equal((await post(await rig.door(), '/announce', JSON.stringify(presence).replace('1700000000000', '18446744073709551615'))).text, '{"ok":true}')
  })

  for (const [what, change] of [['an empty address', { addr: '' }], ['a blank address', { addr: ' \t' }], ['257 bytes', { addr: 'x'.repeat(257) }], ['257 bytes of UTF-8', { addr: `${'ä'.repeat(128)}x` }], ['a time of 0', { ts_ms: 0 }]] as const) {
    it(`refuses ${what}`, async () => {
      assertRefused(await post(await rig.door(), '/announce', { ...presence, ...change }), 400, 'INVALID_INPUT', 'invalid input: presence')
    })
  }

  for (const [what, change] of [
    ['a user id of 62 hex', { user_id: 'ab'.repeat(31) }],
    ['a user id that is no hex', { user_id: 'x'.repeat(64) }],
    ['no address', { addr: undefined }],
    ['an address that is null', { addr: null }],
    ['a negative time', { ts_ms: -1 }],
    ['a time of 1.5', { ts_ms: 1.5 }],
    ['a time that is text', { ts_ms: '1' }],
    ['readable that is a number', { readable: 1 }],
    ['a field that is not known', { at_ms: 1 }]
  ] as const) {
    it(`refuses ${what} as its extractor does`, async () => {
      assertRefused(await post(await rig.door(), '/announce', { ...presence, ...change }), 400, 'INVALID_INPUT', /^(?!invalid input: )/)
    })
  }
})

/** 2.1, GET and POST /nodes, and 3.4; what is verified of them is tested with the rules. */
describe('http: /nodes', () => {
  const rig = new RegistryRig()

  it('counts those that are new, and lists those of http(s) without the white space around them', async () => {
    const door = await rig.door()
    const add = async (...urls: string[]): Promise<string> => (await post(door, '/nodes', { nodes: urls.map(url => ({ base_url: url })) })).text

    assert.equal((await call(`${door.url}/nodes`)).text, '{"nodes":[]}')
    assert.equal(await add(' https://a.example.org\u3000', 'http://b.example.org:8080/path'), '{"merged":2}')
    assert.equal(await add('https://a.example.org', 'https://c.example.org'), '{"merged":1}')
    assert.equal(await add(), '{"merged":0}')
    await door.registry.addNodes({ nodes: [{ address: '/dns4/d.example.org/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' }] }, { group: '192.0.2.1' })

    const { text, json } = await call(`${door.url}/nodes`)

    assert.match(text, /^\{"nodes":\[(?:\{"base_url":"[^"]+"\},?){3}\]\}$/)
    assert.deepEqual((json.nodes as Array<{ base_url: string }>).map(node => node.base_url).sort(), ['http://b.example.org:8080/path', 'https://a.example.org', 'https://c.example.org'])
  })

  for (const [what, url] of [
    ['nothing', ''],
    ['white space', ' \t'],
    ['257 bytes', `https://${'x'.repeat(249)}`],
    ['a scheme in upper case', 'HTTPS://a.example.org'],
    ['no scheme', 'a.example.org'],
    ['another scheme', 'ftp://a.example.org'],
    ['a multiaddr', '/ip4/1.2.3.4/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN']
  ] as const) {
    it(`refuses ${what}, and then takes none`, async () => {
      const door = await rig.door()

      assertRefused(await post(door, '/nodes', { nodes: [{ base_url: 'https://a.example.org' }, { base_url: url }] }), 400, 'INVALID_INPUT', 'invalid input: node')
      assert.equal((await call(`${door.url}/nodes`)).text, '{"nodes":[]}')
    })
  }

  it('looks at all of them, and takes the first 64', async () => {
    const door = await rig.door()
    const nodes = Array.from({ length: 100 }, (_, n) => ({ base_url: `https://${n}.example.org` }))

    assertRefused(await post(door, '/nodes', { nodes: [...nodes, { base_url: 'x' }] }), 400, 'INVALID_INPUT', 'invalid input: node')
    assert.equal((await post(door, '/nodes', { nodes })).text, '{"merged":64}')
  })

  it('takes a list of 8,191, and none that is longer', async () => {
    const door = await rig.door({ rules: { maxNodes: 1 } })
    const nodes = (length: number): object => ({ nodes: Array.from({ length }, () => ({ base_url: 'https://a.org' })) })

    assert.equal((await post(door, '/nodes', nodes(8191))).text, '{"merged":1}')
    assertRefused(await post(door, '/nodes', nodes(8192)), 400, 'INVALID_INPUT')
  })

  it('stops silently when the list is full', async () => {
    const door = await rig.door({ rules: { maxNodes: 2 } })
    const nodes = Array.from({ length: 5 }, (_, n) => ({ base_url: `https://${n}.example.org` }))

    assert.equal((await post(door, '/nodes', { nodes })).text, '{"merged":2}')
    assert.equal((await post(door, '/nodes', { nodes })).text, '{"merged":0}')
  })

  for (const [what, body] of [['no list', {}], ['text', { nodes: ['https://a.example.org'] }], ['another field', { nodes: [], x: 1 }], ['another field of a node', { nodes: [{ base_url: 'https://a.example.org', x: 1 }] }]] as const) {
    it(`refuses ${what} as its extractor does`, async () => {
      assertRefused(await post(await rig.door(), '/nodes', body), 400, 'INVALID_INPUT', /^(?!invalid input: )/)
    })
  }
})

/** 2.1, GET /envelope_pubkey and /envelope_pubkeys. */
describe('http: the node\'s envelope keys', () => {
  const rig = new RegistryRig()
  const keys = (now: number): Array<{ kid: Uint8Array, privateKey: Uint8Array, active: boolean, notAfterMs?: number }> => [
    { kid: new Uint8Array(8).fill(1), privateKey: new Uint8Array(32).fill(1), active: true, notAfterMs: now - 1 },
    { kid: new Uint8Array(8).fill(2), privateKey: new Uint8Array(32).fill(2), active: false },
    { kid: new Uint8Array(8).fill(3), privateKey: new Uint8Array(32).fill(3), active: true, notAfterMs: now + 1000 },
    { kid: new Uint8Array(8).fill(4), privateKey: new Uint8Array(32).fill(4), active: true }
  ]

  it('are its first active one that has not expired, and all in the order of the configuration (N14)', async () => {
    let now = 1_000_000
    const door = await rig.door({ rules: { envelopeKeys: keys(now), now: () => now } })
    const one = async (): Promise<string> => (await call(`${door.url}/envelope_pubkey`)).text
    const public3 = Buffer.from(keyAgreement(new Uint8Array(32).fill(3)).publicKey).toString('hex')

    assert.equal(await one(), `{"kid_hex":"0303030303030303","x25519_public_key_hex":"${public3}","active":true,"not_after_epoch_ms":1001000}`)

    const { text, json } = await call(`${door.url}/envelope_pubkeys`)

    assert.match(text, /^\[\{"kid_hex":"0101010101010101","x25519_public_key_hex":"[0-9a-f]{64}","active":false,"not_after_epoch_ms":999999\},\{"kid_hex":"0202020202020202","x25519_public_key_hex":"[0-9a-f]{64}","active":false\},/)
    assert.deepEqual((json as unknown as Array<{ active: boolean }>).map(({ active }) => active), [false, false, true, true])
    now += 1001
    assert.match(await one(), /^\{"kid_hex":"0404040404040404","x25519_public_key_hex":"[0-9a-f]{64}","active":true\}$/)
  })
})
