import { EnigmaError } from '../errors.js'

/** The remote's certificate breaks a rule of the libp2p TLS specification. */
export class InvalidCertificateError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('invalid_certificate', message, options)
  }
}

/** The connection ended, or the time was over, before both sides had proven who they are. */
export class HandshakeFailedError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('handshake_failed', message, options)
  }
}

/** A record that was not sealed by the remote, or not in this place; the connection cannot go on. */
export class InvalidRecordError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('invalid_record', message, options)
  }
}
