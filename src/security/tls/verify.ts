import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { UnexpectedPeerError } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { InvalidCertificateError } from '../errors.js'
import { parseCertificate } from './certificate.js'
import { DerReader, Tag } from './der.js'
import type { CertificateExtension, CertificateFields } from './certificate.js'
import type { PeerId, PublicKey } from '@libp2p/interface'
import type { X509Certificate } from 'node:crypto'

const SIGNED_KEY = '2b0601040183a25a0101' // 1.3.6.1.4.1.53594.1.1
const SIGNATURE_PREFIX = Buffer.from('libp2p-tls-handshake:')

/** What may be critical beside the libp2p extension: it limits certificate authorities, of which there are none here. */
const HARMLESS = new Set([
  '551d13', // basicConstraints
  '551d0f', // keyUsage
  '551d25' // extKeyUsage
])

/** No hash shorter than 256 bits (libp2p/specs tls). RSASSA-PSS names its hash apart. */
const SIGNATURE_ALGORITHMS = new Set([
  '2a8648ce3d040302', '2a8648ce3d040303', '2a8648ce3d040304', // ECDSA with SHA-256, -384, -512
  '2a864886f70d01010b', '2a864886f70d01010c', '2a864886f70d01010d', // RSA with the same
  '2b6570', '2b6571' // Ed25519, Ed448
])
const RSASSA_PSS = '2a864886f70d01010a'
const PSS_HASH = 0xa0
const PSS_HASHES = new Set(['608648016503040201', '608648016503040202', '608648016503040203']) // SHA-256, -384, -512
const EC_PUBLIC_KEY = '2a8648ce3d0201'

export interface VerifyOptions {
  /** Milliseconds since 1970. */
  now: number
  expected?: PeerId
}

/**
 * Whom a certificate belongs to, after all rules of libp2p/specs `tls/tls.md`.
 *
 * @throws InvalidCertificateError when one is broken
 * @throws UnexpectedPeerError when it belongs to someone else than `expected`
 */
export async function verifyCertificate (certificate: X509Certificate | undefined, { now, expected }: VerifyOptions): Promise<PeerId> {
  if (certificate == null) {
    throw new InvalidCertificateError('The remote sent no certificate')
  }

  // node gives the next certificate that was sent here, whoever issued it
  if (certificate.issuerCertificate != null) {
    throw new InvalidCertificateError('The remote sent more than one certificate')
  }

  const fields = readFields(certificate.raw)

  checkFields(fields, now)
  checkSelfSignature(certificate)

  const { key, signature } = readSignedKey(fields.extensions)

  if (!await isSignedBy(key, fields.subjectPublicKeyInfo, signature)) {
    throw new InvalidCertificateError('The identity key did not sign the key of the certificate')
  }

  const peer = peerIdFromPublicKey(key)

  if (expected != null && !expected.equals(peer)) {
    throw new UnexpectedPeerError(`Expected the peer ${expected.toString()}, found ${peer.toString()}`)
  }

  return peer
}

function readFields (der: Uint8Array): CertificateFields {
  try {
    return parseCertificate(der)
  } catch (err) {
    throw new InvalidCertificateError('The certificate is malformed', { cause: err })
  }
}

function checkFields (fields: CertificateFields, now: number): void {
  if (!(now >= fields.notBefore)) {
    throw new InvalidCertificateError('The certificate is not valid yet')
  }

  if (!(now <= fields.notAfter)) {
    throw new InvalidCertificateError('The certificate has expired')
  }

  if (Buffer.compare(fields.issuer, fields.subject) !== 0) {
    throw new InvalidCertificateError('The certificate is not self-signed')
  }

  if (fields.hasUniqueIds) {
    throw new InvalidCertificateError('The certificate has unique identifiers, which are deprecated')
  }

  const unknown = fields.extensions.find(({ oid, critical }) => critical && oid !== SIGNED_KEY && !HARMLESS.has(oid))

  if (unknown != null) {
    throw new InvalidCertificateError('The certificate has a critical extension that is not known here')
  }

  if (!usesAllowedAlgorithms(fields)) {
    throw new InvalidCertificateError('The certificate uses an algorithm that is not allowed')
  }
}

function usesAllowedAlgorithms (fields: CertificateFields): boolean {
  try {
    return hasStrongSignature(fields.signatureAlgorithm) && hasNamedCurve(fields.subjectPublicKeyInfo)
  } catch {
    return false
  }
}

function hasStrongSignature (algorithm: Uint8Array): boolean {
  const reader = new DerReader(algorithm)
  const oid = hex(reader.read(Tag.ObjectIdentifier).body)

  if (oid !== RSASSA_PSS) {
    return SIGNATURE_ALGORITHMS.has(oid)
  }

  // the hash is the first parameter; SHA-1 when it is left out (RFC 4055, 3.1)
  const hash = new DerReader(reader.read(Tag.Sequence).body).read(PSS_HASH)
  const hashAlgorithm = new DerReader(new DerReader(hash.body).read(Tag.Sequence).body)

  return PSS_HASHES.has(hex(hashAlgorithm.read(Tag.ObjectIdentifier).body))
}

function hasNamedCurve (subjectPublicKeyInfo: Uint8Array): boolean {
  const info = new DerReader(new DerReader(subjectPublicKeyInfo).read(Tag.Sequence).body)
  const algorithm = new DerReader(info.read(Tag.Sequence).body)

  return hex(algorithm.read(Tag.ObjectIdentifier).body) !== EC_PUBLIC_KEY || algorithm.peek() === Tag.ObjectIdentifier
}

function checkSelfSignature (certificate: X509Certificate): void {
  let valid: boolean

  try {
    valid = certificate.verify(certificate.publicKey)
  } catch (err) {
    throw new InvalidCertificateError('The key of the certificate cannot be used', { cause: err })
  }

  if (!valid) {
    throw new InvalidCertificateError('The signature of the certificate is wrong')
  }
}

function readSignedKey (extensions: CertificateExtension[]): { key: PublicKey, signature: Uint8Array } {
  const [extension, second] = extensions.filter(({ oid }) => oid === SIGNED_KEY)

  if (extension == null || second != null) {
    throw new InvalidCertificateError('The certificate does not have the libp2p extension exactly once')
  }

  try {
    const outer = new DerReader(extension.value)
    const signedKey = new DerReader(outer.read(Tag.Sequence).body)
    const key = publicKeyFromProtobuf(signedKey.read(Tag.OctetString).body)
    const signature = signedKey.read(Tag.OctetString).body

    outer.end()

    return { key, signature }
  } catch (err) {
    throw new InvalidCertificateError('The libp2p extension is malformed', { cause: err })
  }
}

async function isSignedBy (key: PublicKey, subjectPublicKeyInfo: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    return await key.verify(Buffer.concat([SIGNATURE_PREFIX, subjectPublicKeyInfo]), signature)
  } catch {
    // a signature of the wrong length is an error to some kinds of key
    return false
  }
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
