import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { getNetConfig } from '@libp2p/utils'
import { quicDefaults } from '../../src/transports/quic.js'
import { loadNative } from '../../src/transports/quic/native.js'
import type { NativeBinding, NativeConfig, NativeConnection, NativeStream, PreparedConfig } from '../../src/transports/quic/native.js'
import type { Libp2p } from 'libp2p'

export async function binding (): Promise<NativeBinding> {
  const native = await loadNative()

  if (native instanceof Error) {
    throw native
  }

  return native
}

export async function prepare (options: Partial<NativeConfig> = {}): Promise<PreparedConfig> {
  const { QuinnConfig } = await binding()
  const { maxPendingHandshakes, ...defaults } = quicDefaults

  return new QuinnConfig({ ...defaults, ...options, privateKeyProto: privateKeyToProtobuf(await generateKeyPair('Ed25519')) })
}

export interface RawPeer {
  connection: NativeConnection
  /** A stream whose protocol is agreed on. */
  open (protocol: string): Promise<NativeStream>
  close (): void
}

/** A peer made of the native half alone, which does what no libp2p node would. */
export async function rawPeer (node: Libp2p): Promise<RawPeer> {
  const [addr] = node.getMultiaddrs()

  if (addr == null) {
    throw new Error('the node does not listen')
  }

  const { Client } = await binding()
  const { host, port = 0 } = getNetConfig(addr)
  const client = new Client(await prepare(), 0)
  const connection = await client.outboundConnection(host, port)

  return {
    connection,
    open: async protocol => {
      const stream = await connection.outboundStream()
      const hello = Buffer.concat([line('/multistream/1.0.0'), line(protocol)])
      await stream.write(hello)

      for (let left = hello.byteLength; left > 0;) {
        left -= (await stream.read(left))?.byteLength ?? left
      }

      return stream
    },
    close: () => { client.abort() }
  }
}

function line (text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)])
}
