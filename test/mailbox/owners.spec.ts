import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { MAX_GRANT_MS, sealGrant } from '../../src/mailbox/index.js'
import { bytesField, concat, varintField } from '../support/wire.js'
import { encode, MAILBOX, utf8 } from '../support/mailbox-wire.js'
import { openRaw } from '../support/raw-stream.js'
import { codeOf, MailboxRig, push, Talk } from './rig.js'
import type { Verb } from '../../src/mailbox/index.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { PeerId, PrivateKey, PublicKey } from '@libp2p/interface'

const NOW = 1_800_000_000_000
const HANDLE = 'cd'.repeat(32)
const ALL: Verb[] = ['pull', 'ack', 'subscribe', 'stat']

/** What each verb lets somebody do. */
function calls (mailbox: string): Record<Verb, Fields> {
  return {
    pull: { pull: { mailbox } },
    ack: { ack: { mailbox, upToSeq: 1 } },
    subscribe: { subscribe: { mailbox, credit: 1 } },
    stat: { stat: { mailbox } }
  }
}

interface Forged { domain?: string, type?: string, record?: Fields, key?: PrivateKey, shownKey?: PublicKey, slip?: (signature: Uint8Array) => Uint8Array }

/** An envelope by hand (RFC 0002 of libp2p/specs), right unless it is told otherwise. */
async function forge (owner: PrivateKey, grantee: PeerId, { domain = 'enigma-mailbox-grant', type = '/enigma/mailbox/grant/1', record = {}, key = owner, shownKey = owner.publicKey, slip = signature => signature }: Forged): Promise<Uint8Array> {
  const payload = encode('GrantRecord', { mailbox: peerIdFromPrivateKey(owner).toString(), grantee: grantee.toMultihash().bytes, verbs: [1, 2, 3, 4], expiresMs: NOW + 1000, ...record })
  const prefixed = (bytes: Uint8Array): Uint8Array => bytesField(0, bytes).subarray(1)
  const signature = await key.sign(concat(prefixed(utf8(domain)), prefixed(utf8(type)), prefixed(payload)))
  const publicKey = concat(varintField(1, 1), bytesField(2, shownKey.raw))

  return concat(bytesField(1, publicKey), bytesField(2, utf8(type)), bytesField(3, payload), bytesField(5, slip(signature)))
}

describe('mailbox owners and grants', () => {
  const rig = new MailboxRig()

  it('lets nobody but the peer pull, ack, subscribe to or stat its mailbox, and everybody push', async () => {
    const server = await rig.server()
    const owner = await rig.client(server)
    const mine = await owner.open()
    const theirs = await (await rig.client(server)).open()

    assert.equal(((await theirs.ask({ push: push(owner.name, 1) })).pushed as Fields).stored, 1n)

    for (const call of Object.values(calls(owner.name))) {
      assert.equal(await theirs.code(call), 'not_owner')
    }

    assert.equal((await mine.pull({ mailbox: owner.name })).items.length, 1)
    assert.ok((await mine.ask({ stat: { mailbox: owner.name } })).stats != null)
    assert.deepEqual((await mine.ask({ ack: { mailbox: owner.name, upToSeq: 1 } })).acked, { deleted: 1n })
  })

  it('lets whoever knows it use a mailbox that is no peer\'s', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()

    for (const mailbox of [HANDLE, 'a token']) {
      for (const call of Object.values(calls(mailbox))) {
        assert.equal(await talk.code(call), 'no failure')
      }
    }
  })

  it('takes a grant for what it names, on that connection only, until it is over', async () => {
    let now = NOW
    const server = await rig.server({ now: () => now }, { bounds: { sweepMs: 20 } })
    const owner = await generateKeyPair('Ed25519')
    const name = peerIdFromPrivateKey(owner).toString()
    const client = await rig.client(server)
    const talk = await client.open()
    const other = await client.node.dial(server.addr, { force: true })
    const envelope = await sealGrant({ mailbox: name, grantee: client.node.peerId, verbs: ['pull', 'subscribe'], expiresMs: NOW + 1000 }, owner)

    assert.equal(await talk.code(calls(name).pull), 'not_owner')
    assert.deepEqual((await talk.ask({ grant: { envelope } })).granted, { expiresMs: BigInt(NOW + 1000) })
    // another stream of the same connection
    assert.ok((await (await client.open()).pull({ mailbox: name })).items)
    assert.equal(await talk.code(calls(name).stat), 'not_owner')
    assert.equal(await talk.code(calls(name).ack), 'not_owner')
    assert.equal(await new Talk(await openRaw(other, MAILBOX)).code(calls(name).pull), 'not_owner')

    const id = talk.send(calls(name).subscribe)

    assert.deepEqual(await talk.of(id), { id, caughtUp: {} })
    now += 999
    assert.ok((await talk.pull({ mailbox: name })).items)
    now += 1
    // the subscription ends by itself
    assert.equal(codeOf(await talk.of(id)), 'not_owner')
    assert.equal(await talk.code(calls(name).pull), 'not_owner')
  })

  it('holds a grant\'s time from both sides', async () => {
    const server = await rig.server({ now: () => NOW })
    const owner = await generateKeyPair('Ed25519')
    const client = await rig.client(server)
    const talk = await client.open()
    const grant = async (expiresMs: number, mailbox = peerIdFromPrivateKey(owner).toString()): Promise<string> =>
      talk.code({ grant: { envelope: await sealGrant({ mailbox, grantee: client.node.peerId, verbs: ALL, expiresMs }, owner) } })

    assert.equal(await grant(NOW), 'not_owner')
    assert.equal(await grant(NOW + 1), 'no failure')
    assert.equal(await grant(NOW + MAX_GRANT_MS), 'no failure')
    assert.equal(await grant(NOW + MAX_GRANT_MS + 1), 'invalid_input')
    assert.equal(await grant(NOW + 1000, 'a token'), 'not_owner')
    assert.equal(await grant(NOW + 1000, HANDLE), 'not_owner')
  })

  it('takes 64 grants a connection, of which those that others cover, and those that are over, take no place', async () => {
    let now = NOW
    const server = await rig.server({ now: () => now })
    const client = await rig.client(server)
    const talk = await client.open()
    const owners = await Promise.all(Array.from({ length: 65 }, () => generateKeyPair('Ed25519')))
    const show = async (owner: PrivateKey | undefined, verbs: Verb[], expiresMs: number): Promise<string> => {
      assert.ok(owner != null)

      return talk.code({ grant: { envelope: await sealGrant({ mailbox: peerIdFromPrivateKey(owner).toString(), grantee: client.node.peerId, verbs, expiresMs }, owner) } })
    }

    for (const owner of owners.slice(0, 63)) {
      assert.equal(await show(owner, ['pull'], NOW + 1000), 'no failure')
    }

    for (let i = 0; i < 5; i++) {
      assert.equal(await show(owners[0], ['pull'], NOW + 1000 + i), 'no failure')
    }

    // of the first owner's grants neither covers the other
    assert.equal(await show(owners[0], ['ack'], NOW + 500), 'no failure')
    assert.equal(await show(owners[63], ['pull'], NOW + 1000), 'invalid_input')

    // covers both, and what they cover is there still
    assert.equal(await show(owners[0], ['pull', 'ack'], NOW + 2000), 'no failure')
    assert.equal(await show(owners[0], ['ack'], NOW + 500), 'no failure')
    assert.equal(await show(owners[63], ['pull'], NOW + 1000), 'no failure')
    assert.equal(await show(owners[64], ['pull'], NOW + 3000), 'invalid_input')

    now = NOW + 1001

    assert.equal(await show(owners[64], ['pull'], NOW + 3000), 'no failure')
    assert.equal(await talk.code({ pull: { mailbox: peerIdFromPrivateKey(owners[0] as PrivateKey).toString() } }), 'no failure')
    assert.equal(await talk.code({ pull: { mailbox: peerIdFromPrivateKey(owners[1] as PrivateKey).toString() } }), 'not_owner')
  })

  const forgeries: Array<[string, string, (stranger: PrivateKey) => Forged]> = [
    ['signed by another key', 'invalid_input', stranger => ({ key: stranger })],
    ['with another\'s key and signature', 'not_owner', stranger => ({ key: stranger, shownKey: stranger.publicKey })],
    ['of another domain', 'invalid_input', () => ({ domain: 'libp2p-relay-rsvp' })],
    ['of another type', 'invalid_input', () => ({ type: '/enigma/mailbox/grant/2' })],
    ['made for another', 'not_owner', stranger => ({ record: { grantee: peerIdFromPrivateKey(stranger).toMultihash().bytes } })],
    ['made for no peer', 'invalid_input', () => ({ record: { grantee: new Uint8Array(5) } })],
    ['of another mailbox', 'not_owner', stranger => ({ record: { mailbox: peerIdFromPrivateKey(stranger).toString() } })],
    ['of no mailbox', 'invalid_input', () => ({ record: { mailbox: '' } })],
    ['whose signature was cut', 'invalid_input', () => ({ slip: signature => signature.slice(0, 63) })],
    ['whose signature was changed', 'invalid_input', () => ({ slip: signature => signature.map((byte, i) => i === 5 ? byte ^ 1 : byte) })]
  ]

  for (const [what, code, slip] of forgeries) {
    it(`refuses a grant ${what} as ${code}`, async () => {
      const server = await rig.server({ now: () => NOW })
      const [owner, stranger] = [await generateKeyPair('Ed25519'), await generateKeyPair('Ed25519')]
      const client = await rig.client(server)
      const talk = await client.open()

      assert.equal(await talk.code({ grant: { envelope: await forge(owner, client.node.peerId, slip(stranger)) } }), code)
      assert.equal(await talk.code({ pull: { mailbox: peerIdFromPrivateKey(owner).toString() } }), 'not_owner')
      // the same by hand with nothing wrong
      assert.equal(await talk.code({ grant: { envelope: await forge(owner, client.node.peerId, {}) } }), 'no failure')
    })
  }

  it('refuses every grant in which one byte was changed', async () => {
    const server = await rig.server({ now: () => NOW })
    const owner = await generateKeyPair('Ed25519')
    const client = await rig.client(server)
    const talk = await client.open()
    const envelope = await forge(owner, client.node.peerId, {})

    for (let i = 0; i < envelope.byteLength; i++) {
      const slip = envelope.slice()
      slip[i] = (slip[i] ?? 0) ^ 0x10
      assert.ok(['invalid_input', 'not_owner'].includes(await talk.code({ grant: { envelope: slip } })), `byte ${i}`)
    }

    for (const garbage of [new Uint8Array(), new Uint8Array(5000), utf8('garbage')]) {
      assert.equal(await talk.code({ grant: { envelope: garbage } }), 'invalid_input')
    }
  })

  it('asks the registry for the key of a handle with "registered", and for every mailbox with "always"', async () => {
    const key = await generateKeyPair('Ed25519')
    const newKey = await generateKeyPair('Ed25519')
    let bound: PublicKey | undefined = key.publicKey
    const identities = { lookup: (handle: string) => handle === HANDLE ? bound : undefined }
    const unbound = 'ef'.repeat(32)

    for (const ownerProof of ['registered', 'always'] as const) {
      const server = await rig.server({ ownerProof, identities, now: () => NOW })
      const client = await rig.client(server)
      const talk = await client.open()
      const grant = async (signer: PrivateKey): Promise<string> =>
        talk.code({ grant: { envelope: await sealGrant({ mailbox: HANDLE.toUpperCase(), grantee: client.node.peerId, verbs: ['pull'], expiresMs: NOW + 1000 }, signer) } })

      bound = key.publicKey
      await talk.ask({ push: push(HANDLE, 1) })
      assert.equal(await talk.code({ pull: { mailbox: HANDLE } }), 'not_owner')
      assert.equal(await grant(newKey), 'not_owner')
      assert.equal(await grant(key), 'no failure')
      assert.equal((await talk.pull({ mailbox: HANDLE })).items.length, 1)
      // whoever has the handle now is the owner
      bound = newKey.publicKey
      assert.equal(await talk.code({ pull: { mailbox: HANDLE } }), 'not_owner')
      assert.equal(await grant(newKey), 'no failure')
      assert.equal((await talk.pull({ mailbox: HANDLE })).items.length, 1)

      for (const mailbox of [unbound, 'a token']) {
        assert.equal(await talk.code({ stat: { mailbox } }), ownerProof === 'always' ? 'not_owner' : 'no failure')
      }

      assert.equal(await talk.code({ stat: { mailbox: client.name } }), 'no failure')
    }
  })

  it('does not start with a proof that nobody can give', async () => {
    for (const ownerProof of ['registered', 'always'] as const) {
      await assert.rejects(rig.server({ ownerProof }), { code: 'invalid_mailbox_option' })
    }

    await assert.rejects(rig.server({ maxMessageBytes: 1_000_000, maxInflightBytes: 2_008_191 }), { code: 'invalid_mailbox_option' })
    await rig.server({ maxMessageBytes: 1_000_000, maxInflightBytes: 2_008_192 })
  })
})
