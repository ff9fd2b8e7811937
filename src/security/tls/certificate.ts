import { DerReader, Tag } from './der.js'

export interface CertificateExtension {
  /** Hexadecimal, without tag and length. */
  oid: string
  critical: boolean
  value: Uint8Array
}

/** What the rules of libp2p ask of a certificate. */
export interface CertificateFields {
  /** The algorithm's identifier with its parameters. */
  signatureAlgorithm: Uint8Array
  issuer: Uint8Array
  subject: Uint8Array
  /** Milliseconds since 1970. */
  notBefore: number
  notAfter: number
  subjectPublicKeyInfo: Uint8Array
  hasUniqueIds: boolean
  extensions: CertificateExtension[]
}

const VERSION = 0xa0
const ISSUER_UNIQUE_ID = 0x81
const SUBJECT_UNIQUE_ID = 0x82
const EXTENSIONS = 0xa3

/** RFC 5280, 4.1. @throws RangeError on what is no certificate */
export function parseCertificate (der: Uint8Array): CertificateFields {
  const outer = new DerReader(der)
  const certificate = new DerReader(outer.read(Tag.Sequence).body)
  const tbs = new DerReader(certificate.read(Tag.Sequence).body)
  const outerAlgorithm = certificate.read(Tag.Sequence)

  outer.end()
  certificate.read(Tag.BitString)
  certificate.end()

  tbs.readIfPresent(VERSION)
  tbs.read(Tag.Integer)

  const signatureAlgorithm = tbs.read(Tag.Sequence)

  if (Buffer.compare(signatureAlgorithm.whole, outerAlgorithm.whole) !== 0) {
    throw new RangeError('two signature algorithms')
  }

  const issuer = tbs.read(Tag.Sequence).whole
  const validity = new DerReader(tbs.read(Tag.Sequence).body)
  const subject = tbs.read(Tag.Sequence).whole
  const subjectPublicKeyInfo = tbs.read(Tag.Sequence).whole
  const uniqueIds = [tbs.readIfPresent(ISSUER_UNIQUE_ID), tbs.readIfPresent(SUBJECT_UNIQUE_ID)]
  const extensions = tbs.readIfPresent(EXTENSIONS)

  tbs.end()

  return {
    signatureAlgorithm: signatureAlgorithm.body,
    issuer,
    subject,
    notBefore: readTime(validity),
    notAfter: readTime(validity),
    subjectPublicKeyInfo,
    hasUniqueIds: uniqueIds.some(id => id != null),
    extensions: extensions == null ? [] : parseExtensions(extensions.body)
  }
}

function parseExtensions (der: Uint8Array): CertificateExtension[] {
  const list = new DerReader(new DerReader(der).read(Tag.Sequence).body)
  const extensions: CertificateExtension[] = []

  while (!list.done) {
    const extension = new DerReader(list.read(Tag.Sequence).body)
    const oid = Buffer.from(extension.read(Tag.ObjectIdentifier).body).toString('hex')
    const critical = extension.readIfPresent(Tag.Boolean)?.body[0] === 0xff
    const value = extension.read(Tag.OctetString).body

    extension.end()
    extensions.push({ oid, critical, value })
  }

  return extensions
}

/** Always to the second and in UTC (RFC 5280, 4.1.2.5). */
function readTime (reader: DerReader): number {
  const { tag, body } = reader.readAny()
  const text = Buffer.from(body).toString('latin1')
  const digits = tag === Tag.UtcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  const parts = digits.exec(text)?.slice(1).map(Number)

  if (parts == null || (tag !== Tag.UtcTime && tag !== Tag.GeneralizedTime)) {
    throw new RangeError('a time is not in its only form')
  }

  const [year = 0, month = 0, day, hours, minutes, seconds] = parts
  const date = new Date(0)

  // two digits mean 1950 to 2049; not by Date.UTC, which takes the years 0 to 99 for 1900 to 1999
  date.setUTCFullYear(tag === Tag.GeneralizedTime ? year : year < 50 ? 2000 + year : 1900 + year, month - 1, day)
  date.setUTCHours(hours ?? 0, minutes, seconds)

  return date.getTime()
}
