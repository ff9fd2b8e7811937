import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { openEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { REGISTRY_PROTOCOL } from '../../src/registry/index.js'
import { sealGrant } from '../../src/mailbox/index.js'
import { createNode } from '../../src/node/index.js'
import { Talk as MailboxTalk, push } from '../mailbox/rig.js'
import { Person, jsonOf } from '../registry/rig.js'
import { Talk } from '../registry/service-rig.js'
import { MAILBOX } from '../support/mailbox-wire.js'
import { createClientNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { Registry } from '../../src/registry/index.js'
import type { ClientNode } from '../support/nodes.js'
import type { Connection } from '@libp2p/interface'

describe('node: the registry', () => {
  const alice = new Person('alice')
  let folder: string
  const stops: Array<() => Promise<void>> = []

  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'enigma-registry-')) })

  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) {
      await stop()
    }

    await rm(folder, { recursive: true })
  })

  async function start (config: PartialConfig = {}, warnings: string[] = []): Promise<EnigmaNode> {
    const nothing = (): void => {}
    const node = await createNode({
      ops: { enabled: false },
      http: { address: '127.0.0.1:0' },
      ...config,
      identity: { key_file: join(folder, 'key') },
      storage: { path: join(folder, 'data') },
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 },
      rate_limit: { enabled: false }
    }, { log: { trace: nothing, debug: nothing, info: nothing, warn: text => { warnings.push(text) }, error: nothing } })

    stops.push(async () => { await node.stop() })

    return node
  }

  async function dial ({ addrs }: EnigmaNode): Promise<{ client: ClientNode, connection: Connection }> {
    const client = await createClientNode()
    const [addr] = addrs

    assert.ok(addr != null)
    stops.push(async () => { await client.stop() })

    return { client, connection: await client.dial(addr) }
  }

  function rulesOf ({ libp2p }: EnigmaNode): Registry {
    assert.ok(libp2p.services.registry != null)

    return libp2p.services.registry.registry
  }

  it('says over HTTP what it was told over libp2p, and says it again after a restart, with the same keys', async () => {
    const node = await start({ mailbox: { enabled: false } })
    const talk = new Talk(await openRaw((await dial(node)).connection, REGISTRY_PROTOCOL))
    const own = ephemeralKeyAgreement()
    const resolve = async (url: string | null): Promise<string> => {
      const body = JSON.stringify({ handle: alice.handle, requester_ephemeral_pubkey_hex: Buffer.from(own.publicKey).toString('hex') })
      const answer = await fetch(`${url}/resolve`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const { envelope } = await answer.json() as { envelope: { kid: string, sender_pubkey: string, nonce: string, ciphertext: string } }
      const opened = openEnvelope({
        kid: Buffer.from(envelope.kid, 'hex'),
        senderPublicKey: Buffer.from(envelope.sender_pubkey, 'hex'),
        nonce: Buffer.from(envelope.nonce, 'hex'),
        ciphertext: Buffer.from(envelope.ciphertext, 'base64')
      }, { own, pepper: keys.pepper, userId: alice.userId })

      return Buffer.from(opened).toString()
    }
    const keys = rulesOf(node).keys()

    assert.equal(await talk.code({ register: alice.register(rulesOf(node)) }), 'ok')
    assert.equal(await resolve(node.http), jsonOf(alice.identity))
    await node.stop()

    const again = await start()

    assert.deepEqual(rulesOf(again).keys(), keys)
    assert.equal(await resolve(again.http), jsonOf(alice.identity))
  })

  it('is not there when it is off, and the store is not opened for nobody', async () => {
    const node = await start({ registry: { enabled: false }, mailbox: { enabled: false } })

    assert.equal(node.libp2p.services.registry, undefined)
    assert.equal((await fetch(`${node.http}/check_user/${alice.handle}`)).status, 404)
    await assert.rejects(openRaw((await dial(node)).connection, REGISTRY_PROTOCOL))
    await assert.rejects(rm(join(folder, 'data')), { code: 'ENOENT' })
  })

  it('has the keys and the pepper of its configuration, and warns when none of them is active', async () => {
    const pepper = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'
    const key = { kid_hex: '0001020304050607', x25519_private_key_hex: '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f', active: true }
    const warnings: string[] = []
    const node = await start({ registry: { envelope: { pepper_hex: pepper, keys: [key] } } }, warnings)
    const answer = await (await fetch(`${node.http}/envelope_pubkey`)).json()

    assert.deepEqual(answer, { kid_hex: key.kid_hex, x25519_public_key_hex: 'd89e3bad79437dbed9f843418304f460ff05c7fe81fe4a9577a804cb9367ff66', active: true })
    assert.equal(Buffer.from(rulesOf(node).keys().pepper).toString('hex'), pepper)
    assert.ok(!warnings.some(text => text.includes('envelope')))
    await node.stop()

    const over = await start({ registry: { envelope: { pepper_hex: pepper, keys: [{ ...key, not_after_epoch_ms: 1_700_000_000_000 }] } } }, warnings)

    assert.equal((await fetch(`${over.http}/envelope_pubkey`)).status, 500)
    assert.ok(warnings.some(text => text.includes('registry.envelope.keys')), warnings.join('\n'))
  })

  it('tells the mailbox whose a handle is, at both doors', async () => {
    const node = await start({ mailbox: { owner_proof: 'registered' } })
    const { client, connection } = await dial(node)
    const talk = new MailboxTalk(await openRaw(connection, MAILBOX))
    const pull = async (): Promise<number> =>
      (await fetch(`${node.http}/pull`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ recipient: alice.handle }) })).status

    await talk.ask({ push: push(alice.handle, 1) })
    assert.equal(await pull(), 200)
    await rulesOf(node).register(alice.register(rulesOf(node), { at: Date.now() }), { group: 'here' })
    assert.ok([401, 403].includes(await pull()))
    assert.equal(await talk.code({ pull: { mailbox: alice.handle } }), 'not_owner')

    const envelope = await sealGrant({ mailbox: alice.handle, grantee: client.peerId, verbs: ['pull'], expiresMs: Date.now() + 60_000 }, await generateKeyPairFromSeed('Ed25519', alice.secretKey))

    assert.equal(await talk.code({ grant: { envelope } }), 'no failure')
    assert.equal((await talk.pull({ mailbox: alice.handle })).items.length, 1)
  })
})
