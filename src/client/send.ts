import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { MAILBOX_PROTOCOL, maxRequestBytes } from '../mailbox/messages.js'
import { connectionError, ClientError } from './errors.js'
import { Calls } from './libp2p/calls.js'
import { mailboxProtocol } from './libp2p/mailbox-protocol.js'
import { SEND_DEFAULTS, withDefaults } from './options.js'
import { pushMessage, templateOf } from './push.js'
import { Deadline } from './timing.js'
import type { MailboxPush } from '../mailbox/messages.js'
import type { Context } from './context.js'
import type { ClientLibp2p, SendOptions, SendResult } from './index.js'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Every peer takes messages of this size unless it says otherwise: larger ones are asked for first. */
const ASK_ABOVE_BYTES = 64 * 1024
/** An answer to a push has few fields. */
const MAX_ANSWER_BYTES = 8 * 1024

type Options = SendOptions & { signal: AbortSignal }

/** To the recipient itself, or under the same id to its mailbox. */
export async function sendMessage (context: Context, libp2p: ClientLibp2p | undefined, recipient: PeerId | string, body: Uint8Array, options: Options): Promise<SendResult> {
  const peer = parsePeer(recipient)
  const { directTimeoutMs } = withDefaults(SEND_DEFAULTS, { directTimeoutMs: options.directTimeoutMs })
  const addresses = (options.addresses ?? []).map(addr => addressOf(addr, peer))
  const push = { ...templateOf(peer.toString(), body, options), body: body as Uint8Array<ArrayBuffer> }
  const { messageId } = push
  let directError: ClientError | undefined

  if (libp2p != null && options.direct !== false) {
    const deadline = new Deadline(directTimeoutMs, options.signal)

    try {
      const { duplicate } = await deliver(context, libp2p, peer, push, addresses, deadline.signal)

      return { outcome: 'delivered', messageId, duplicate }
    } catch (err) {
      options.signal.throwIfAborted()
      directError = connectionError(err)
      options.onProgress?.({ type: 'mailbox:queueing', detail: { error: directError } })
    } finally {
      deadline.clear()
    }
  }

  const pushed = await pushMessage(context, peer.toString(), body, { ...options, messageId, sentMs: Number(push.sentMs) })

  return { outcome: 'queued', messageId, pushed, directError }
}

async function deliver (context: Context, libp2p: ClientLibp2p, peer: PeerId, push: MailboxPush, addresses: Multiaddr[], signal: AbortSignal): Promise<{ duplicate: boolean }> {
  const connection = await connect(context, libp2p, peer, addresses, signal)
  const stream = await connection.newStream(MAILBOX_PROTOCOL, { signal, runOnLimitedConnection: true })
  const calls = new Calls({ stream, protocol: mailboxProtocol, maxFrameBytes: maxRequestBytes(MAX_ANSWER_BYTES), timeoutMs: context.options.timeoutMs, onEnd: () => {} })

  try {
    if (push.body.byteLength > ASK_ABOVE_BYTES) {
      const { description } = await calls.call({ describe: {} }, 'description', signal)

      if (push.body.byteLength > description.maxMessageBytes) {
        throw new ClientError('message_too_large', 'the recipient does not take messages of this size directly')
      }
    }

    const { pushed } = await calls.call({ push }, 'pushed', signal)

    // nothing waits for it
    calls.close().catch(() => {})

    return { duplicate: pushed.duplicate }
  } catch (err) {
    calls.abort(connectionError(err))
    throw err
  }
}

/** The connection that there is, else one over any address that is known, or through the node. */
async function connect (context: Context, libp2p: ClientLibp2p, peer: PeerId, addresses: Multiaddr[], signal: AbortSignal): Promise<Connection> {
  const open = libp2p.getConnections(peer).filter(({ status }) => status === 'open').sort((a, b) => Number(a.limits != null) - Number(b.limits != null))[0]

  if (open != null) {
    return open
  }

  const candidates = [...addresses, ...await knownAddresses(libp2p, peer, signal)]
  const circuit = context.carrier.circuitTo(peer)

  if (circuit != null && await libp2p.isDialable(circuit)) {
    candidates.push(circuit)
  }

  return await libp2p.dial(candidates.length === 0 ? peer : candidates, { signal })
}

async function knownAddresses (libp2p: ClientLibp2p, peer: PeerId, signal: AbortSignal): Promise<Multiaddr[]> {
  try {
    const { addresses } = await libp2p.peerStore.get(peer, { signal })

    return addresses.map(({ multiaddr: addr }) => withPeerId(addr, peer))
  } catch {
    // a peer that was never heard of
    signal.throwIfAborted()

    return []
  }
}

/** @throws ClientError `invalid_argument` */
function addressOf (addr: Multiaddr | string, peer: PeerId): Multiaddr {
  try {
    return withPeerId(multiaddr(addr.toString()), peer)
  } catch (err) {
    throw new ClientError('invalid_argument', 'the recipient\'s address is no multiaddr', { cause: err })
  }
}

/** So that nobody else is taken for the peer. */
function withPeerId (addr: Multiaddr, peer: PeerId): Multiaddr {
  return addr.toString().endsWith(`/p2p/${peer}`) ? addr : addr.encapsulate(`/p2p/${peer}`)
}

function parsePeer (peer: PeerId | string): PeerId {
  try {
    return typeof peer === 'string' ? peerIdFromString(peer) : peer
  } catch (err) {
    throw new ClientError('invalid_argument', 'a message is sent to a PeerId; use push for other mailboxes', { cause: err })
  }
}
