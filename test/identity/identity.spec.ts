import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { generateKeyPair, privateKeyToProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { IdentityError, loadIdentity, loadOrCreateIdentity } from '../../src/identity/index.js'
import { judgeMode } from '../../src/identity/mode.js'

/** The Ed25519 vector of libp2p/specs peer-ids ("Test vectors"). */
const VECTOR = Buffer.from('080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e', 'hex')
/** RFC 8032, 7.1, test 1: secret, public. The PeerId is the identity multihash of its libp2p public key, in base58. */
const RFC_SECRET = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const RFC_PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function base58 (hex: string): string {
  let number = BigInt(`0x${hex}`)
  let out = ''

  while (number > 0n) {
    out = (BASE58[Number(number % 58n)] ?? '') + out
    number /= 58n
  }

  // one leading 1 for the one leading zero byte
  return `1${out}`
}

async function refusal (promise: Promise<unknown>): Promise<IdentityError> {
  const err: unknown = await promise.then(() => undefined, (err: unknown) => err)
  assert.ok(err instanceof IdentityError, `expected an IdentityError, got ${String(err)}`)
  assert.equal(err.code, 'identity_unusable')

  return err
}

describe('the identity', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enigma-identity-'))
    path = join(folder, 'a', 'b', 'key.bin')
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function put (bytes: Uint8Array | string, mode = 0o600): Promise<void> {
    await mkdir(join(folder, 'a', 'b'), { recursive: true })
    await writeFile(path, bytes)
    await chmod(path, mode)
  }

  describe('on first start', () => {
    it('is made with its folders, for nobody but the owner, and is the same at the next start', async () => {
      const first = await loadOrCreateIdentity(path)
      const second = await loadOrCreateIdentity(path)

      assert.equal(first.created, true)
      assert.equal(second.created, false)
      assert.deepEqual(second.warnings, [])
      assert.equal(peerIdFromPrivateKey(first.privateKey).toString(), peerIdFromPrivateKey(second.privateKey).toString())
      assert.equal((await stat(path)).mode & 0o777, 0o600)
      assert.equal((await stat(join(folder, 'a'))).mode & 0o777, 0o700)
      assert.equal((await stat(join(folder, 'a', 'b'))).mode & 0o777, 0o700)
    })

    it('leaves no temporary file', async () => {
      await loadOrCreateIdentity(path)

      assert.deepEqual(await readdir(join(folder, 'a', 'b')), ['key.bin'])
    })

    it('is one for twenty starts at once in one process', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, async () => loadOrCreateIdentity(path)))
      const ids = new Set(all.map(({ privateKey }) => peerIdFromPrivateKey(privateKey).toString()))

      assert.equal(ids.size, 1)
      assert.equal(all.filter(({ created }) => created).length, 1)
    })

    it('is one for processes that start at once', async () => {
      const module = new URL('../../src/identity/index.js', import.meta.url).href
      const script = `import { loadOrCreateIdentity } from ${JSON.stringify(module)}
        process.stdout.write('up'); await new Promise(resolve => process.stdin.once('data', resolve))
        console.log(JSON.stringify((await loadOrCreateIdentity(${JSON.stringify(path)})).privateKey.publicKey.toString())); process.exit()`
      const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }))
      const outputs = children.map(async child => text(child.stdout))

      await Promise.all(children.map(async child => once(child.stdout, 'readable')))
      children.forEach(child => child.stdin.end('go'))
      const seen = new Set(await Promise.all(outputs))

      assert.equal(seen.size, 1, [...seen].join(' '))
    })

    it('does not mind what a crashed start left behind', async () => {
      await mkdir(join(folder, 'a', 'b'), { recursive: true })
      await writeFile(join(folder, 'a', 'b', '.key.bin.0011223344556677.tmp'), 'half')

      assert.equal((await loadOrCreateIdentity(path)).created, true)
    })

    it('is not made by a mere look', async () => {
      assert.equal(await loadIdentity(path), undefined)
      assert.deepEqual(await readdir(folder), [])
    })

    it('says which key to change when the place cannot be written', async () => {
      await writeFile(join(folder, 'a'), 'a file where a folder should be')
      const err = await refusal(loadOrCreateIdentity(path))

      assert.match(err.message, /key\.bin/)
      assert.match(err.message, /identity\.key_file/)
    })

    it('does not follow a link to nowhere', async () => {
      await mkdir(join(folder, 'a', 'b'), { recursive: true })
      await symlink(join(folder, 'nowhere'), path)

      assert.match((await refusal(loadOrCreateIdentity(path))).message, /link to a file that does not exist/)
      assert.deepEqual((await readdir(folder)).sort(), ['a'])
    })
  })

  describe('of another libp2p program', () => {
    it('reads the vector of the peer-ids specification and writes it back byte for byte', async () => {
      await put(VECTOR)
      const { privateKey, created } = await loadOrCreateIdentity(path)

      assert.equal(created, false)
      assert.deepEqual(Buffer.from(privateKeyToProtobuf(privateKey)), VECTOR)
      assert.deepEqual(Buffer.from(publicKeyToProtobuf(privateKey.publicKey)).toString('hex'), '080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e')
    })

    it('has the PeerId that the Rust relay has for the same file', async () => {
      // Keypair::to_protobuf_encoding: Type = Ed25519, Data = secret || public
      await put(Buffer.from(`08011240${RFC_SECRET}${RFC_PUBLIC}`, 'hex'))
      const { privateKey } = await loadOrCreateIdentity(path)

      assert.equal(peerIdFromPrivateKey(privateKey).toString(), base58(`002408011220${RFC_PUBLIC}`))
    })
  })

  describe('that cannot be used', () => {
    const cases: Array<[string, () => Uint8Array | string | Promise<Uint8Array | string>, RegExp]> = [
      ['an empty file', () => '', /is empty/],
      ['a file without its last byte', () => VECTOR.subarray(0, -1), /is cut off: 67 bytes instead of 68/],
      ['a file cut to its first four bytes', () => VECTOR.subarray(0, 4), /is cut off: 4 bytes/],
      ['one byte after the key', () => Buffer.concat([VECTOR, Buffer.from('\n')]), /is longer than a key: 69 bytes/],
      ['one wrong bit in the secret', () => Buffer.from(VECTOR.map((byte, i) => i === 5 ? byte ^ 1 : byte)), /is damaged/],
      ['one wrong bit in the public half', () => Buffer.from(VECTOR.map((byte, i) => i === 67 ? byte ^ 1 : byte)), /is damaged/],
      ['a public key', async () => publicKeyToProtobuf((await generateKeyPair('Ed25519')).publicKey), /holds a public key/],
      ['an RSA key', async () => privateKeyToProtobuf(await generateKeyPair('RSA', 2048)), /type RSA; this node needs Ed25519/],
      ['a secp256k1 key', async () => privateKeyToProtobuf(await generateKeyPair('secp256k1')), /type secp256k1/],
      ['an ECDSA key', async () => privateKeyToProtobuf(await generateKeyPair('ECDSA')), /type ECDSA/],
      ['a PEM file', () => '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n', /is a PEM file/],
      ['JSON', () => '{"id":"12D3"}', /is JSON/],
      ['base64 text', () => VECTOR.toString('base64'), /base64/],
      ['a bare secret', () => Buffer.alloc(32, 0xff), /32 bare bytes/],
      ['something else', () => Buffer.from('not a key at all'), /is not a private key/],
      ['a file far too large', () => Buffer.alloc(100_000, 8), /too large/]
    ]

    for (const [name, make, message] of cases) {
      it(`is refused and left as it is: ${name}`, async () => {
        const bytes = Buffer.from(await make())
        await put(bytes, 0o644)
        const err = await refusal(loadOrCreateIdentity(path))

        assert.match(err.message, message)
        assert.ok(err.message.includes(path))
        assert.match(err.message, /move this one away/)
        assert.deepEqual(await readFile(path), bytes)
        assert.equal((await stat(path)).mode & 0o777, 0o644)
        assert.deepEqual(await readdir(join(folder, 'a', 'b')), ['key.bin'])
      })
    }

    it('is refused: a folder', async () => {
      await mkdir(path, { recursive: true })

      assert.match((await refusal(loadOrCreateIdentity(path))).message, /is a folder/)
    })

    it('is refused: a file this user may not read', async () => {
      await put(VECTOR, 0o000)
      await chmod(folder, 0o755)
      const root = process.geteuid?.() === 0

      try {
        if (root) {
          process.seteuid?.(65_534)
        }

        const err = await refusal(loadOrCreateIdentity(path))
        assert.match(err.message, /cannot be read: EACCES/)
        assert.ok(err.message.includes(path))
      } finally {
        if (root) {
          process.seteuid?.(0)
        }
      }
    })
  })

  describe('that others may read', () => {
    it('is set to 0600 with a warning when it is ours', async () => {
      await put(VECTOR, 0o644)
      const { warnings } = await loadOrCreateIdentity(path)

      assert.equal(warnings.length, 1)
      assert.match(warnings[0] ?? '', /mode 0644.*0600 now/)
      assert.equal((await stat(path)).mode & 0o777, 0o600)
      assert.deepEqual((await loadOrCreateIdentity(path)).warnings, [])
    })

    it('is taken with a warning when only the group may', async () => {
      await put(VECTOR, 0o640)
      const { warnings } = await loadOrCreateIdentity(path)

      assert.match(warnings[0] ?? '', /open to its group \(mode 0640\)/)
      assert.equal((await stat(path)).mode & 0o777, 0o640)
    })

    it('is refused when it belongs to another user', async () => {
      assert.equal(judgeMode(0o604, 1000, 1001), 'refuse')
      assert.equal(judgeMode(0o604, 1000, 1000), 'tighten')
      assert.equal(judgeMode(0o640, 1000, 1001), 'open-to-group')
      assert.equal(judgeMode(0o600, 1000, 1001), 'fine')

      // only root can give a file away
      if (process.geteuid?.() === 0) {
        await put(VECTOR, 0o644)
        await chown(path, 65_534, 65_534)

        assert.match((await refusal(loadOrCreateIdentity(path))).message, /belongs to another user \(uid 65534\).*chmod 600/)
        assert.equal((await stat(path)).mode & 0o777, 0o644)
      }
    })
  })
})
