import { setImmediate } from 'node:timers/promises'
import { TLSSocket, connect } from 'node:tls'
import { HandshakeFailedError } from '../errors.js'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'

export interface HandshakeInit {
  /** Paused, with what was read and not used in its buffer. */
  socket: Socket
  isServer: boolean
  secureContext: SecureContext
  /** In order of preference of whoever dials. */
  protocols: string[]
  signal?: AbortSignal
  /** Called for every error of the TLS socket, as long as it lives; it emits none that nobody hears. */
  onError: (err: Error) => void
}

/**
 * TLS on the socket itself: node hands ciphertext from the kernel to OpenSSL and back without coming to JavaScript.
 * Resolves when the handshake is done. Whose certificate was shown is not checked yet. When it throws, the caller ends the
 * connection, and the TLS socket with it.
 */
export async function handshake (init: HandshakeInit): Promise<TLSSocket> {
  const { signal, onError } = init

  signal?.throwIfAborted()

  const socket = open(init)

  // a server's TLSSocket that has no tls.Server tells an error after the handshake only by _tlsError
  socket.on('error', onError)
  socket.on('_tlsError', onError)

  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => { reject(new HandshakeFailedError('The TLS handshake took too long', { cause: signal?.reason })) }
  const onClose = (): void => { reject(new HandshakeFailedError('The connection closed during the TLS handshake')) }

  socket.once('secure', resolve)
  socket.once('error', reject)
  socket.once('_tlsError', reject)
  socket.once('close', onClose)
  signal?.addEventListener('abort', onAbort, { once: true })

  try {
    await promise
    // off OpenSSL's stack, on which whoever waits would go on otherwise
    await setImmediate()

    return socket
  } finally {
    socket.off('secure', resolve)
    socket.off('error', reject)
    socket.off('_tlsError', reject)
    socket.off('close', onClose)
    signal?.removeEventListener('abort', onAbort)
  }
}

function open ({ socket, isServer, secureContext, protocols }: HandshakeInit): TLSSocket {
  const options = {
    secureContext,
    // certificates of libp2p are their own authority: the rules are in verify.ts
    rejectUnauthorized: false
  }

  if (!isServer) {
    return connect({ ...options, socket, ALPNProtocols: protocols })
  }

  return new TLSSocket(socket, {
    ...options,
    isServer: true,
    requestCert: true,
    ALPNCallback: ({ protocols: offered }) => offered.find(protocol => protocols.includes(protocol))
  })
}
