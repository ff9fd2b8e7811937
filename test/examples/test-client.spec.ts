import assert from 'node:assert/strict'
import { join } from 'node:path'
import { addressOver, Stage } from './helpers.js'

const OFFLINE_PEER = '12D3KooWGRUVh7Kt3mjUJtkzFNyVRhSkx5Fmg6jJ8kM6nDYGNQ4z'
const TOKEN = 'a-token-of-this-test'

describe('example: the test client', function () {
  this.timeout(300_000)

  let stage: Stage

  beforeEach(() => { stage = new Stage() })
  afterEach(async () => { await stage.end() })

  for (const transport of ['tcp', 'quic', 'ws'] as const) {
    it(`brings two clients together over ${transport}`, async () => {
      const relay = await stage.relay()
      const a = stage.client('--name', 'clientA', '--relay', addressOver(relay, transport))
      const circuit = await a.circuitAddress()

      assert.ok(circuit.startsWith(`${addressOver(relay, transport)}/p2p/${relay.peerId}/p2p-circuit/p2p/12D3KooW`), circuit)

      const b = stage.client('--name', 'clientB', '--dial', circuit, '--wait-upgrade', '0')
      assert.equal(await b.exit(), 0, b.lines.join('\n'))

      await b.line(/^\[clientB\] Ping .*: 5 times, best [\d.]+ ms, mean [\d.]+ ms$/)
      await b.line(/^\[clientB\] Echo .*: "Hello from clientB" came back in [\d.]+ ms$/)
      await b.line(/^\[clientB\] Circuit limits: 1(20|19) s and 104\d{5} bytes \(10\.0 MiB\) left$/)
      await a.line(/^\[clientA\] Relayed connection from 12D3KooW\w+; limits: /)
      await a.line(/^\[clientA\] Echoed 18 bytes to 12D3KooW/)

      a.signal('SIGINT')
      assert.equal(await a.exit(), 0)
    })
  }

  it('prints a command for the second terminal that holds the circuit address', async () => {
    const relay = await stage.relay()
    const a = stage.client('--relay', addressOver(relay, 'tcp'))
    const circuit = await a.circuitAddress()
    const [, command] = await a.line(/Second terminal: (.*)$/)

    assert.equal(command, `npm run example:test-client -- --name clientB --dial ${circuit}`)
  })

  it('says whether the direct upgrade came, or why not', async () => {
    const relay = await stage.relay()
    const a = stage.client('--relay', addressOver(relay, 'tcp'))
    const b = stage.client('--dial', await a.circuitAddress(), '--wait-upgrade', '1')

    assert.equal(await b.exit(), 0, b.lines.join('\n'))
    // which of them depends on whether this machine has an address that libp2p takes for a public one
    await b.line(/Direct upgrade: (came, over \/ip|none within 1 s: \w+)/)
  })

  it('ends with 1 and NO_RESERVATION when the other peer is offline', async () => {
    const relay = await stage.relay()
    const b = stage.client('--dial', `${addressOver(relay, 'tcp')}/p2p/${relay.peerId}/p2p-circuit/p2p/${OFFLINE_PEER}`)

    assert.equal(await b.exit(), 1)
    await b.line(/Error: The relay does not connect: refused with NO_RESERVATION \(the other peer is offline/)
  })

  it('ends with 1 and RESERVATION_REFUSED when the relay is full', async () => {
    const relay = await stage.relay({ relay: { max_reservations: 1 } })
    await stage.client('--relay', addressOver(relay, 'tcp')).circuitAddress()
    const second = stage.client('--relay', addressOver(relay, 'tcp'))

    assert.equal(await second.exit(), 1)
    await second.line(/Error: The relay gives no reservation: refused with RESERVATION_REFUSED/)
  })

  it('ends with 1 and says how to start a relay when there is none', async () => {
    const relay = await stage.relay()
    const address = addressOver(relay, 'tcp')
    await relay.stop()
    const a = stage.client('--relay', address)

    assert.equal(await a.exit(), 1)
    await a.line(/Error: No relay listens on .* "npm start" starts one/)
  })

  it('shows its token and reserves again when the relay restarts', async () => {
    const keyFile = join(await stage.folder(), 'key')
    const auth = { auth_enabled: true, auth_token: TOKEN }
    const first = await stage.relay({ auth, identity: { key_file: keyFile } })
    const address = addressOver(first, 'tcp')
    const a = stage.client('--relay', address, '--token', TOKEN)
    const circuit = await a.circuitAddress()

    await a.line(/The relay accepted the token/)
    await first.stop()
    await a.line(/Reservation on \w+ lost/)

    const before = a.lines.length
    const second = await stage.relay({ auth, identity: { key_file: keyFile }, network: { tcp_listen_addr: address } })

    await a.line(/The relay accepted the token/, before)
    await a.line(/Reservation on \w+ made; expires \d{4}-/, before)
    assert.equal(await a.circuitAddress(before), circuit)
    assert.equal(second.libp2p.services.relay?.stats().reservations, 1)
  })

  it('ends with 1 and PERMISSION_DENIED without the token or with a wrong one', async () => {
    const relay = await stage.relay({ auth: { auth_enabled: true, auth_token: TOKEN } })
    const without = stage.client('--relay', addressOver(relay, 'tcp'))
    const wrong = stage.client('--relay', addressOver(relay, 'tcp'), '--token', `${TOKEN}!`)

    assert.equal(await without.exit(), 1)
    await without.line(/Error: The relay gives no reservation: refused with PERMISSION_DENIED \(.*--token/)
    assert.equal(await wrong.exit(), 1)
    await wrong.line(/Error: The relay does not accept the token/)
  })

  it('says so and goes on when the relay takes no tokens', async () => {
    const relay = await stage.relay()
    const a = stage.client('--relay', addressOver(relay, 'tcp'), '--token', TOKEN)

    await a.circuitAddress()
    await a.line(/The relay takes no tokens/)
  })

  it('keeps its PeerId in the key file and ends with 0 on SIGTERM', async () => {
    const relay = await stage.relay()
    const keyFile = join(await stage.folder(), 'client.key')
    const addresses = []

    for (let run = 0; run < 2; run++) {
      const client = stage.client('--relay', addressOver(relay, 'tcp'), '--key', keyFile)
      addresses.push(await client.circuitAddress())
      client.signal('SIGTERM')
      assert.equal(await client.exit(), 0)
    }

    assert.equal(addresses[0], addresses[1])
  })
})
