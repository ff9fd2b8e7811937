import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { der, extension, octets, sequence, time } from '../../src/security/tls/der-writer.js'
import type { PrivateKey } from '@libp2p/interface'
import type { KeyObject } from 'node:crypto'

export interface Forgery {
  /** What the extension names. */
  identity: PrivateKey
  /** What signs the extension. @default identity */
  signer?: PrivateKey
  /** What the extension's signature is over. @default the certificate's key */
  signedKey?: KeyObject
  /** @default a new P-256 key */
  key?: KeyObject
  /** What signs the certificate. @default key */
  certificateSigner?: KeyObject
  /** @default 'sha256' */
  hash?: 'sha1' | 'sha256'
  notBefore?: Date
  notAfter?: Date
  /** The libp2p extension: how often. @default 1 */
  times?: number
  /** @default true */
  critical?: boolean
  /** Replaces the value of the libp2p extension. */
  value?: Buffer
  /** More extensions, after it and before it. */
  extensions?: Buffer[]
  extensionsBefore?: Buffer[]
  /** @default an empty name, as the subject */
  issuer?: Buffer
  uniqueIds?: boolean
}

const SIGNED_KEY = Buffer.from('06 0a 2b0601040183a25a0101'.replaceAll(' ', ''), 'hex')
const ECDSA = { sha256: '300a06082a8648ce3d040302', sha1: '300906072a8648ce3d0401' }
const DAY_MS = 24 * 3600 * 1000

/** A certificate that need not follow any rule. */
export async function forge (init: Forgery): Promise<{ cert: string, key: string, der: Buffer }> {
  const key = init.key ?? newKey()
  const hash = init.hash ?? 'sha256'
  const algorithm = Buffer.from(ECDSA[hash], 'hex')
  const name = sequence()
  const spki = publicKeyDer(key)
  const signature = await (init.signer ?? init.identity).sign(Buffer.concat([Buffer.from('libp2p-tls-handshake:'), init.signedKey == null ? spki : publicKeyDer(init.signedKey)]))
  const value = init.value ?? sequence(octets(publicKeyToProtobuf(init.identity.publicKey)), octets(signature))
  const own = Array.from({ length: init.times ?? 1 }, () => extension(SIGNED_KEY, value, init.critical ?? true))
  const extensions = [...init.extensionsBefore ?? [], ...own, ...init.extensions ?? []]
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x55), randomBytes(8)])),
    algorithm,
    init.issuer ?? name,
    sequence(time(init.notBefore ?? new Date(Date.now() - DAY_MS)), time(init.notAfter ?? new Date(Date.now() + DAY_MS))),
    name,
    spki,
    ...init.uniqueIds === true ? [der(0x81, Buffer.of(0, 1))] : [],
    ...extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []
  )
  const certificate = sequence(tbs, algorithm, der(0x03, Buffer.of(0), sign(hash, tbs, init.certificateSigner ?? key)))

  return {
    der: certificate,
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

export function newKey (): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function publicKeyDer (key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}
