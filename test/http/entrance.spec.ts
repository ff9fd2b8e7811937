import assert from 'node:assert/strict'
import { accessControl } from '../../src/access/index.js'
import { call, errorOf, HttpRig, post, pushBody, RawHttp } from './rig.js'

const LIMITED = { enabled: true, burst: 2, globalPerSecond: 0.001, banAfter: 1000 }

describe('http: who is let in, and how often', () => {
  const rig = new HttpRig()

  it('asks the limiter before a byte of the body is read (R14)', async () => {
    const { port, url } = await rig.door({ limits: LIMITED })

    for (let n = 0; n < 2; n++) {
      assert.equal((await post({ url }, '/push', 'no JSON')).status, 400)
    }

    // of the body nothing is ever sent
    const raw = new RawHttp(port).send('POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n')
    const answer = await raw.until(/\}\}$/)

    raw.destroy()
    assert.match(answer, /^HTTP\/1\.1 429 [\s\S]*retry-after: [1-9]\d*\r\n[\s\S]*"rate_limited","message":"rate limit exceeded"/)
    assert.equal((await call(`${url}/health`)).status, 200)
    assert.equal(((await call(`${url}/stats`)).json.metrics as Record<string, number>).rate_limited, 1)
  })

  it('does not ban who merely tries again, and bans after many refusals in a row (R14)', async () => {
    const door = await rig.door({ limits: { ...LIMITED, burst: 1, banAfter: 3, banSeconds: 300 } })

    await post(door, '/push', pushBody('a'))

    const retryAfter = async (): Promise<number> => Number((await post(door, '/push', pushBody('a'))).headers.get('retry-after'))

    assert.ok(await retryAfter() <= 1000)
    await retryAfter()
    assert.equal(await retryAfter(), 300)
  })

  it('counts callers behind trusted proxies by X-Forwarded-For, from the right (R5)', async () => {
    const door = await rig.door({ limits: LIMITED, trustedProxies: ['127.0.0.1/32', '10.0.0.0/8'] })
    const statusFor = async (forwarded: string): Promise<number> => (await post(door, '/push', pushBody('a'), { 'x-forwarded-for': forwarded })).status
    const spend = async (forwarded: string): Promise<void> => {
      assert.deepEqual([await statusFor(forwarded), await statusFor(forwarded), await statusFor(forwarded)], [200, 200, 429], forwarded)
    }

    await spend('192.0.2.1')
    await spend('192.0.2.2')
    // what the caller invents stands on the left
    assert.equal(await statusFor('203.0.113.9, 192.0.2.1'), 429)
    // through two proxies
    assert.equal(await statusFor('203.0.113.9, 192.0.2.2, 10.1.1.1'), 429)
    // with a port, as a mapped address, and by the /64
    assert.equal(await statusFor('192.0.2.1:5000'), 429)
    assert.equal(await statusFor('::ffff:192.0.2.1'), 429)
    await spend('2001:db8:1:2::1')
    assert.equal(await statusFor('[2001:db8:1:2:ffff::9]:443'), 429)
    // nonsense is the proxy's own
    await spend('nonsense')
    assert.equal(await statusFor('192.0.2.77, nonsense'), 429)
  })

  it('believes no X-Forwarded-For of whoever is no trusted proxy', async () => {
    const door = await rig.door({ limits: LIMITED, trustedProxies: ['10.0.0.0/8'] })
    const statuses: number[] = []

    for (let n = 0; n < 3; n++) {
      statuses.push((await post(door, '/push', pushBody('a'), { 'x-forwarded-for': `192.0.2.${n}` })).status)
    }

    assert.deepEqual(statuses, [200, 200, 429])
  })

  it('denies addresses, also those that a proxy tells of, at once when they are denied', async () => {
    const access = accessControl()
    const door = await rig.door({ access, trustedProxies: ['127.0.0.1/32'] })
    const from = async (address: string): Promise<string> => {
      const answer = await post(door, '/push', pushBody('a'), { 'x-forwarded-for': address })

      return answer.status === 200 ? 'ok' : `${answer.status} ${errorOf(answer).code}`
    }

    assert.equal(await from('192.0.2.1'), 'ok')
    access.denyCidr('192.0.2.0/24')
    assert.equal(await from('192.0.2.1'), '403 denied')
    assert.equal(await from('192.0.3.1'), 'ok')
  })

  it('lets pages of configured origins in, and others not', async () => {
    const door = await rig.door({ corsOrigins: ['https://app.example.org'] })
    const allowed = await post(door, '/push', pushBody('a'), { origin: 'https://app.example.org' })
    const other = await post(door, '/push', pushBody('a'), { origin: 'https://evil.example.org' })
    const refused = await post(door, '/push', 'x', { origin: 'https://app.example.org' })
    const preflight = await call(`${door.url}/push`, { method: 'OPTIONS', headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' } })

    assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.org')
    assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /www-authenticate/)
    assert.equal(other.headers.get('access-control-allow-origin'), null)
    assert.equal(other.headers.get('vary'), 'Origin')
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [400, 'https://app.example.org'])
    assert.deepEqual([preflight.status, preflight.text, preflight.headers.get('access-control-allow-methods')], [204, '', 'POST'])
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization, enigma-grant/)

    const any = await rig.door({ corsOrigins: ['*'] })

    assert.equal((await post(any, '/push', pushBody('a'), { origin: 'https://x.example' })).headers.get('access-control-allow-origin'), '*')
    assert.equal((await post(await rig.door(), '/push', pushBody('a'), { origin: 'https://x.example' })).headers.get('access-control-allow-origin'), null)
  })
})
