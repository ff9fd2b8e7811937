import assert from 'node:assert/strict'
import { accessSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { createNode } from '../../src/node/index.js'
import { ClientRig, take, textOf, utf8 } from '../client/rig.js'
import { until } from '../support/wait.js'
import type { Page as PageCalls } from './page.js'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'

/** Debian's, or another one of the same make. */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const PAGE = new URL('page.js', import.meta.url)
const PEPPER = 'ab'.repeat(32)

describe('the client in a browser', () => {
  const rig = new ClientRig()
  let server: Server
  let browser: Browser
  let tcpAddress: string
  let wsAddress: string
  let httpUrl: string

  before(async () => {
    accessSync(CHROMIUM)

    const { outputFiles: [bundle] } = await build({ entryPoints: [fileURLToPath(PAGE)], bundle: true, write: false, format: 'esm', platform: 'browser', target: 'chrome120' })

    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'

      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? bundle?.contents : '<script type="module" src="/page.js"></script>')
    }).listen(0, '127.0.0.1')
    // root has no other way
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })

  after(async () => {
    await browser.close()
    server.close()
    server.closeAllConnections()
  })

  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'enigma-browser-'))
    const node = await createNode({
      // pages come from another port
      http: { address: '127.0.0.1:0', cors_origins: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] },
      ops: { enabled: false },
      identity: { key_file: join(folder, 'key') },
      storage: { path: join(folder, 'data'), min_free_bytes: 1 },
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws', quic_listen_addr: '', drain_secs: 0 },
      mailbox: { max_message_bytes: 1_000_000 },
      registry: { envelope: { pepper_hex: PEPPER } }
    })
    const addressOf = (transport: RegExp): string => node.addrs.map(String).find(addr => transport.test(addr)) ?? assert.fail('it does not listen')

    rig.onStop(async () => {
      await node.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    tcpAddress = addressOf(/\/tcp\/\d+\/p2p\//)
    wsAddress = addressOf(/\/ws\/p2p\//)
    httpUrl = node.http ?? assert.fail('it has no HTTP door')
  })

  afterEach(async () => {
    await Promise.all(browser.contexts().map(async context => context.close()))
  })

  interface Peer {
    readonly name: string
    call<Name extends keyof PageCalls> (name: Name, ...args: Parameters<PageCalls[Name]>): Promise<Awaited<ReturnType<PageCalls[Name]>>>
  }

  /** A page with libp2p, or with fetch alone. */
  async function open (way: 'libp2p' | 'http' = 'libp2p'): Promise<Peer> {
    const page: Page = await (await browser.newContext()).newPage()
    const call: Peer['call'] = async (name, ...args) => {
      // the page answers what its own functions are typed by
      return await page.evaluate(async ([name, args]) => (globalThis as never as { page: Record<string, (...args: unknown[]) => unknown> }).page[name]?.(...args), [name, args] as const) as never
    }

    page.on('pageerror', err => { console.error('in the page:', err) })
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)

    return { name: way === 'libp2p' ? await call('start', wsAddress) : await call('startOverHttp', httpUrl, PEPPER), call }
  }

  it('pushes to a peer that is offline, which gets it later, in Node.js', async () => {
    const page = await open()
    const recipient = await rig.peer(tcpAddress)

    assert.equal(await page.call('send', recipient.name, 'from a browser'), 'queued')

    const [message] = await take(recipient.mailbox.subscribe(recipient.name), 1)

    assert.equal(message != null && textOf(message), 'from a browser')
  })

  it('takes what waited for it and what comes while it is there, each once and in order', async () => {
    const page = await open()
    const sender = await rig.peer(tcpAddress)

    for (let i = 0; i < 10; i++) {
      await sender.mailbox.push(page.name, utf8(`stored ${i}`))
    }

    await page.call('inbox')

    for (let i = 0; i < 10; i++) {
      await sender.mailbox.push(page.name, utf8(`live ${i}`))
    }

    await until(async () => (await page.call('taken')).length >= 20, 'all are taken')
    assert.deepEqual((await page.call('taken')).map(({ text }) => text), [...Array.from({ length: 10 }, (_, i) => `stored ${i}`), ...Array.from({ length: 10 }, (_, i) => `live ${i}`)])
  })

  it('delivers from one browser to another through the relay', async () => {
    const [sender, recipient] = [await open(), await open()]

    await recipient.call('inbox')
    await until(async () => recipient.call('hasReservation'), 'it has a reservation')
    assert.equal(await sender.call('send', recipient.name, 'straight'), 'delivered')
    assert.deepEqual(await recipient.call('taken'), [{ text: 'straight', from: sender.name }])
  })

  it('cuts a large body, which is put together on the other side', async () => {
    const page = await open()
    const recipient = await rig.peer(tcpAddress)

    assert.equal(await page.call('push', recipient.name, 7, 2_500_000), 3)

    const [message] = await take(recipient.mailbox.subscribe(recipient.name), 1)

    assert.deepEqual(message?.body, new Uint8Array(2_500_000).fill(7))
  })

  it('tells why it may not read another peer\'s mailbox', async () => {
    const [page, other] = [await open(), await open()]

    assert.deepEqual(await page.call('pull', other.name), { code: 'not_owner' })
    assert.deepEqual(await page.call('pull', page.name), { items: 0 })
  })

  it('uses the mailbox over HTTP, from another origin, and proves who it is', async () => {
    const page = await open('http')
    const peer = await rig.peer(tcpAddress)

    assert.equal(await page.call('push', peer.name, 7, 2_500_000), 3)

    const [message] = await take(peer.mailbox.subscribe(peer.name), 1)

    assert.deepEqual(message?.body, new Uint8Array(2_500_000).fill(7))
    await peer.mailbox.push(page.name, utf8('for a page'))
    assert.deepEqual(await page.call('pull', page.name), { items: 1 })
    assert.deepEqual(await page.call('pull', peer.name), { code: 'not_owner' })
    await page.call('inbox')
    await until(async () => (await page.call('taken')).length === 1, 'it is taken')
    assert.deepEqual((await page.call('taken')).map(({ text }) => text), ['for a page'])
  })

  for (const way of ['libp2p', 'http'] as const) {
    it(`registers a name and finds it, over ${way}`, async () => {
      const [owner, other] = [await open(way), await open(way)]

      assert.equal(await other.call('resolve', 'alice'), undefined)
      assert.equal(await owner.call('register', 'alice'), true)
      assert.deepEqual(await other.call('resolve', 'alice'), { hint: 'alice', isSigned: true })
    })
  }
})
