import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { multiaddr } from '@multiformats/multiaddr'
import { openEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { REGISTRY_PROTOCOL } from '../../src/registry/index.js'
import { OPTIONS } from '../../src/storage/level/open.js'
import { Home } from '../cli/command.js'
import { createClientNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { Person, jsonOf } from './rig.js'
import { Talk } from './service-rig.js'
import type { Keys } from '../../src/registry/index.js'

const ADDR = 'https://where-alice-is.example/path'

/** Everything that somebody could find of a person: 8 bytes or more each, so that none is there by chance. */
function traces (person: Person, ...others: string[]): Map<string, Buffer> {
  const { userId, identity } = person
  const found = new Map<string, Buffer>()
  const parts: Array<[string, Uint8Array]> = [
    ['handle', userId], ['signing key', identity.signingPublicKey], ['encryption key', identity.encryptionPublicKey], ['new encryption key', person.changed().encryptionPublicKey], ['signature', identity.signature]
  ]

  for (const [name, bytes] of parts) {
    const buffer = Buffer.from(bytes)

    found.set(name, buffer)
    found.set(`${name} in hex`, Buffer.from(buffer.toString('hex')))
    found.set(`${name} in capitals`, Buffer.from(buffer.toString('hex').toUpperCase()))
    found.set(`${name} in base64`, Buffer.from(buffer.toString('base64').slice(0, 40)))
    found.set(`${name} in JSON`, Buffer.from(buffer.join(',')))
    found.set(`${name} backwards`, Buffer.from(buffer).reverse())
  }

  for (const text of [identity.usernameHint ?? '', 'username_hint', 'created_at_ms', ...others]) {
    found.set(text, Buffer.from(text))
    found.set(`${text} in UTF-16`, Buffer.from(text, 'utf16le'))
  }

  return found
}

function assertClean (where: string, bytes: Buffer, needles: Map<string, Buffer>): void {
  for (const [what, needle] of needles) {
    assert.equal(bytes.indexOf(needle), -1, `${what} in ${where}`)
  }
}

/** Someone that is easily found where nothing is done about it. */
function named (name: string, key: number): Person {
  const person = new Person(name, key)

  person.identity.signature = Buffer.from(`the signature of ${name}, which nobody looks into`)

  return person
}

describe('registry: what lies in the clear', function () {
  this.timeout(120_000)

  it('is no handle and no part of an identity: not in the rows, the files, the logs or an answer to somebody else', async () => {
    const home = await Home.make()
    const client = await createClientNode()

    try {
      const config = await home.config('', '[logging]\nlevel = "trace"\nlog_format = "json"\n[mailbox]\nenabled = false\n[registry.presence]\nttl_seconds = 3600\n[rate_limit]\nenabled = false\n')
      const running = home.start(['--config', config], { env: { DEBUG: '*,*:trace' } })
      const { addrs, http } = await running.event('ready') as unknown as { addrs: string[], http: string }
      const connection = await client.dial(multiaddr(addrs[0] ?? ''))
      const talk = new Talk(await openRaw(connection, REGISTRY_PROTOCOL))
      const [alice, bob, mallory] = [named('alice the first', 1), named('bob the second', 2), named('mallory the third', 3)]
      const { keys } = await talk.ask({ envelopeKeys: {} })
      const answers: Buffer[] = []

      assert.ok(keys != null)
      const holder = { keys: (): Keys => keys }
      const ask = async (call: Parameters<Talk['ask']>[0], expected: string): Promise<void> => {
        const answer = await talk.ask(call)

        assert.ok(expected === 'ok' ? answer.failure == null : answer.failure?.code === expected, JSON.stringify(answer.failure))
        answers.push(Buffer.from(JSON.stringify(answer, (_, value: unknown) => typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)))
      }
      const at = Date.now()
      const { peerId } = client

      // right calls of every kind, and wrong ones, by both doors
      await ask({ register: alice.register(holder, { at, peerId }) }, 'ok')
      await ask({ register: bob.register(holder) }, 'ok')
      await ask({ register: bob.register(holder, { identity: bob.changed() }) }, 'conflict')
      await ask({ update: alice.update(holder, { at: at + 1, peerId }) }, 'ok')
      await ask({ announce: alice.announce({ addr: ADDR, atMs: at, proof: alice.prove('announce', at + 2, { peerId }) }) }, 'ok')
      await ask({ announce: mallory.announce({ addr: ADDR, atMs: at }) }, 'ok')
      await ask({ announce: alice.announce({ addr: ADDR, atMs: at }) }, 'unauthorized')
      await ask({ remove: bob.remove(at + 1) }, 'unauthorized')
      await ask({ remove: bob.remove(at + 1, peerId) }, 'ok')
      await ask({ register: { userId: alice.userId, envelope: mallory.register(holder).envelope } }, 'invalid_input')
      await ask({ register: mallory.register(holder, { json: Buffer.from(jsonOf(mallory.identity).replace('{', '{"what":1,')) }) }, 'invalid_input')

      for (const person of [alice, bob, mallory]) {
        await ask({ checkUser: { userId: person.userId } }, 'ok')
        assert.equal((await fetch(`${http}/check_user/${person.handle}`)).status, 200)
        assert.equal((await fetch(`${http}/check_user/${person.handle}x`)).status, 400)
        assert.equal((await fetch(`${http}/announce`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user_id: person.handle, addr: ADDR, ts_ms: 0 }) })).status, 400)
        assert.equal((await fetch(`${http}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ handle: person.handle, envelope: jsonOf(person.identity) }) })).status, 400)
      }

      // it is there
      const own = ephemeralKeyAgreement()
      const { resolved } = await talk.ask({ resolve: { userId: alice.userId, requesterPublicKey: own.publicKey } })

      assert.ok(resolved?.envelope != null)
      answers.push(Buffer.from(resolved.envelope.ciphertext))
      assert.equal(Buffer.from(openEnvelope(resolved.envelope, { own, pepper: keys.pepper, userId: alice.userId })).toString(), jsonOf(alice.changed()))

      running.proc.kill('SIGTERM')
      const { code, stdout, stderr } = await running.exit

      assert.equal(code, 0)
      assert.ok(stderr.includes('libp2p:'), 'libp2p has told what it does')

      const needles = new Map([alice, bob, mallory].flatMap(person => [...traces(person, ADDR)]))

      assertClean('the log', Buffer.from(stdout), needles)
      assertClean('the log of libp2p', Buffer.from(stderr), needles)
      answers.forEach(answer => { assertClean('an answer', answer, needles) })

      const folder = join(home.path, '.meshnet', 'data')
      let files = 0

      for (const name of await readdir(folder)) {
        assertClean(name, await readFile(join(folder, name)), needles)
        files++
      }

      assert.ok(files > 3)

      const db = new ClassicLevel<Uint8Array, Buffer>(folder, { ...OPTIONS, createIfMissing: false })
      let rows = 0

      await db.open()

      for await (const [key, value] of db.iterator()) {
        assertClean('a key', Buffer.from(key), needles)
        assertClean('a value', value, needles)
        rows++
      }

      await db.close()
      // two identities, one of them removed, two entries, the keys and the pepper
      assert.ok(rows >= 6, `${rows} rows`)
    } finally {
      await client.stop()
      await home.remove()
    }
  })

  it('would be found by this', () => {
    const alice = named('alice the first', 1)
    const needles = traces(alice, ADDR)
    const hit = (bytes: string | Uint8Array): void => { assert.throws(() => { assertClean('here', Buffer.concat([Buffer.from('....'), Buffer.from(bytes)]), needles) }) }

    hit(jsonOf(alice.identity))
    hit(alice.userId)
    hit(alice.handle.toUpperCase())
    hit(Buffer.from(alice.identity.signature).toString('base64'))
    hit(ADDR)
    assertClean('here', Buffer.from('nothing of the kind'), needles)
  })
})
