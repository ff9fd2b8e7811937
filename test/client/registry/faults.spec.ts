import assert from 'node:assert/strict'
import { sealEnvelope } from '../../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement, keyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { encodeIdentity } from '../../../src/registry/identity.js'
import { until } from '../../support/wait.js'
import { createDesk } from './desk.js'
import { identityOf, newKeys, RegistryClientRig } from './rig.js'
import type { RegistryProgress } from '../../../src/client/index.js'
import type { Asked } from './desk.js'

describe('registry client: when something is wrong', () => {
  const rig = new RegistryClientRig()
  const alice = newKeys()

  const asItIs = async ({ honest, answer }: Asked): Promise<void> => { answer(await honest()) }

  it('seals again with the node\'s new key when it does not know the old one any more', async () => {
    let isForgotten = true
    const desk = await createDesk(rig, async asked => {
      if (asked.request.register != null && isForgotten) {
        isForgotten = false
        asked.answer({ failure: { code: 'invalid_input', message: 'Unknown Envelope Key', retryAfterMs: 0, details: new Map() } })
      } else {
        await asItIs(asked)
      }
    })
    const { registry } = await rig.registryPeer(desk.addr)

    assert.deepEqual(await registry.register(identityOf('alice', alice)), { bound: false })
    assert.deepEqual(desk.asked, ['envelopeKeys', 'register', 'envelopeKeys', 'register'])
  })

  it('asks for keys once, and not a third time for one that the node never knows', async () => {
    const desk = await createDesk(rig, async asked => {
      if (asked.request.register != null) {
        asked.answer({ failure: { code: 'invalid_input', message: 'unknown envelope key', retryAfterMs: 0, details: new Map() } })
      } else {
        await asItIs(asked)
      }
    })
    const { registry } = await rig.registryPeer(desk.addr)

    await assert.rejects(registry.register(identityOf('alice', alice)), { name: 'ClientError', code: 'invalid_input', message: 'unknown envelope key' })
    assert.deepEqual(desk.asked, ['envelopeKeys', 'register', 'envelopeKeys', 'register'])
  })

  it('opens answers over a rotation of the node\'s key', async () => {
    const desk = await createDesk(rig)
    const { registry } = await rig.registryPeer(desk.addr)
    const identity = identityOf('alice', alice)

    await registry.register(identity)
    assert.deepEqual(await registry.resolve('alice'), identity)
    await desk.rules.rotateKey()
    assert.deepEqual(await registry.resolve('alice'), identity)
    assert.deepEqual(await registry.resolve('alice'), identity)
    assert.deepEqual(desk.asked, ['envelopeKeys', 'register', 'resolve', 'resolve', 'envelopeKeys', 'resolve'])
  })

  it('takes no identity from a node that lies about it', async () => {
    const identity = identityOf('alice', alice)
    const json = encodeIdentity(identity)
    const stranger = ephemeralKeyAgreement()
    let lie: (asked: Asked) => Promise<void> = asItIs
    const desk = await createDesk(rig, async asked => { await (asked.request.resolve == null ? asItIs(asked) : lie(asked)) })
    const { registry } = await rig.registryPeer(desk.addr)
    const { pepper } = desk.rules.keys()
    const sealedBy = (own: typeof stranger, kid: Uint8Array, plaintext: Uint8Array) => async ({ request: { resolve }, answer }: Asked): Promise<void> => {
      assert.ok(resolve != null)
      const envelope = sealEnvelope(plaintext, { own, pepper, userId: resolve.userId, to: resolve.requesterPublicKey, kid })

      answer({ resolved: { envelope: { kid: Uint8Array.from(envelope.kid), senderPublicKey: Uint8Array.from(envelope.senderPublicKey), nonce: Uint8Array.from(envelope.nonce), ciphertext: Uint8Array.from(envelope.ciphertext) } } })
    }

    await registry.register(identity)
    lie = sealedBy(stranger, desk.rules.keys().keys[0]?.kid ?? new Uint8Array(8), json)
    await assert.rejects(registry.resolve('alice'), { code: 'protocol_error', message: 'the node answers with a key that it does not list' })
    lie = async ({ answer }) => { answer({ resolved: { envelope: { kid: new Uint8Array(1), senderPublicKey: new Uint8Array(1), nonce: new Uint8Array(1), ciphertext: new Uint8Array(1) } } }) }
    await assert.rejects(registry.resolve('alice'), { code: 'protocol_error' })
    lie = async ({ answer }) => { answer({ exists: { exists: true } }) }
    await assert.rejects(registry.resolve('alice'), { code: 'protocol_error' })
  })

  it('takes no identity of another user from a node that has the keys', async () => {
    const own = keyAgreement(new Uint8Array(32).fill(3))
    const kid = new Uint8Array(8).fill(1)
    const pepper = new Uint8Array(32).fill(2)
    const other = encodeIdentity(identityOf('mallory', alice))
    const desk = await createDesk(rig, async asked => {
      const { resolve } = asked.request

      if (resolve == null) {
        await asItIs(asked)
        return
      }

      const { senderPublicKey, nonce, ciphertext } = sealEnvelope(other, { own, pepper, userId: resolve.userId, to: resolve.requesterPublicKey, kid })

      asked.answer({ resolved: { envelope: { kid, senderPublicKey: Uint8Array.from(senderPublicKey), nonce: Uint8Array.from(nonce), ciphertext: Uint8Array.from(ciphertext) } } })
    }, { pepper, envelopeKeys: [{ kid, privateKey: new Uint8Array(32).fill(3), active: true }] })
    const { registry } = await rig.registryPeer(desk.addr)

    await assert.rejects(registry.resolve('alice'), { code: 'protocol_error', message: 'what the node has under this user id is no identity of it' })
  })

  it('tries again over lost connections, and knows an update that was done though its answer was lost', async () => {
    const next = newKeys()
    let losses = 1
    const desk = await createDesk(rig, async asked => {
      const result = await asked.honest()

      if (asked.request.update != null && losses > 0) {
        losses--
        asked.stream.abort(new Error('the network is gone'))
      } else {
        asked.answer(result)
      }
    })
    const { registry } = await rig.registryPeer(desk.addr)
    const progress: RegistryProgress[] = []
    const rotated = identityOf('alice', next)

    assert.deepEqual(await registry.register(identityOf('alice', alice), { privateKey: alice.secretKey }), { bound: true })
    // the first attempt put the new key in the place of the old one, which proves nothing any more
    assert.deepEqual(await registry.update(rotated, { privateKey: alice.secretKey, newPrivateKey: next.secretKey, onProgress: event => { progress.push(event) } }), { bound: true })
    assert.equal(progress[0]?.type, 'registry:retrying')
    assert.deepEqual(await registry.resolve('alice'), rotated)

    // and one that was not done is not taken for done
    losses = 1
    await assert.rejects(registry.update(identityOf('alice', alice), { privateKey: alice.secretKey }), { code: 'unauthorized' })
  })

  it('follows the node\'s clock when its own is wrong', async () => {
    const desk = await createDesk(rig, asItIs, { now: () => Date.now() - 3_600_000 })
    const { registry } = await rig.registryPeer(desk.addr)

    assert.deepEqual(await registry.register(identityOf('alice', alice), { privateKey: alice.secretKey }), { bound: true })
    assert.deepEqual(await registry.remove('alice', { privateKey: alice.secretKey }), { existed: true })
    assert.deepEqual(desk.asked, ['envelopeKeys', 'register', 'register', 'remove'])
  })

  it('makes many calls at a time on one stream, each with its own answer in any order', async () => {
    const waiting: Asked[] = []
    const desk = await createDesk(rig, async asked => {
      if (asked.request.checkUser == null) {
        await asItIs(asked)
        return
      }

      waiting.push(asked)

      if (waiting.length === 20) {
        await Promise.all(waiting.reverse().map(asItIs))
      }
    })
    const { node, registry } = await rig.registryPeer(desk.addr)

    await registry.register(identityOf('user 7', alice))

    const found = await Promise.all(Array.from({ length: 20 }, async (_, n) => await registry.checkUser(`user ${n}`)))

    assert.deepEqual(found.flatMap((exists, n) => exists ? [n] : []), [7])
    assert.equal(node.getConnections().flatMap(({ streams }) => streams).filter(({ protocol }) => protocol === '/registry/1').length, 1)
  })

  it('ends a call with its signal\'s reason, and the answer that comes then hurts no other', async () => {
    const late = Promise.withResolvers<void>()
    const desk = await createDesk(rig, async asked => {
      if (asked.request.checkUser != null) {
        await late.promise
      }

      await asItIs(asked)
    })
    const { registry } = await rig.registryPeer(desk.addr)
    const aborting = new AbortController()
    const asked = registry.checkUser('alice', { signal: aborting.signal })

    await until(() => desk.asked.length === 1, 'it is asked')
    aborting.abort(new Error('never mind'))
    await assert.rejects(asked, /never mind/)
    late.resolve()
    assert.deepEqual(await registry.nodes(), [])
    assert.equal(await registry.checkUser('alice'), false)
    await registry.close()
    await assert.rejects(registry.checkUser('alice'), { code: 'closed' })
  })

  it('says that a node has no registry', async () => {
    const server = await rig.server()
    const { registry } = await rig.registryPeer(server.addr)

    await assert.rejects(registry.checkUser('alice'), { name: 'ClientError', code: 'unsupported', retryable: false })
  })

  it('refuses what is out of bounds before anything is sent', async () => {
    const { registry } = await rig.registryPeer('/ip4/127.0.0.1/tcp/1')
    const identity = identityOf('alice', alice)
    const isRefused = async (promise: Promise<unknown>): Promise<void> => { await assert.rejects(promise, { name: 'ClientError', code: 'invalid_argument', retryable: false }) }

    await isRefused(registry.register(identity, { privateKey: newKeys().secretKey }))
    await isRefused(registry.register({ ...identity, signature: new Uint8Array(0) }))
    await isRefused(registry.update(identity, { privateKey: newKeys().secretKey }))
    await isRefused(registry.update(identity, { privateKey: alice.secretKey, newPrivateKey: newKeys().secretKey }))
    await isRefused(registry.remove('alice', { privateKey: new Uint8Array(31) }))
    await isRefused(registry.resolve(''))
    await isRefused(registry.announce('alice', { addr: 'x'.repeat(257) }))
    await isRefused(registry.announce('alice', { atMs: 0 }))
  })
})
