import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { sealGrant } from '../../src/client/index.js'
import { until } from '../support/wait.js'
import { ClientRig, cut, take, textOf, utf8 } from './rig.js'

describe('mailbox client grants', () => {
  const rig = new ClientRig()

  it('let a second device read and ack, also after its connection was lost', async () => {
    const server = await rig.server()
    const [sender, device] = [await rig.peer(server), await rig.peer(server)]
    const owner = await generateKeyPair('Ed25519')
    const mailbox = peerIdFromPrivateKey(owner).toString()
    const expiresMs = Date.now() + 60_000
    const envelope = await sealGrant({ mailbox, grantee: device.node.peerId, verbs: ['pull', 'ack', 'subscribe', 'stat'], expiresMs }, owner)

    await assert.rejects(device.mailbox.stat(mailbox), { code: 'not_owner' })
    assert.equal(await device.mailbox.grant(envelope), expiresMs)
    await assert.rejects(sender.mailbox.grant(envelope), { code: 'not_owner' })

    const messages = device.mailbox.subscribe(mailbox)

    for (const text of ['one', 'two', 'three']) {
      const next = messages.next()

      await sender.mailbox.push(mailbox, utf8(text))

      const message = (await next).value

      assert.ok(message != null)
      assert.equal(textOf(message), text)
      // a connection knows nothing of grants that were shown on another
      cut(device.node)
      await message.ack()
    }

    await messages.return()
    assert.equal((await device.mailbox.stat(mailbox)).queueLen, 0)
    await until(() => server.service.stats().subscriptions === 0, 'the subscription is over')
  })

  it('are refused when they are none', async () => {
    const device = await rig.peer(await rig.server())

    await assert.rejects(device.mailbox.grant(utf8('no grant')), { code: 'invalid_input', retryable: false })
    assert.equal((await take(device.mailbox.messages('open to all'), 1)).length, 0)
  })
})
