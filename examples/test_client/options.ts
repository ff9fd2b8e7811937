import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { Circuit } from '@multiformats/multiaddr-matcher'
import { ClientError, textOf } from './errors.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Where `relay-server` listens unless it is told otherwise. */
const RELAYS = {
  tcp: '/ip4/127.0.0.1/tcp/4001',
  quic: '/ip4/127.0.0.1/udp/4001/quic-v1',
  ws: '/ip4/127.0.0.1/tcp/4002/ws'
} as const

const DEFAULT_WAIT_UPGRADE_SECONDS = 5

export const USAGE = `Usage: npm run example:test-client -- [options]

Without --dial: reserves a slot on the relay, prints the circuit address under which others reach this peer, and waits.
With --dial: calls the peer that printed that address, pings it, sends it a line, and exits.
With --push: leaves a message in a mailbox on the relay, and exits. With --inbox: takes what is in this peer's mailbox, and what comes.

  --name <name>            shown before each line (default: client)
  --relay <multiaddr>      the relay; its PeerId may be left out (default: ${RELAYS.tcp},
                           with --dial the relay in the circuit address)
  --transport <transport>  tcp, quic or ws: the default relay over this transport
  --dial <multiaddr>       a circuit address, as the other client printed it
  --wait-upgrade <s>       with --dial: seconds to wait for a direct connection (default: ${DEFAULT_WAIT_UPGRADE_SECONDS})
  --stay                   with --dial: reserve too, and stay until Ctrl+C
  --push <mailbox>         the PeerId of the recipient, or another name of a mailbox
  --message <text>         with --push: what to leave there
  --inbox                  wait for messages; with --key under the same PeerId each time
  --token <token>          presented to a relay that wants one
  --key <file>             keep the PeerId in this file (default: a new PeerId each run)
  -h, --help
`

export interface Options {
  name: string
  /** Not set: the relay of the circuit address. */
  relay: Multiaddr | undefined
  dial: Multiaddr | undefined
  waitUpgradeSeconds: number
  stay: boolean
  push: { mailbox: string, message: string } | undefined
  inbox: boolean
  token: string | undefined
  keyFile: string | undefined
  help: boolean
}

/** @throws ClientError with exit code 2 */
export function parseOptions (args: string[]): Options {
  const values = readFlags(args)

  if (values.relay != null && values.transport != null) {
    throw usage('--relay and --transport exclude each other: the transport is part of the address')
  }

  if ([values.dial, values.push, values.inbox].filter(value => value != null).length > 1) {
    throw usage('--dial, --push and --inbox exclude each other')
  }

  const dial = values.dial == null ? undefined : parseCircuit(values.dial)
  const relay = values.relay ?? relayOf(values.transport)

  return {
    name: values.name ?? 'client',
    relay: relay != null ? parseRelay(relay) : dial == null ? multiaddr(RELAYS.tcp) : undefined,
    dial,
    waitUpgradeSeconds: parseSeconds(values['wait-upgrade']),
    stay: values.stay ?? false,
    push: parsePush(values.push, values.message),
    inbox: values.inbox ?? false,
    token: values.token,
    keyFile: values.key,
    help: values.help ?? false
  }
}

function readFlags (args: string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(args)
  } catch (err) {
    throw usage(textOf(err))
  }
}

function parseFlags (args: string[]) {
  return parseArgs({
    args,
    options: {
      name: { type: 'string' },
      relay: { type: 'string' },
      transport: { type: 'string' },
      dial: { type: 'string' },
      'wait-upgrade': { type: 'string' },
      stay: { type: 'boolean' },
      push: { type: 'string' },
      message: { type: 'string' },
      inbox: { type: 'boolean' },
      token: { type: 'string' },
      key: { type: 'string' },
      help: { type: 'boolean', short: 'h' }
    }
  }).values
}

function parsePush (mailbox: string | undefined, message: string | undefined): Options['push'] {
  if ((mailbox == null) !== (message == null)) {
    throw usage('--push and --message go together')
  }

  return mailbox == null || message == null ? undefined : { mailbox, message }
}

function relayOf (transport: string | undefined): string | undefined {
  if (transport == null) {
    return undefined
  }

  if (transport === 'tcp' || transport === 'quic' || transport === 'ws') {
    return RELAYS[transport]
  }

  throw usage(`--transport ${transport}: must be tcp, quic or ws`)
}

function parseRelay (value: string): Multiaddr {
  const addr = parseMultiaddr('--relay', value)

  if (Circuit.matches(addr)) {
    throw usage(`--relay ${value}: this is a circuit address; give the part before /p2p-circuit`)
  }

  return addr
}

function parseCircuit (value: string): Multiaddr {
  const addr = parseMultiaddr('--dial', value)
  const peers = addr.getComponents().filter(({ name }) => name === 'p2p')

  if (!Circuit.exactMatch(addr) || peers.length !== 2) {
    throw usage(`--dial ${value}: must be a circuit address, like /ip4/127.0.0.1/tcp/4001/p2p/<relay>/p2p-circuit/p2p/<peer>`)
  }

  return addr
}

function parseMultiaddr (flag: string, value: string): Multiaddr {
  try {
    return multiaddr(value)
  } catch (err) {
    throw usage(`${flag} ${value}: not a multiaddr (${textOf(err)})`)
  }
}

function parseSeconds (value: string | undefined): number {
  const seconds = value == null ? DEFAULT_WAIT_UPGRADE_SECONDS : Number(value)

  if (value?.trim() === '' || !Number.isFinite(seconds) || seconds < 0 || seconds > 3600) {
    throw usage(`--wait-upgrade ${value}: must be a number of seconds from 0 to 3600`)
  }

  return seconds
}

function usage (message: string): ClientError {
  return new ClientError(`${message}\nTry --help.`, { exitCode: 2 })
}
