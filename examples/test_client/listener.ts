import { serveEcho } from './echo.js'
import { loadOrCreateKey } from './key.js'
import { createClient } from './libp2p.js'
import { RelaySession } from './relay-session.js'
import { watchConnections } from './watch.js'
import type { Client } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Options } from './options.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Waits on the relay for others until the signal aborts. @throws ClientError */
export async function runListener ({ relay, token, keyFile }: Options, lines: Lines, signal: AbortSignal): Promise<void> {
  const client = await createClient(await loadOrCreateKey(keyFile))

  try {
    lines.say(`PeerId: ${client.libp2p.peerId}`)
    watchConnections(client.libp2p, lines)
    await serveEcho(client.libp2p, lines)

    if (relay != null) {
      await waitOnRelay(client, relay, token, lines, signal)
    }
  } finally {
    await client.libp2p.stop()
  }
}

/** Reserves, prints the circuit address, and keeps the reservation until the signal aborts. */
export async function waitOnRelay (client: Client, relay: Multiaddr, token: string | undefined, lines: Lines, signal: AbortSignal): Promise<void> {
  const session = new RelaySession({
    client,
    relay,
    token,
    lines,
    onReservation (circuit) {
      lines.say(`Circuit address: ${circuit}`)
      lines.say(`Second terminal: npm run example:test-client -- --name clientB --dial ${circuit}`)
      lines.say('Waiting for others; Ctrl+C ends')
    }
  })

  await session.reserve(signal)
  await session.keep(signal)
  lines.say('Ending')
}
