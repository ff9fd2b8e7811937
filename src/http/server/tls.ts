import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { EnigmaError } from '../../errors.js'
import type { KeyObject } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

export interface TlsPaths {
  certPath: string
  keyPath: string
  /** Set: client certificates of these authorities are required. */
  clientCaPath?: string
}

/** A file of `[http.tls]` cannot be used. Its message names key and file. */
export class HttpTlsError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('config_tls', message, options)
  }
}

export interface LoadedTls {
  options: SecureContextOptions & { requestCert?: boolean, rejectUnauthorized?: boolean }
  warnings: string[]
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/**
 * Reads and checks PEM files: whatever key types Node.js takes.
 *
 * @throws HttpTlsError
 */
export async function loadTls ({ certPath, keyPath, clientCaPath = '' }: TlsPaths, now = Date.now()): Promise<LoadedTls> {
  const cert = await read('http.tls.cert_pem_path', certPath)
  const key = await read('http.tls.key_pem_path', keyPath)
  const certificates = parseCertificates('http.tls.cert_pem_path', certPath, cert)
  const privateKey = parseKey(keyPath, key)
  const ca = clientCaPath === '' ? undefined : await read('http.tls.client_ca_pem_path', clientCaPath)
  const place = certificates.findIndex(certificate => certificate.checkPrivateKey(privateKey))

  if (place !== 0) {
    throw new HttpTlsError(`http.tls.key_pem_path: the key in ${keyPath} is ${place === -1 ? 'not that of the first certificate' : `that of certificate ${place + 1}, which has to be the first,`} in ${certPath}`)
  }

  if (ca != null) {
    parseCertificates('http.tls.client_ca_pem_path', clientCaPath, ca)
  }

  const options: LoadedTls['options'] = { cert, key, minVersion: 'TLSv1.2', ...(ca == null ? {} : { ca, requestCert: true, rejectUnauthorized: true }) }

  try {
    createSecureContext(options)
  } catch (err) {
    throw new HttpTlsError(`http.tls.cert_pem_path: TLS does not take the certificate in ${certPath} with the key in ${keyPath}: ${reasonOf(err)}`, { cause: err })
  }

  return { options, warnings: timeProblems(certificates[0], now).map(problem => `the certificate in ${certPath} (http.tls.cert_pem_path) ${problem}`) }
}

function timeProblems (leaf: X509Certificate | undefined, now: number): string[] {
  if (leaf == null) {
    return []
  }

  return [
    ...(Date.parse(leaf.validTo) < now ? [`was valid until ${leaf.validTo}`] : []),
    ...(Date.parse(leaf.validFrom) > now ? [`is not valid before ${leaf.validFrom}`] : [])
  ]
}

async function read (key: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (err) {
    throw new HttpTlsError(`${key}: cannot read ${path}: ${reasonOf(err)}`, { cause: err })
  }
}

function parseCertificates (key: string, path: string, pem: string): X509Certificate[] {
  const found = pem.match(CERTIFICATE) ?? []

  if (found.length === 0) {
    throw new HttpTlsError(`${key}: there is no PEM certificate in ${path}${pem.includes('PRIVATE KEY') ? ', but a private key' : ''}`)
  }

  return found.map((text, index) => {
    try {
      return new X509Certificate(text)
    } catch (err) {
      throw new HttpTlsError(`${key}: certificate ${index + 1} in ${path} cannot be read: ${reasonOf(err)}`, { cause: err })
    }
  })
}

function parseKey (path: string, pem: string): KeyObject {
  const key = 'http.tls.key_pem_path'

  if (!pem.includes('PRIVATE KEY-----')) {
    throw new HttpTlsError(`${key}: there is no PEM private key in ${path}${pem.includes('BEGIN CERTIFICATE') ? ', but a certificate' : ''}`)
  }

  if (pem.includes('ENCRYPTED')) {
    throw new HttpTlsError(`${key}: the key in ${path} is encrypted with a passphrase, which this node cannot ask for; decrypt it with "openssl pkey -in ${path}"`)
  }

  try {
    return createPrivateKey(pem)
  } catch (err) {
    throw new HttpTlsError(`${key}: the private key in ${path} cannot be read: ${reasonOf(err)}`, { cause: err })
  }
}

function reasonOf (err: unknown): string {
  const { code, message } = err as NodeJS.ErrnoException

  switch (code) {
    case 'ENOENT': return 'there is no such file'
    case 'EACCES': return 'this user may not read it'
    case 'EISDIR': return 'it is a folder'
    default: return message
  }
}
