import { setTimeout as delay } from 'node:timers/promises'
import { ConnectionClosedError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { NativeConnection } from './native.js'
import type { AbortOptions, Logger, MessageStreamDirection } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'

export interface QuicConnectionInit {
  native: NativeConnection
  direction: MessageStreamDirection
  log: Logger
}

/** A QUIC connection below its streams: it carries no bytes of its own. */
export class QuicConnection extends AbstractMultiaddrConnection {
  readonly native: NativeConnection
  #resumed?: PromiseWithResolvers<void>

  constructor (init: QuicConnectionInit) {
    super({
      remoteAddr: multiaddr(init.native.remoteMultiaddr()),
      direction: init.direction,
      log: init.log
    })

    this.native = init.native
    this.#watch().catch(err => { this.abort(err) })
  }

  sendData (): SendResult {
    throw new ConnectionClosedError('Bytes travel on the streams of a QUIC connection')
  }

  sendReset (): void {
    this.native.abort()
  }

  /** Gives what the streams have written time to leave, since closing a QUIC connection drops it. */
  async sendClose (options?: AbortOptions): Promise<void> {
    await quiet(this.native, options?.signal)
    this.native.abort()
  }

  sendPause (): void {
    this.#resumed ??= Promise.withResolvers<void>()
  }

  sendResume (): void {
    this.#resumed?.resolve()
    this.#resumed = undefined
  }

  /** Resolves when no pause is on: while it is, the peer's new streams wait in the native half, as many as it may open. */
  async whenResumed (): Promise<void> {
    await this.#resumed?.promise
  }

  async #watch (): Promise<void> {
    await this.native.closed()
    const reason = await closeReason(this.native)

    // A peer that closes in order says so; a local close has ended this object already.
    this.onTransportClosed(reason.startsWith('closed') ? undefined : new ConnectionClosedError(`The QUIC connection was lost: ${reason}`))
  }
}

/** Why a connection is over, in the native half's words: `closed`, `closed by peer: …`, `timed out`, `reset by peer`, … */
async function closeReason (native: NativeConnection): Promise<string> {
  try {
    // streams that had come before the end are given out first
    while (true) {
      await native.inboundStream()
    }
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  }
}

/**
 * Resolves when no stream bytes were sent or sent again for some round trips: then all have gone, or the peer takes no more.
 * The native half has no better sign. At most a second, less when the signal aborts.
 */
async function quiet (native: NativeConnection, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + 1000
  let before = -1

  while (Date.now() < end && signal?.aborted !== true) {
    const sent = native.stats().frameTxStream

    if (sent === before) {
      return
    }

    before = sent
    await delay(3 * native.rtt() + 10, undefined, { signal }).catch(() => {})
  }
}
