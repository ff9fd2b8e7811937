import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { solveChallenge } from '../../../src/registry/pow/solve.js'
import { levelStore, memoryStore } from '../../../src/storage/index.js'
import { withCalls } from '../../support/with-calls.js'
import { call, post } from '../rig.js'
import { Person, identityJson } from './person.js'
import { RegistryRig, assertRefused, resolve } from './rig.js'
import type { Store } from '../../../src/storage/index.js'
import type { RegistryDoor } from './rig.js'

/**
 * Defects of enigma-node-registry (specs/registry.md, 6.4 and 6.5) that show at this door. N1, N7, N8 and N18 are in limits.spec beside
 * these, N2, N3 and N10 in own.spec, N14 and N15 in calls.spec, N16 in errors.spec. N4 is the rules' (test/registry), N12 and N13 are
 * the command's (test/cli, test/config).
 */
describe('http: defects of the reference registry that are gone', () => {
  const rig = new RegistryRig()

  it('N5: no call over HTTP tells the pepper, which clients get from their operator', async () => {
    const door = await rig.door()
    const pepper = Buffer.from(door.registry.keys().pepper)
    const alice = new Person('alice')
    const answers = [
      await post(door, '/register', alice.register(door.registry.keys())),
      await post(door, '/resolve', { handle: alice.handle, requester_ephemeral_pubkey_hex: Buffer.from(ephemeralKeyAgreement().publicKey).toString('hex') }),
      ...await Promise.all(['/envelope_pubkey', '/envelope_pubkeys', '/nodes', '/openapi.json', `/check_user/${alice.handle}`].map(async path => await call(door.url + path)))
    ]

    for (const { status, text } of answers) {
      assert.equal(status, 200, text)

      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        assert.ok(!text.includes(pepper.toString(encoding)))
      }
    }
  })

  it('N6: what was answered is on disk: a copy of the folder has it, whatever becomes of the node', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enigma-http-'))
    const privateKey = await generateKeyPair('Ed25519')
    const people = Array.from({ length: 20 }, (_, n) => new Person(`person ${n}`))
    const on = async (name: string): Promise<RegistryDoor> => await rig.door({ rules: { store: await levelStore(join(folder, name), { minFreeBytes: 1 }), privateKey } })

    // stops run in reverse
    rig.onStop(async () => { await rm(folder, { recursive: true }) })

    const door = await on('data')
    const answers = await Promise.all(people.map(async person => await post(door, '/register', person.register(door.registry.keys()))))

    assert.ok(answers.every(({ status }) => status === 200))
    await cp(join(folder, 'data'), join(folder, 'copy'), { recursive: true })

    const copy = await on('copy')

    for (const person of people) {
      assert.deepEqual(JSON.parse(await resolve(copy, person) ?? ''), identityJson(person.identity()))
    }
  })

  it('N9: under load /register and /announce need a proof of work, too', async () => {
    let ms = 0
    const door = await rig.door({ rules: { powEnabled: true, powDifficulty: 2, registerRps: 1, monotonic: () => ms } })
    const alice = new Person('alice')
    const announce = { user_id: alice.handle, addr: 'x', ts_ms: 1 }
    const solved = async (): Promise<Record<string, string>> => {
      const { challenge, difficulty } = (await call(`${door.url}/pow/challenge`)).json as { challenge: string, difficulty: number }

      return { 'x-enigma-pow': `${challenge}:${await solveChallenge(challenge, difficulty)}` }
    }

    // ten times register_rps for ten seconds
    for (let n = 0; n < 100; n++) {
      assert.equal((await post(door, '/announce', announce)).status, 200, String(n))
    }

    assertRefused(await post(door, '/announce', announce), 400, 'POW_REQUIRED')
    assertRefused(await post(door, '/register', alice.register(door.registry.keys())), 400, 'POW_REQUIRED')
    assert.equal((await post(door, '/announce', announce, await solved())).status, 200)
    assert.equal((await post(door, '/register', alice.register(door.registry.keys()), await solved())).status, 200)
    ms += 20_000
    assert.equal((await post(door, '/announce', announce)).status, 200)
  })

  it('N11: of 64 registrations of one handle at once one is taken, and its identity is there whole', async () => {
    const door = await rig.door()
    const claims = Array.from({ length: 64 }, () => new Person('alice'))
    const answers = await Promise.all(claims.map(async person => await post(door, '/register', person.register(door.registry.keys()))))
    const taken = claims.filter((_, n) => answers[n]?.status === 200)

    assert.equal(taken.length, 1)
    assert.ok(answers.every(({ status, json }) => status === 200 || (json.error as { code: string }).code === 'CONFLICT'))
    assert.deepEqual(JSON.parse(await resolve(door, taken[0] as Person) ?? ''), identityJson((taken[0] as Person).identity()))
  })

  it('N11: many who name nodes at once do not get more of them listed than max_nodes', async () => {
    const door = await rig.door({ rules: { maxNodes: 10 } })

    await Promise.all(Array.from({ length: 20 }, async (_, n) => await post(door, '/nodes', { nodes: [{ base_url: `https://a.example-${n}.org` }, { base_url: `https://b.example-${n}.org` }] })))
    assert.equal(((await call(`${door.url}/nodes`)).json.nodes as unknown[]).length, 10)
  })

  it('N17: who waits for the disk holds nobody else up', async () => {
    const written = Promise.withResolvers<undefined>()
    const waits = Promise.withResolvers<undefined>()
    const door = await rig.door({ rules: { store: waiting(await memoryStore(), waits.resolve, written.promise) } })
    const alice = new Person('alice')
    const registering = post(door, '/register', alice.register(door.registry.keys()))

    await waits.promise
    assert.equal((await call(`${door.url}/check_user/${new Person('bob').handle}`)).text, '{"exists":false}')
    assert.equal((await call(`${door.url}/nodes`)).status, 200)
    written.resolve(undefined)
    assert.equal((await registering).text, '{"ok":true}')
  })
})

/** A store whose writes of identities take until something is there. */
function waiting (store: Store, onWait: (value: undefined) => void, until: Promise<undefined>): Store {
  const { registry } = store
  const replaceIdentity: typeof registry.replaceIdentity = async (...args) => {
    onWait(undefined)
    await until

    return await registry.replaceIdentity(...args)
  }

  return withCalls(store, { registry: withCalls(registry, { replaceIdentity }) })
}
