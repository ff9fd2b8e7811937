import { presentToken } from '../../src/access/present-token.js'
import { ClientError, textOf } from './errors.js'
import type { ClientLibp2p } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const CONNECT_MS = 10_000

export interface ConnectToRelayOptions {
  token: string | undefined
  lines: Lines
  signal: AbortSignal
}

/** Connects to the relay and, with a token, presents it. @throws ClientError */
export async function connectToRelay (libp2p: ClientLibp2p, relay: Multiaddr, { token, lines, signal }: ConnectToRelayOptions): Promise<Connection> {
  const connection = openConnection(libp2p, relay) ?? await dial(libp2p, relay, lines, signal)

  if (token != null) {
    await authorise(connection, token, lines, signal)
  }

  return connection
}

/** Without the relay's PeerId in its address, libp2p would make a second connection. */
function openConnection (libp2p: ClientLibp2p, relay: Multiaddr): Connection | undefined {
  const wanted = withoutPeerId(relay)

  return libp2p.getConnections().find(({ status, remoteAddr }) => status === 'open' && withoutPeerId(remoteAddr) === wanted)
}

async function dial (libp2p: ClientLibp2p, relay: Multiaddr, lines: Lines, signal: AbortSignal): Promise<Connection> {
  try {
    const connection = await libp2p.dial(relay, { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) })

    lines.say(`Connected to the relay ${connection.remotePeer} over ${withoutPeerId(connection.remoteAddr)}`)

    return connection
  } catch (err) {
    throw new ClientError(describe(relay, err), { cause: err })
  }
}

export function withoutPeerId (addr: Multiaddr): string {
  return addr.toString().replace(/\/p2p\/[^/]+$/, '')
}

/** A grant holds until the last connection to the relay closes, so the token is presented on each new one. */
async function authorise (connection: Connection, token: string, lines: Lines, signal: AbortSignal): Promise<void> {
  try {
    const { granted, expires } = await presentToken(connection, token, { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) })

    if (!granted) {
      throw new ClientError('The relay does not accept the token (PERMISSION_DENIED)', { status: 'PERMISSION_DENIED' })
    }

    lines.say(`The relay accepted the token${expires === 0 ? '' : ` until ${new Date(expires * 1000).toISOString()}`}`)
  } catch (err) {
    if (err instanceof ClientError) {
      throw err
    }

    if (err instanceof Error && err.name === 'UnsupportedProtocolError') {
      lines.say('The relay takes no tokens (its auth_enabled is false)')
      return
    }

    throw new ClientError(`Could not present the token: ${textOf(err)}`, { cause: err })
  }
}

function describe (relay: Multiaddr, err: unknown): string {
  const text = textOf(err)

  if (/ECONNREFUSED/.test(text)) {
    return `No relay listens on ${relay} (connection refused). "npm start" starts one; --relay and --transport name another`
  }

  if (/ETIMEDOUT|timed? ?out|TimeoutError|aborted/i.test(text)) {
    return `No answer from ${relay} within ${CONNECT_MS / 1000} s. Is the relay running, and does a firewall let this through (QUIC is UDP)? "npm start" starts one`
  }

  if (/ECONNRESET|EPIPE|closed|reset/i.test(text)) {
    return `${relay} closed the connection at once: it is no relay, or does not want this peer (${text})`
  }

  return `Cannot connect to the relay ${relay}: ${text}`
}
