import { multiaddr } from '@multiformats/multiaddr'
import { awaitDirect, whyNotDirect } from './direct.js'
import { askEcho, serveEcho } from './echo.js'
import { ClientError, refusal, textOf } from './errors.js'
import { loadOrCreateKey } from './key.js'
import { createClient } from './libp2p.js'
import { waitOnRelay } from './listener.js'
import { pingOver } from './ping.js'
import { connectToRelay } from './relay-connection.js'
import { describeLimits, isRelayed, watchConnections } from './watch.js'
import type { ClientLibp2p } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Options } from './options.js'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const PINGS = 5
const DIAL_MS = 40_000
const TALK_MS = 20_000

/** Calls the peer behind a circuit address, talks to it, and returns (with `stay` when the signal aborts). @throws ClientError */
export async function runDialer (options: Options & { dial: Multiaddr }, lines: Lines, signal: AbortSignal): Promise<void> {
  const { token, dial, stay, keyFile, name } = options
  const { libp2p, ...internals } = await createClient(await loadOrCreateKey(keyFile))

  try {
    lines.say(`PeerId: ${libp2p.peerId}`)
    watchConnections(libp2p, lines)
    await serveEcho(libp2p, lines)

    const relay = options.relay ?? relayPart(dial)

    checkRelay(dial, await connectToRelay(libp2p, relay, { token, lines, signal }))

    const connection = await dialThrough(libp2p, dial, signal)

    lines.say(`Circuit ${describeLimits(connection)}`)
    await talk(libp2p, connection, `Hello from ${name}`, lines, signal)
    await reportUpgrade(libp2p, connection, options.waitUpgradeSeconds, lines, signal)

    if (stay) {
      await waitOnRelay({ libp2p, ...internals }, relay, token, lines, signal)
    }
  } finally {
    await libp2p.stop()
  }
}

async function dialThrough (libp2p: ClientLibp2p, circuit: Multiaddr, signal: AbortSignal): Promise<Connection> {
  try {
    return await libp2p.dial(circuit, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]) })
  } catch (err) {
    throw refusal('The relay does not connect', err) ?? new ClientError(`Cannot connect through the relay: ${textOf(err)}`, { cause: err })
  }
}

/**
 * Ping, and a line there and back. A peer that can be reached directly may upgrade the connection at any moment and close
 * the relayed one; what was under way is then done again on the direct one.
 */
async function talk (libp2p: ClientLibp2p, connection: Connection, line: string, lines: Lines, signal: AbortSignal): Promise<void> {
  try {
    await pingAndEcho(connection, line, lines, AbortSignal.any([signal, AbortSignal.timeout(TALK_MS)]))
  } catch (err) {
    const direct = libp2p.getConnections(connection.remotePeer).find(other => !isRelayed(other))

    if (direct == null || direct === connection) {
      throw new ClientError(`The connection failed while talking: ${textOf(err)}`, { cause: err })
    }

    lines.say('The relayed connection was replaced by a direct one meanwhile; again over that one')
    await pingAndEcho(direct, line, lines, AbortSignal.any([signal, AbortSignal.timeout(TALK_MS)]))
  }
}

async function pingAndEcho (connection: Connection, line: string, lines: Lines, signal: AbortSignal): Promise<void> {
  const way = isRelayed(connection) ? 'through the relay' : 'directly'
  const times = await pingOver(connection, PINGS, signal)
  const mean = times.reduce((sum, ms) => sum + ms, 0) / PINGS

  lines.say(`Ping ${way}: ${PINGS} times, best ${Math.min(...times).toFixed(1)} ms, mean ${mean.toFixed(1)} ms`)

  const answer = await askEcho(connection, line, signal)

  if (answer.text !== line) {
    throw new ClientError(`The echo differs: sent "${line}", got "${answer.text}"`)
  }

  lines.say(`Echo ${way}: "${answer.text}" came back in ${answer.ms.toFixed(1)} ms`)
}

async function reportUpgrade (libp2p: ClientLibp2p, { remotePeer }: Connection, seconds: number, lines: Lines, signal: AbortSignal): Promise<void> {
  if (seconds === 0) {
    lines.say('Direct upgrade: not waited for')
    return
  }

  lines.say(`Waiting up to ${seconds} s for a direct upgrade (DCUtR)`)

  const direct = await awaitDirect(libp2p, remotePeer, AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]))

  signal.throwIfAborted()
  lines.say(direct != null
    ? `Direct upgrade: came, over ${direct.remoteAddr}`
    : `Direct upgrade: none within ${seconds} s: ${await whyNotDirect(libp2p, remotePeer)}`)
}

function relayPart (circuit: Multiaddr): Multiaddr {
  // parseOptions took only an address with a part before it
  return multiaddr(circuit.toString().split('/p2p-circuit')[0] ?? '')
}

function checkRelay (circuit: Multiaddr, connection: Connection): void {
  const wanted = circuit.getComponents().find(({ name }) => name === 'p2p')?.value

  if (wanted !== connection.remotePeer.toString()) {
    throw new ClientError(`The circuit address is one of the relay ${wanted}, but ${connection.remotePeer} answered at ${connection.remoteAddr}`)
  }
}
