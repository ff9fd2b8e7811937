import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { NodeRefusedError } from '../../../src/registry/nodes/index.js'
import { selfSigned } from '../../http/pki.js'
import { KEY, NodesRig } from './rig.js'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

const signal = new AbortController().signal

describe('nodes over HTTP', () => {
  const rig = new NodesRig()

  afterEach(async () => { await rig.stop() })

  it('asks for the envelope key under the base URL, with the name that was given', async () => {
    const site = await rig.site({ ...KEY, not_after_epoch_ms: 4_000_000_000_000 })
    const verifier = await rig.verifier()

    for (const [base, path, host] of [[`http://127.1:${site.port}`, '/envelope_pubkey', `127.0.0.1:${site.port}`], [`http://localhost:${site.port}/a/b/`, '/a/b/envelope_pubkey', `localhost:${site.port}`]]) {
      const found: string[] = []

      assert.equal(await verifier.verify(base ?? '', { signal, foundAt: ip => { found.push(ip) } }), true)
      assert.deepEqual(found, ['127.0.0.1'])
      const { method, url, headers } = site.asked.pop() ?? { headers: {} }

      assert.deepEqual([method, url, headers.host, headers.accept], ['GET', path, host, 'application/json'])
      assert.match(headers['user-agent'] ?? '', /^enigma-node\//)
    }
  })

  it('refuses what does not answer as a registry', async () => {
    const { kid_hex: kid, x25519_public_key_hex: key, ...rest } = KEY
    const answers: Array<RequestListener | object> = [
      {}, [], [KEY], { ...KEY, active: false }, { ...KEY, active: 1 }, { ...KEY, more: 1 }, { kid_hex: kid, ...rest }, { x25519_public_key_hex: key, ...rest }, { ...KEY, kid_hex: `${kid}00` }, { ...KEY, kid_hex: kid.slice(2) },
      { ...KEY, x25519_public_key_hex: key.slice(1) }, { ...KEY, x25519_public_key_hex: `${key.slice(1)}g` }, { ...KEY, not_after_epoch_ms: 'soon' }, { ...KEY, not_after_epoch_ms: 0 }, { ...KEY, not_after_epoch_ms: 1.5 },
      (_, response) => response.end(), (_, response) => response.end('{"kid_hex":'), (_, response) => response.writeHead(404).end(JSON.stringify(KEY)), (_, response) => response.writeHead(206).end(JSON.stringify(KEY)),
      (_, response) => response.writeHead(204).end(), (_, response) => response.destroy(), (_, response) => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{}'), (_, response) => response.socket?.end('SSH-2.0-x\r\n'),
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(KEY))), (_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(9000) }).end(JSON.stringify(KEY)),
      (_, response) => response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'), (_, response) => response.socket?.end('HTTP/1.1 100 Continue\r\n\r\n'.repeat(3))
    ]
    const verifier = await rig.verifier()

    for (const answer of answers) {
      const site = await rig.site(answer)

      await assert.rejects(verifier.look(`http://127.0.0.1:${site.port}`, { signal }), NodeRefusedError, String(JSON.stringify(answer) ?? answer))
      assert.equal(await verifier.verify(`http://127.0.0.1:${site.port}`, { signal }), false)
    }
  })

  it('takes an answer of 4096 bytes and no byte more, and does not read on', async () => {
    const verifier = await rig.verifier()
    const padded = (bytes: number): string => JSON.stringify(KEY).padEnd(bytes)
    const fits = await rig.site((_, response) => response.end(padded(4096)))
    const long = await rig.site((_, response) => response.end(padded(4097)))
    let sent = 0
    const endless = await rig.site((_, response) => {
      const more = (): void => {
        if (!response.destroyed) {
          sent += 65_536
          response.write(Buffer.alloc(65_536, ' '), more)
        }
      }

      more()
    })

    assert.equal(await verifier.verify(`http://127.0.0.1:${fits.port}`, { signal }), true)
    assert.equal(await verifier.verify(`http://127.0.0.1:${long.port}`, { signal }), false)
    await assert.rejects(verifier.look(`http://127.0.0.1:${endless.port}`, { signal }), { message: 'its /envelope_pubkey is longer than 4096 bytes' })
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`)
  })

  it('follows no redirect', async () => {
    const target = await rig.site()
    const verifier = await rig.verifier()

    for (const status of [301, 302, 303, 307, 308]) {
      const site = await rig.site((_, response) => response.writeHead(status, { location: `http://127.0.0.1:${target.port}/envelope_pubkey` }).end(JSON.stringify(KEY)))

      await assert.rejects(verifier.look(`http://127.0.0.1:${site.port}`, { signal }), { message: `its /envelope_pubkey is answered with ${status}` })
    }

    assert.equal(target.connections, 0)
  })

  it('takes eight answers before the answer, and no flood of them', async () => {
    const chatty = async (count: number): Promise<number> => {
      const server = createServer(socket => {
        socket.on('error', () => {})
        socket.once('data', () => {
          socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(count))
          socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${JSON.stringify(KEY).length}\r\n\r\n${JSON.stringify(KEY)}`)
        })
      })

      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      rig.atEnd(async () => { server.close() })

      return (server.address() as AddressInfo).port
    }
    const verifier = await rig.verifier()

    assert.equal(await verifier.verify(`http://127.0.0.1:${await chatty(8)}`, { signal }), true)
    await assert.rejects(verifier.look(`http://127.0.0.1:${await chatty(9)}`, { signal }), { message: 'it answers before it answers, and does not stop' })
  })

  it('gives up after five seconds, whatever part of the answer is missing', async () => {
    const sites = [
      await rig.silent(),
      (await rig.site(() => {})).port,
      (await rig.site((_, response) => response.write('{'))).port,
      (await rig.site((_, response) => {
        const timer = setInterval(() => { response.write(' ') }, 50)

        response.on('close', () => { clearInterval(timer) })
      })).port
    ]
    const verifier = await rig.verifier()

    assert.deepEqual(await Promise.all(sites.map(async port => await verifier.verify(`http://127.0.0.1:${port}`, { signal }))), [false, false, false, false])
  })

  it('ends at once when the caller wants it to', async () => {
    const site = await rig.site(() => { abort.abort(new Error('enough')) })
    const verifier = await rig.verifier()
    const abort = new AbortController()

    await assert.rejects(verifier.verify(`http://127.0.0.1:${site.port}`, { signal: abort.signal }), { message: 'enough' })
    await assert.rejects(verifier.verify(`http://127.0.0.1:${site.port}`, { signal: abort.signal }), { message: 'enough' })
    assert.equal(site.connections, 1)
  })

  it('connects to no address that is not public, and asks no name server for it', async () => {
    const site = await rig.site()
    const site6 = await rig.site(KEY, { host: '::1' })
    const dns = await rig.dns()
    const verifier = await rig.verifier({ allowPrivate: false })

    for (const host of ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '0', 'localhost', 'localhost.', '[::ffff:127.0.0.1]', '127.0.0.2']) {
      assert.equal(await verifier.verify(`http://${host}:${site.port}`, { signal }), false)
    }

    assert.equal(await verifier.verify(`http://[::1]:${site6.port}`, { signal }), false)
    assert.deepEqual([site.connections, site6.connections, dns.asked], [0, 0, []])
  })

  describe('by name', () => {
    it('resolves it once and connects to what was found', async () => {
      const dns = await rig.dns()
      const site = await rig.site()
      const other = await rig.site(KEY, { host: '127.0.0.2', port: site.port })
      const verifier = await rig.verifier()

      // rebound after the first answer
      dns.set('A', 'node.example.org', ['127.0.0.1'], ['127.0.0.2'])
      assert.equal(await verifier.verify(`http://Node.Example.org:${site.port}`, { signal }), true)
      assert.deepEqual(dns.asked.toSorted(), ['A node.example.org', 'AAAA node.example.org'])
      assert.deepEqual([site.connections, other.connections, site.asked[0]?.headers.host], [1, 0, `node.example.org:${site.port}`])
    })

    it('connects to none of the addresses when one of them is not public', async () => {
      const dns = await rig.dns()
      const site = await rig.site()
      const verifier = await rig.verifier({ allowPrivate: false })

      for (const [type, address] of [['A', '127.0.0.1'], ['A', '10.0.0.1'], ['A', '169.254.169.254'], ['A', '0.0.0.0'], ['AAAA', '::1'], ['AAAA', '::ffff:127.0.0.1'], ['AAAA', '64:ff9b::7f00:1'], ['AAAA', 'fe80::1'], ['AAAA', '2001:470::5efe:7f00:1']] as const) {
        for (const others of [[], ['8.8.8.8']]) {
          dns.set('A', 'node.example.org', type === 'A' ? [...others, address] : others)
          dns.set('AAAA', 'node.example.org', type === 'AAAA' ? [address] : [])
          await assert.rejects(verifier.look(`http://node.example.org:${site.port}`, { signal }), { message: 'the address is not one of the public internet' })
        }
      }

      assert.equal(site.connections, 0)
    })

    it('tries the next address when one cannot be connected to', async () => {
      const dns = await rig.dns()
      const site = await rig.site(KEY, { host: '127.0.0.3' })

      dns.set('A', 'node.example.org', ['127.0.0.2', '127.0.0.3'])
      assert.equal(await (await rig.verifier()).verify(`http://node.example.org:${site.port}`, { signal }), true)
    })

    it('refuses a name without addresses, with too many, and one that the operator denies', async () => {
      const dns = await rig.dns()
      const site = await rig.site()
      const verifier = await rig.verifier({ isDeniedIp: address => address === '127.0.0.1' })

      dns.set('A', 'many.example.org', Array.from({ length: 33 }, (_, at) => `127.0.1.${at}`))
      dns.set('A', 'denied.example.org', ['127.0.0.1'])

      for (const [name, message] of [['none', 'the name leads to no address'], ['many', 'the name has more than 32 answers'], ['denied', 'the operator denies the address']]) {
        await assert.rejects(verifier.look(`http://${name}.example.org:${site.port}`, { signal }), { message })
      }

      assert.equal(site.connections, 0)
    })

    it('waits no longer than five seconds for a name server, and not at all when the caller ends it', async () => {
      const silent = createSocket('udp4').bind(0, '127.0.0.1')

      await once(silent, 'listening')
      rig.atEnd(async () => { silent.close() })

      const verifier = await rig.verifier({ dnsServers: [`127.0.0.1:${silent.address().port}`] })
      const abort = new AbortController()
      const waiting = verifier.verify('http://node.example.org', { signal: abort.signal })

      await once(silent, 'message')
      abort.abort(new Error('enough'))
      await assert.rejects(waiting, { message: 'enough' })
      assert.equal(await verifier.verify('http://node.example.org', { signal }), false)
    })
  })

  describe('over TLS', () => {
    it('wants a certificate for the name that was given, from an authority that is trusted', async () => {
      const dns = await rig.dns()
      const pair = selfSigned('P-256', undefined, ['node.example.org'])
      const site = await rig.site(KEY, { tls: pair })
      const trusting = await rig.verifier({ ca: pair.cert })

      for (const name of ['node', 'other']) {
        dns.set('A', `${name}.example.org`, ['127.0.0.1'])
      }

      assert.equal(await trusting.verify(`https://node.example.org:${site.port}`, { signal }), true)
      assert.equal(site.asked.length, 1)
      assert.equal(await trusting.verify(`https://other.example.org:${site.port}`, { signal }), false)
      assert.equal(await trusting.verify(`http://node.example.org:${site.port}`, { signal }), false)
      assert.equal(await (await rig.verifier()).verify(`https://node.example.org:${site.port}`, { signal }), false)
      assert.equal(site.asked.length, 1)
    })

    it('takes a certificate for the address where an address was given', async () => {
      const pair = selfSigned()
      const site = await rig.site(KEY, { tls: pair })

      assert.equal(await (await rig.verifier({ ca: pair.cert })).verify(`https://127.0.0.1:${site.port}`, { signal }), true)
    })

    it('refuses a certificate that is over', async () => {
      const pair = selfSigned('P-256', new Date(Date.now() - 1000))
      const site = await rig.site(KEY, { tls: pair })

      assert.equal(await (await rig.verifier({ ca: pair.cert })).verify(`https://127.0.0.1:${site.port}`, { signal }), false)
    })
  })
})
