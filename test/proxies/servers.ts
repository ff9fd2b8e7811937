import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { until, within } from '../support/wait.js'
import { configOf } from './configs.js'
import { selfSigned } from '../http/pki.js'
import { HOST } from './caller.js'
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo } from 'node:net'

/** A proxy that runs. */
export interface Proxy {
  port: number
  ca: string | Buffer
  stop (): Promise<void>
}

export interface ProxyInit {
  /** For its files. */
  folder: string
  /** `host:port` of the node. */
  node: string
}

const START_MS = 30_000

/** The nginx of this machine with the block of docs/http.md. */
export async function nginx ({ folder, node }: ProxyInit): Promise<Proxy> {
  const port = await freePort()
  const { cert, key } = selfSigned('P-256', undefined, [HOST])
  const [certPath, keyPath, conf] = ['relay.pem', 'relay.key', 'nginx.conf'].map(name => join(folder, name)) as [string, string, string]
  const server = configOf('nginx', { 'listen 443 ssl': `listen 127.0.0.1:${port} ssl`, '/etc/ssl/relay.pem': certPath, '/etc/ssl/relay.key': keyPath, '127.0.0.1:8080': node })
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${join(folder, name)};`).join(' ')

  writeFileSync(certPath, cert)
  writeFileSync(keyPath, key)
  // its workers keep what they are, so that the folder is theirs
  writeFileSync(conf, `${process.getuid?.() === 0 ? 'user root;' : ''} pid ${join(folder, 'nginx.pid')}; events {} http { access_log off; ${paths} ${server} }`)

  return { port, ca: cert, stop: await run('nginx', ['-c', conf, '-e', join(folder, 'error.log'), '-g', 'daemon off;'], port) }
}

/** The Caddy of this machine with the block of docs/http.md, and an authority of its own. */
export async function caddy ({ folder, node }: ProxyInit): Promise<Proxy> {
  const port = await freePort()
  const conf = join(folder, 'Caddyfile')
  const site = configOf('caddy', { '127.0.0.1:8080': node })

  writeFileSync(conf, `{
  admin off
  https_port ${port}
  http_port ${await freePort()}
  auto_https disable_redirects
  local_certs
  skip_install_trust
  storage file_system ${folder}
}
${site}`)

  const stop = await run('caddy', ['run', '--config', conf, '--adapter', 'caddyfile'], port)
  const root = join(folder, 'pki', 'authorities', 'local', 'root.crt')

  return { port, ca: readFileSync(root), stop }
}

async function run (command: string, args: readonly string[], port: number): Promise<() => Promise<void>> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', err => { reject(new Error(`${command} cannot be run: it has to be installed`, { cause: err })) })
    child.once('exit', () => { resolve() })
  })
  let said = ''

  child.stderr.on('data', (text: Buffer) => { said += text.toString() })

  const failed = ended.then(() => { throw new Error(`${command} ended: ${said}`) })

  failed.catch(() => {})
  await Promise.race([failed, until(async () => await isOpen(port), () => `${command} listens; it said ${said}`, START_MS)])

  return async () => { await end(child, ended, command) }
}

async function end (child: ChildProcess, ended: Promise<void>, command: string): Promise<void> {
  child.kill('SIGTERM')
  await within(ended, `${command} ends`)
}

async function isOpen (port: number): Promise<boolean> {
  return await new Promise(resolve => {
    // Caddy listens before it has made its certificate; whether it is the right one is the tests' to say
    const socket = connect({ port, host: '127.0.0.1', servername: HOST, rejectUnauthorized: false }, () => { resolve(true) })

    socket.once('error', () => { resolve(false) }).once('secureConnect', () => { socket.destroy() })
  })
}

async function freePort (): Promise<number> {
  const server = createServer()

  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })

  const { port } = server.address() as AddressInfo

  await new Promise<void>(resolve => { server.close(() => { resolve() }) })

  return port
}
