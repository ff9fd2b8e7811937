import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { dialableAddrs } from '../../src/cli/addresses.js'
import { defaultConfig } from '../../src/config/index.js'
import { Home } from './command.js'
import type { NetworkInterfaceInfo } from 'node:os'

describe('relay-server id', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  it('makes no key, says so and exits 1', async () => {
    const { code, stdout, stderr } = await home.run(['id'])

    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /no identity yet: .*relay_keypair\.bin is made at the first start/)
    assert.deepEqual(await readdir(home.path), [])
  })

  it('prints the PeerId, then listening and announced addresses', async () => {
    const key = await generateKeyPair('Ed25519')
    const peer = key.publicKey.toString()
    await mkdir(join(home.path, '.meshnet'))
    await writeFile(join(home.path, '.meshnet', 'relay_keypair.bin'), privateKeyToProtobuf(key), { mode: 0o600 })
    const path = await home.file('relay.toml', `[network]
tcp_listen_addr = "/ip4/127.0.0.1/tcp/4001"
quic_listen_addr = "/ip4/127.0.0.1/udp/4001/quic-v1"
ws_listen_addr = "/ip4/127.0.0.1/tcp/0/ws"
announce_addrs = ["/dns4/relay.example.org/tcp/4001", "/ip4/127.0.0.1/tcp/4001"]
`)
    const { code, stdout, stderr } = await home.run(['id', '-c', path])

    assert.equal(code, 0)
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      peer,
      `/ip4/127.0.0.1/tcp/4001/p2p/${peer}`,
      `/ip4/127.0.0.1/udp/4001/quic-v1/p2p/${peer}`,
      `/dns4/relay.example.org/tcp/4001/p2p/${peer}`
    ])
    assert.match(stderr, /\/ip4\/127\.0\.0\.1\/tcp\/0\/ws: its port is chosen at start/)
  })

  it('exits 1 for a key file that is damaged', async () => {
    await mkdir(join(home.path, '.meshnet'))
    await writeFile(join(home.path, '.meshnet', 'relay_keypair.bin'), '')
    const { code, stderr } = await home.run(['id'])

    assert.equal(code, 1)
    assert.match(stderr, /relay_keypair\.bin is empty/)
  })

  it('expands an address that listens everywhere into one an interface', () => {
    const at = (address: string, family: 'IPv4' | 'IPv6'): NetworkInterfaceInfo =>
      ({ address, family, internal: false, mac: '', netmask: '', cidr: null, scopeid: 0 })
    const interfaces = [at('127.0.0.1', 'IPv4'), at('192.0.2.7', 'IPv4'), at('169.254.1.1', 'IPv4'), at('2001:db8::7', 'IPv6'), at('fe80::1', 'IPv6')]
    const { network } = defaultConfig()

    assert.deepEqual(dialableAddrs({ ...network, quic_listen_addr: '', ws_listen_addr: '/ip6/::/tcp/4002/ws', webrtc_listen_addr: '/ip4/0.0.0.0/udp/4003/webrtc-direct' }, interfaces), {
      addrs: ['/ip4/127.0.0.1/tcp/4001', '/ip4/192.0.2.7/tcp/4001', '/ip6/2001:db8::7/tcp/4002/ws'],
      unknown: [{ addr: '/ip4/0.0.0.0/udp/4003/webrtc-direct', why: 'its certificate hash is not known here' }]
    })
  })
})
