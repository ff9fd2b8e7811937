import { generateKeyPair, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { der, extension, octets, sequence, time } from './der-writer.js'
import type { PrivateKey } from '@libp2p/interface'

const SIGNED_KEY = Buffer.from('060a2b0601040183a25a0101', 'hex') // 1.3.6.1.4.1.53594.1.1
const SIGNATURE_PREFIX = Buffer.from('libp2p-tls-handshake:')
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')
const VERSION_3 = der(0xa0, der(0x02, Buffer.of(2)))
const HOUR_MS = 3600_000
const CENTURY_MS = 100 * 365 * 24 * HOUR_MS

/**
 * A new P-256 key and its certificate, signed by itself, in which the identity certifies the key (libp2p/specs `tls/tls.md`). Both are PEM.
 * Written out here, since the stock way loads 270 modules that nothing else needs.
 */
export async function makeCertificate (identity: PrivateKey, now = Date.now()): Promise<{ cert: string, key: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const signature = await identity.sign(Buffer.concat([SIGNATURE_PREFIX, spki]))
  const nobody = sequence()
  const signed = sequence(
    VERSION_3,
    // positive, and not to be guessed
    der(0x02, Buffer.concat([Buffer.of(0x55), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nobody,
    // clocks differ, and nobody asks for the end
    sequence(time(new Date(now - HOUR_MS)), time(new Date(now + CENTURY_MS))),
    nobody,
    spki,
    der(0xa3, sequence(extension(SIGNED_KEY, sequence(octets(publicKeyToProtobuf(identity.publicKey)), octets(signature)), true)))
  )
  const certificate = sequence(signed, ECDSA_WITH_SHA256, der(0x03, Buffer.of(0), sign('sha256', signed, privateKey)))

  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}
