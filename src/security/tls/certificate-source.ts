import { constants } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { makeCertificate } from './make-certificate.js'
import type { Logger, PrivateKey } from '@libp2p/interface'
import type { SecureContext } from 'node:tls'

const RETRY_MS = 60_000

export interface CertificateSourceInit {
  privateKey: PrivateKey
  /** In milliseconds. */
  lifetime: number
  log: Logger
  /** @default Date.now */
  now?: () => number
}

/**
 * The one certificate that all handshakes share, and the OpenSSL context that holds it. The identity key certifies the
 * certificate's key, not a connection, so it may be used again (go-libp2p does the same); how long is up to us. A new one
 * is made by the first handshake that finds it too old, which still uses the old one: there is no timer and no wait.
 */
export class CertificateSource {
  readonly #privateKey: PrivateKey
  readonly #lifetime: number
  readonly #log: Logger
  readonly #now: () => number
  #context?: SecureContext
  #renewAt = 0
  #pending?: Promise<SecureContext>

  constructor (init: CertificateSourceInit) {
    this.#privateKey = init.privateKey
    this.#lifetime = init.lifetime
    this.#log = init.log
    this.#now = init.now ?? Date.now
  }

  /** A promise before the first certificate is there, and only then. */
  get (): SecureContext | Promise<SecureContext> {
    if (this.#context == null) {
      return this.#renew()
    }

    if (this.#now() >= this.#renewAt) {
      this.#renew().catch(err => {
        this.#log.error('could not renew the certificate, the old one stays in use - %e', err)
        this.#renewAt = this.#now() + RETRY_MS
      })
    }

    return this.#context
  }

  async #renew (): Promise<SecureContext> {
    this.#pending ??= this.#create().finally(() => {
      this.#pending = undefined
    })

    return this.#pending
  }

  async #create (): Promise<SecureContext> {
    const { cert, key } = await makeCertificate(this.#privateKey)

    this.#context = createSecureContext({
      cert,
      key,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      // AES with 128 bits first: the cheapest for whoever has instructions for it
      ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
      honorCipherOrder: true,
      // a resumed session would not show the certificate of the remote as it came
      secureOptions: constants.SSL_OP_NO_TICKET
    })
    this.#renewAt = this.#now() + this.#lifetime

    return this.#context
  }
}
