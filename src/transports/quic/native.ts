/**
 * The native half of `@chainsafe/libp2p-quic` (Rust, quinn), which that package does not export: its
 * `napi.js` is found beside the package's entry. What is leaned on is listed here and nowhere else, is
 * looked at before it is used, and is held by `test/transports/native.spec.ts`.
 */

export interface NativeStream {
  id (): string
  /** Waits for data. Null after a FIN, and also after any call that failed before: never read on after an error. */
  read (maxLength: number): Promise<Uint8Array | null>
  /** Waits until the native half has taken all of it. Holds a lock that `finishWrite` and `resetWrite` wait for. */
  write (data: Uint8Array): Promise<void>
  finishWrite (): Promise<void>
  resetWrite (): Promise<void>
  /** Waits for a pending `read`. */
  stopRead (): Promise<void>
}

export interface NativeConnection {
  /** Rejects with the reason when the connection is over. */
  inboundStream (): Promise<NativeStream>
  /** Waits while the peer allows no more streams. */
  outboundStream (): Promise<NativeStream>
  /** CONNECTION_CLOSE with code 0; what was not sent is dropped. */
  abort (): void
  id (): string
  /** With the address and the proven PeerId of the peer. */
  remoteMultiaddr (): string
  /** Resolves when the connection is over, whatever the reason. */
  closed (): Promise<void>
  /** Round trip in whole milliseconds. */
  rtt (): number
  stats (): { frameTxStream: number }
}

export interface NativeServer {
  port (): number
  /** One connection after its handshake. May be called many times at once; handshakes then run side by side. */
  inboundConnection (): Promise<NativeConnection>
  /** Closes all connections, waits for their end and frees the port. */
  abort (): Promise<void>
}

export interface NativeClient {
  outboundConnection (ip: string, port: number): Promise<NativeConnection>
  abort (): void
}

/** What the native half takes. All times in milliseconds, all sizes in bytes. */
export interface NativeConfig {
  privateKeyProto: Uint8Array
  handshakeTimeout: number
  maxIdleTimeout: number
  keepAliveInterval: number
  maxConcurrentStreamLimit: number
  maxStreamData: number
  maxConnectionData: number
  receiveBufferSize: number
  sendBufferSize: number
}

declare const prepared: unique symbol

/** A configuration with its certificate, as the native half keeps it. */
export interface PreparedConfig { readonly [prepared]: never }

export interface NativeBinding {
  QuinnConfig: new (config: NativeConfig) => PreparedConfig
  Server: new (config: PreparedConfig, ip: string, port: number) => NativeServer
  /** `family` 0 is IPv4, 1 is IPv6. */
  Client: new (config: PreparedConfig, family: 0 | 1) => NativeClient
}

const METHODS = {
  QuinnConfig: [],
  Server: ['port', 'inboundConnection', 'abort'],
  Client: ['outboundConnection', 'abort'],
  Connection: ['inboundStream', 'outboundStream', 'abort', 'id', 'remoteMultiaddr', 'closed', 'rtt', 'stats'],
  Stream: ['id', 'read', 'write', 'finishWrite', 'resetWrite', 'stopRead']
} as const

/** The parts that are leaned on and not there; empty when all are. */
export function missingParts (binding: object): string[] {
  const missing: string[] = []

  for (const [name, methods] of Object.entries(METHODS)) {
    const found: unknown = Reflect.get(binding, name)

    if (typeof found !== 'function') {
      missing.push(name)
      continue
    }

    for (const method of methods) {
      if (typeof found.prototype?.[method] !== 'function') {
        missing.push(`${name}.${method}`)
      }
    }
  }

  return missing
}

/**
 * The binding, or the reason why it cannot be used.
 *
 * @param location - where the module is, for tests
 */
export async function loadNative (location?: string): Promise<NativeBinding | Error> {
  try {
    const url = location ?? new URL('./napi.js', import.meta.resolve('@chainsafe/libp2p-quic')).href
    const binding: object = await import(url)
    const missing = missingParts(binding)

    if (missing.length > 0) {
      return new Error(`it has no ${missing.join(', ')}`)
    }

    return binding as NativeBinding
  } catch (err) {
    return err instanceof Error ? err : new Error(String(err))
  }
}

/** How an error of `read`, `write` or `inboundStream` came about. The native half tells it in the message only. */
export function causeOf (err: unknown): 'reset' | 'stopped' | 'lost' | 'other' {
  const message = err instanceof Error ? err.message : String(err)

  if (message.startsWith('stream reset by peer')) {
    return 'reset'
  }

  if (message.startsWith('sending stopped by peer')) {
    return 'stopped'
  }

  return message.startsWith('connection lost') ? 'lost' : 'other'
}
