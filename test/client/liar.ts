import { createClientNode } from '../support/nodes.js'
import { decode, encode, MAILBOX } from '../support/mailbox-wire.js'
import { RawStream } from '../support/raw-stream.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { ClientRig } from './rig.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What a node that lies does with a request. Describe is answered truly. */
export type Lie = (request: Fields, answer: (response: Fields, id?: bigint) => void, stream: RawStream) => void

export interface Liar {
  readonly addr: Multiaddr
  /** All that it was asked, Describe aside. */
  readonly requests: Fields[]
  /** Its streams that are still open. */
  open: () => number
}

export const DESCRIPTION: Fields = { maxMessageBytes: 1000, maxPullItems: 256, maxPullBytes: 100_000, messageTtlSeconds: 60, dedupeSeconds: 60, ownerProof: 'peer-ids', agent: 'liar' }

/** A node whose side of the protocol is the test's. @param describe nothing: it does not answer Describe */
export async function createLiar (rig: ClientRig, lie: Lie, describe: () => Fields | undefined = () => DESCRIPTION): Promise<Liar> {
  const node = await createClientNode({ listen: ['/ip4/127.0.0.1/tcp/0'] })
  const requests: Fields[] = []

  rig.onStop(async () => { await node.stop() })
  await node.handle(MAILBOX, stream => {
    const raw = new RawStream(stream)
    const serve = async (): Promise<void> => {
      while (true) {
        const request = decode('Request', await raw.frame(600_000))
        const answer = (response: Fields, id = request.id as bigint): void => { raw.sendFrame(encode('Response', { id, ...response })) }

        if (request.describe != null) {
          const description = describe()

          if (description != null) {
            answer({ description })
          }
        } else {
          requests.push(request)
          lie(request, answer, raw)
        }
      }
    }

    // it ends with the stream
    serve().catch(() => {})
  }, { maxInboundStreams: 1000 })

  const addr = node.getMultiaddrs()[0]

  if (addr == null) {
    throw new Error('the liar listens nowhere')
  }

  return {
    addr,
    requests,
    open: () => node.getConnections().flatMap(({ streams }) => streams).filter(({ protocol }) => protocol === MAILBOX).length
  }
}
