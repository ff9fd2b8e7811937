import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defaultConfig } from '../../src/config/index.js'
import { addressOver, Stage } from './helpers.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** Listening addresses of the snippets, on ports that are free. */
const FREE_PORTS = "tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1', ws_listen_addr: ''"

describe('README', function () {
  this.timeout(300_000)

  let folder: string

  before(async () => {
    // inside the package, so that the snippets find it by its name
    folder = await mkdtemp(join(ROOT, 'dist', 'readme-'))
  })

  after(async () => { await rm(folder, { recursive: true, force: true }) })

  it('has a snippet for a node that runs', async () => {
    const output = await run(snippet('node').replace('network: {', `ops: { address: '127.0.0.1:0' }, network: { ${FREE_PORTS},`))

    assert.match(output, /\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/)
    assert.match(output, /\/dns4\/relay\.example\.org\/tcp\/4001/)
  })

  it('has a snippet for the relay as a libp2p service that runs', async () => {
    assert.match(await run(snippet('service').replace('/ip4/0.0.0.0/tcp/4001', '/ip4/127.0.0.1/tcp/0')), /reservations: 0/)
  })

  it('has a snippet for the mailbox client that runs', async () => {
    const stage = new Stage()

    try {
      const code = snippet('mailbox').replace('/ip4/127.0.0.1/tcp/4001', addressOver(await stage.relay(), 'tcp'))

      assert.equal(await run(code), 'queued\nhello\n')
    } finally {
      await stage.end()
    }
  })

  it('has a snippet for the registry client that runs', async () => {
    const stage = new Stage()

    try {
      const code = snippet('registry').replace('/ip4/127.0.0.1/tcp/4001', addressOver(await stage.relay(), 'tcp'))

      assert.equal(await run(code), 'alice true\n')
    } finally {
      await stage.end()
    }
  })

  it('gives the defaults of the limits as they are', () => {
    const rows = [...README.matchAll(/^\| `(\w+)\.(\w+)` \| `([^`]+)` \|/gm)]
    const config = defaultConfig() as unknown as Record<string, Record<string, unknown>>

    assert.ok(rows.length >= 16, `${rows.length} rows`)

    for (const [, section = '', key = '', value] of rows) {
      assert.equal(String(config[section]?.[key]), value, `${section}.${key}`)
    }
  })

  it('names keys that exist', () => {
    const config = defaultConfig() as unknown as Record<string, Record<string, unknown>>
    const sections = Object.keys(config).join('|')

    for (const [, section = '', key = ''] of README.matchAll(new RegExp(`\`(${sections})\\.([a-z_]+)\``, 'g'))) {
      assert.ok(config[section] != null && key in config[section], `${section}.${key}`)
    }
  })

  it('links to files that exist', () => {
    const links = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)

    assert.ok(links.length > 4)
    assert.deepEqual(links.filter(path => !existsSync(join(ROOT, path))), [])
  })

  function snippet (name: string): string {
    const [, code] = new RegExp(`<!-- test: ${name} -->\\n+\`\`\`js\\n([\\s\\S]*?)\`\`\``).exec(README) ?? []

    assert.ok(code != null, `no block marked <!-- test: ${name} -->`)

    return code
  }

  async function run (code: string): Promise<string> {
    const file = join(folder, 'snippet.mjs')
    await writeFile(file, code)
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder, env: { PATH: process.env.PATH, HOME: folder }, timeout: 30_000 })

    return stdout
  }
})
