import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Home } from './command.js'
import type { AddressInfo } from 'node:net'

describe('relay-server and its ops address', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  it('logs where it is, answers there, and is gone with the process', async () => {
    const node = home.start(['-c', await home.config('max_event_loop_delay_ms = 0', '[logging]\nlog_format = "json"\n[ops]\nmetrics_token = "secret"\n')])
    const { ops, peer_id: peerId } = await node.event('ready')

    assert.match(String(ops), /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    assert.deepEqual(await (await fetch(`${String(ops)}/ready`)).json(), { status: 'ready' })
    assert.equal((await (await fetch(`${String(ops)}/addresses`)).json() as { peer_id: string }).peer_id, peerId)
    assert.equal((await fetch(`${String(ops)}/metrics`)).status, 401)
    node.proc.kill('SIGTERM')
    assert.equal((await node.exit).code, 0)
    await assert.rejects(fetch(`${String(ops)}/health`))
  })

  it('names it in the banner', async () => {
    const node = home.start(['-c', await home.config('', '')])

    assert.match(await node.until(line => line.startsWith('Health and metrics: ')), /http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  })

  it('opens nothing when it is off', async () => {
    const node = home.start(['-c', await home.config('', '[logging]\nlog_format = "json"\n[ops]\nenabled = false\n')])

    assert.equal((await node.event('ready')).ops, null)
  })

  it('exits 3 and names the address and the key when its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`

    try {
      const { code, stderr } = await home.run(['-c', await home.config()], { env: { RELAY_OPS__ADDRESS: address } })

      assert.equal(code, 3)
      assert.equal(stderr, `cannot listen on ${address}: the address is already in use (ops.address in the configuration changes it)\n`)
    } finally {
      server.close()
    }
  })
})
