import { HandshakeFailedError, InvalidCertificateError } from '../errors.js'
import type { CounterGroup, Metrics } from '@libp2p/interface'

/** Counts under the stock encrypter's names. */
class SideMetrics {
  readonly #events?: CounterGroup
  readonly #errors?: CounterGroup

  constructor (events?: CounterGroup, errors?: CounterGroup) {
    this.#events = events
    this.#errors = errors
  }

  secure (): void {
    this.#events?.increment({ secure: true })
  }

  failed (err: Error): void {
    this.#events?.increment({ error: true })
    this.#errors?.increment({ [reason(err)]: true })
  }
}

export class TlsMetrics {
  readonly server: SideMetrics
  readonly client: SideMetrics

  constructor (metrics?: Metrics) {
    this.server = register('server', metrics)
    this.client = register('client', metrics)
  }
}

function register (side: string, metrics?: Metrics): SideMetrics {
  return new SideMetrics(
    metrics?.registerCounterGroup(`libp2p_tls_${side}_events_total`, {
      label: 'event',
      help: 'Total count of TLS connection encryption events by type'
    }),
    metrics?.registerCounterGroup(`libp2p_tls_${side}_errors_total`, {
      label: 'event',
      help: 'Total count of TLS connection encryption errors by type'
    })
  )
}

function reason (err: Error): string {
  if (err instanceof InvalidCertificateError || err.name === 'UnexpectedPeerError') {
    return 'verify_peer_certificate'
  }

  return err instanceof HandshakeFailedError ? 'encrypt_abort' : 'handshake'
}
