import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { der, extension, sequence, time } from '../../src/security/tls/der-writer.js'
import type { KeyObject } from 'node:crypto'

export const KEY_TYPES = ['rsa', 'rsa-pss', 'P-256', 'P-384', 'secp521r1', 'ed25519'] as const
/** `prime192v1` is too weak for TLS. */
export type KeyType = typeof KEY_TYPES[number] | 'prime192v1'

const RSA = '300d06092a864886f70d01010b0500'
const ALGORITHMS: Record<KeyType, string> = {
  rsa: RSA,
  'rsa-pss': '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
  'P-256': '300a06082a8648ce3d040302',
  'P-384': '300a06082a8648ce3d040302',
  secp521r1: '300a06082a8648ce3d040302',
  prime192v1: '300a06082a8648ce3d040302',
  ed25519: '300506032b6570'
}
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex')
const DAY_MS = 24 * 3600 * 1000

/** A certificate for 127.0.0.1 and these DNS names that signs itself, with its key. */
export function selfSigned (type: KeyType = 'P-256', notAfter = new Date(Date.now() + DAY_MS), dnsNames: readonly string[] = []): { cert: string, key: string } {
  const key = newKey(type)
  const algorithm = Buffer.from(ALGORITHMS[type], 'hex')
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('test')))))
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x55), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(new Date(notAfter.getTime() - 2 * DAY_MS)), time(notAfter)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension(ALTERNATIVE_NAMES, sequence(der(0x87, Buffer.of(127, 0, 0, 1)), ...dnsNames.map(dns => der(0x82, Buffer.from(dns)))), false)))
  )
  const options = type === 'rsa-pss' ? { key, saltLength: 32 } : key
  const signature = sign(type === 'ed25519' ? null : 'sha256', tbs, options)
  const certificate = sequence(tbs, algorithm, der(0x03, Buffer.of(0), signature))

  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

function newKey (type: KeyType): KeyObject {
  switch (type) {
    case 'rsa': return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    case 'rsa-pss': return generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }).privateKey
    case 'ed25519': return generateKeyPairSync('ed25519').privateKey
    default: return generateKeyPairSync('ec', { namedCurve: type }).privateKey
  }
}
