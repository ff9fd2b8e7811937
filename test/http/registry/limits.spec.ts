import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { accessControl } from '../../../src/access/index.js'
import { ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { solveChallenge } from '../../../src/registry/pow/solve.js'
import { noSolution } from '../../support/no-solution.js'
import { call, post, RawHttp } from '../rig.js'
import { Person } from './person.js'
import { RegistryRig, assertRefused, proven } from './rig.js'
import type { Answer } from '../rig.js'

const HEX_64 = 'ab'.repeat(32)
const NEVER = 0.0001
/** Of 20 calls one bucket is full; refills are as good as none. */
const LIMITED = { enabled: true, burst: 20, globalPerSecond: NEVER, banAfter: 1000 }
const FREE = 1_000_000

function rates (group: string, perSecond: number): Record<'push' | 'pull' | 'ack' | 'register' | 'resolve' | 'check_user' | 'reserve' | 'connect', number> {
  const all = { push: FREE, pull: FREE, ack: FREE, register: FREE, resolve: FREE, check_user: FREE, reserve: FREE, connect: FREE }

  return { ...all, [group]: perSecond }
}

describe('http: limits of the registry\'s calls', () => {
  const rig = new RegistryRig()
  const paths: ReadonlyArray<readonly [string, string, string]> = [
    ['POST', '/register', 'register'], ['POST', '/update', 'register'], ['POST', '/remove', 'register'], ['POST', '/resolve', 'resolve'], ['POST', '/presence', 'resolve'],
    ['GET', `/check_user/${HEX_64}`, 'check_user'], ['POST', '/announce', ''], ['POST', '/sync', ''], ['GET', '/nodes', ''], ['POST', '/nodes', ''], ['GET', '/envelope_pubkey', ''],
    ['GET', '/envelope_pubkeys', ''], ['GET', '/pow/challenge', '']
  ]

  const ask = async (url: string, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    await call(url + path, { method, headers: { 'content-type': 'application/json', ...headers }, ...(method === 'POST' ? { body: 'no JSON' } : {}) })

  for (const [method, path, group] of paths) {
    it(`takes one token of the caller for ${method} ${path.slice(0, 20)}, also for a malformed one, before the body is read (N7, N8, N18)`, async () => {
      const door = await rig.door({ limits: LIMITED })

      for (let n = 0; n < 20; n++) {
        assert.notEqual((await ask(door.url, method, path)).status, 429, String(n))
      }

      const refused = await ask(door.url, method, path)

      assertRefused(refused, 429, 'RATE_LIMITED', 'rate limited')
      assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)

      // of the body nothing is ever sent
      const raw = new RawHttp(door.port).send(`${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`)

      assert.match(await raw.until(/\}\}$/), /^HTTP\/1\.1 429 /)
      raw.destroy()
    })

    if (group !== '') {
      it(`counts ${method} ${path.slice(0, 20)} as ${group}`, async () => {
        const door = await rig.door({ limits: { ...LIMITED, burst: 2, globalPerSecond: FREE, perSecond: rates(group, NEVER) } })
        const statuses = [await ask(door.url, method, path), await ask(door.url, method, path), await ask(door.url, method, path)].map(({ status }) => status === 429)

        assert.deepEqual(statuses, [false, false, true])
        assert.equal((await call(`${door.url}/nodes`)).status, 200)
      })
    }
  }

  it('believes no X-Forwarded-For of whoever is no trusted proxy, and takes it from the right of one that is (N1)', async () => {
    const direct = await rig.door({ limits: { ...LIMITED, burst: 2 } })
    const proxied = await rig.door({ limits: { ...LIMITED, burst: 2 }, trustedProxies: ['127.0.0.1/32'] })
    const statuses = async (url: string, from: (n: number) => string): Promise<number[]> => {
      const answers: number[] = []

      for (let n = 0; n < 3; n++) {
        answers.push((await ask(url, 'GET', '/nodes', { 'x-forwarded-for': from(n) })).status)
      }

      return answers
    }

    assert.deepEqual(await statuses(direct.url, n => `192.0.2.${n}`), [200, 200, 429])
    assert.deepEqual(await statuses(proxied.url, n => `192.0.2.${n}`), [200, 200, 200])
    // what the caller invents stands on the left
    assert.deepEqual(await statuses(proxied.url, n => `203.0.113.${n}, 198.51.100.7`), [200, 200, 429])
    assert.deepEqual(await statuses(proxied.url, n => `2001:db8:1:2::${n}`), [200, 200, 429])
  })

  it('denies addresses and peers', async () => {
    const access = accessControl()
    const door = await rig.door({ access })
    const key = await generateKeyPair('Ed25519')
    const headers = await proven(door, key)

    access.denyCidr('127.0.0.0/8')
    assertRefused(await call(`${door.url}/nodes`), 403, 'DENIED')
    access.undenyCidr('127.0.0.0/8')
    assert.equal((await call(`${door.url}/nodes`, { headers })).status, 200)
    assertRefused(await call(`${door.url}/nodes`, { headers: { authorization: 'libp2p-PeerID bearer="x"' } }), 401, 'UNAUTHENTICATED')
  })

  it('lets pages of configured origins send a proof of work', async () => {
    const { url } = await rig.door({ corsOrigins: ['https://app.example.org'] })
    const preflight = await call(`${url}/check_user/${HEX_64}`, { method: 'OPTIONS', headers: { origin: 'https://app.example.org', 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-enigma-pow' } })

    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-methods')], [204, 'GET'])
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /x-enigma-pow/)
    assert.equal((await call(`${url}/nodes`, { headers: { origin: 'https://app.example.org' } })).headers.get('access-control-allow-origin'), 'https://app.example.org')
  })
})

/** specs/registry.md, 4.3 and 2.1, GET /pow/challenge. */
describe('http: proofs of work', () => {
  const rig = new RegistryRig()
  const POW = { powEnabled: true, powDifficulty: 4 }

  interface Challenge { challenge: string, difficulty: number, expires_ms: number, _expires_ms: number }

  const challengeOf = async (url: string, headers: Record<string, string> = {}): Promise<Challenge> => (await call(`${url}/pow/challenge`, { headers })).json as unknown as Challenge
  const solutionOf = async (url: string, headers: Record<string, string> = {}): Promise<Record<string, string>> => {
    const { challenge, difficulty } = await challengeOf(url, headers)

    return { ...headers, 'x-enigma-pow': `${challenge}:${await solveChallenge(challenge, difficulty)}` }
  }
  const check = async (url: string, headers: Record<string, string> = {}, handle = HEX_64): Promise<Answer> => await call(`${url}/check_user/${handle}`, { headers })

  it('are asked for by a challenge with both names of its end', async () => {
    const { url } = await rig.door({ rules: { ...POW, powTtlSeconds: 100 } })
    const { text, json } = await call(`${url}/pow/challenge`)

    assert.match(text, /^\{"challenge":"[0-9a-f]{32}","difficulty":4,"expires_ms":(\d{13}),"_expires_ms":\1\}$/)
    assert.ok(Math.abs(Number(json.expires_ms) - Date.now() - 100_000) < 30_000)
  })

  it('are not there where they are off, and nobody asks for them', async () => {
    const { url } = await rig.door()

    assertRefused(await call(`${url}/pow/challenge`), 404, 'NOT_FOUND')
    assert.equal((await check(url, { 'x-enigma-pow': 'nonsense' })).status, 200)
  })

  it('let one call in', async () => {
    const { url } = await rig.door({ rules: POW })
    const headers = await solutionOf(url)

    assert.deepEqual([(await check(url, headers)).status, (await check(url, headers)).status], [200, 400])
    assert.equal((await post({ url }, '/resolve', { handle: HEX_64, requester_ephemeral_pubkey_hex: Buffer.from(ephemeralKeyAgreement().publicKey).toString('hex') }, await solutionOf(url))).status, 200)
    assert.equal((await post({ url }, '/presence', { user_id: HEX_64 }, await solutionOf(url))).status, 200)
  })

  it('may have colons in their solution, and be sought by any text', async () => {
    const { url } = await rig.door({ rules: { ...POW, powDifficulty: 1 } })
    const statuses = new Set<number>()

    for (let n = 0; n < 60 && !statuses.has(200); n++) {
      statuses.add((await check(url, { 'x-enigma-pow': `${(await challengeOf(url)).challenge}:a:${n.toString(16)}:` })).status)
    }

    assert.ok(statuses.has(200))
  })

  it('are the same refusal, whatever is wrong with them', async () => {
    const { url } = await rig.door({ rules: { ...POW, powDifficulty: 12 } })
    const { challenge, difficulty } = await challengeOf(url)
    const used = await solutionOf(url)

    await check(url, used)

    for (const header of [undefined, '', ':', 'x', 'x:', ':x', challenge, `${challenge}:`, `${challenge}:${noSolution(challenge, difficulty)}`, `${'0'.repeat(32)}:0`, `${challenge.toUpperCase()}:0`, `x${challenge}:0`, `${challenge}:${'9'.repeat(1000)}`, used['x-enigma-pow']]) {
      const answer = await check(url, header == null ? {} : { 'x-enigma-pow': header })

      assert.deepEqual([answer.status, answer.text], [400, '{"error":{"code":"POW_REQUIRED","message":"pow required"}}'], header)
    }
  })

  it('are asked for before the fields are looked at, and not by calls that need none', async () => {
    const door = await rig.door({ rules: POW })
    const alice = new Person('alice')

    assertRefused(await check(door.url, {}, 'nonsense'), 400, 'POW_REQUIRED')
    assertRefused(await post(door, '/resolve', { handle: 'x', requester_ephemeral_pubkey_hex: 'x' }), 400, 'POW_REQUIRED')
    assertRefused(await post(door, '/resolve', {}), 400, 'INVALID_INPUT')
    assertRefused(await check(door.url, await solutionOf(door.url), 'nonsense'), 400, 'INVALID_INPUT', 'invalid input: handle')
    assert.equal((await post(door, '/register', alice.register(door.registry.keys()))).status, 200)
    assert.equal((await post(door, '/announce', { user_id: HEX_64, addr: 'x', ts_ms: 1 })).status, 200)
    assert.equal((await call(`${door.url}/nodes`)).status, 200)
    assert.equal((await call(`${door.url}/envelope_pubkeys`)).status, 200)
  })

  it('are of the address or the peer that asked, and of no other (N9)', async () => {
    const door = await rig.door({ rules: POW, trustedProxies: ['127.0.0.1/32'] })
    const key = await generateKeyPair('Ed25519')
    const peer = await proven(door, key)
    const stranger = await proven(door, await generateKeyPair('Ed25519'))
    const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address })
    const { 'x-enigma-pow': byAddress = '' } = await solutionOf(door.url, from('192.0.2.1'))
    const { 'x-enigma-pow': byPeer = '' } = await solutionOf(door.url, peer)

    assertRefused(await check(door.url, { ...from('192.0.2.2'), 'x-enigma-pow': byAddress }), 400, 'POW_REQUIRED')
    assertRefused(await check(door.url, { ...peer, 'x-enigma-pow': byAddress }), 400, 'POW_REQUIRED')
    assertRefused(await check(door.url, { ...stranger, 'x-enigma-pow': byPeer }), 400, 'POW_REQUIRED')
    // what was tried in vain is not used up
    assert.equal((await check(door.url, { ...from('192.0.2.1'), 'x-enigma-pow': byAddress })).status, 200)
    assert.equal((await check(door.url, { ...peer, ...from('192.0.2.9'), 'x-enigma-pow': byPeer })).status, 200)
  })
})
