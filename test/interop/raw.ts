import { LANGUAGES } from './peer.js'
import type { Language, Peer, Peers, TransportName } from './peer.js'
import type { Relay } from './relay.js'

/** Those that can speak HOP and STOP by hand. */
export const RAW_LANGUAGES = LANGUAGES.filter((language): language is Exclude<Language, 'js'> => language !== 'js')

export interface RawLegs {
  from: Exclude<Language, 'js'>
  fromTransport: TransportName
  to: Exclude<Language, 'js'>
  toTransport: TransportName
}

/** Each pair over each transport, and some over two. */
export function rawLegs (transports: readonly TransportName[]): RawLegs[] {
  const same = transports.flatMap(transport => RAW_LANGUAGES.flatMap(from => RAW_LANGUAGES.map(to => ({ from, fromTransport: transport, to, toTransport: transport }))))

  return [
    ...same,
    { from: 'go', fromTransport: 'tcp+tls', to: 'go', toTransport: 'quic' },
    { from: 'go', fromTransport: 'quic', to: 'rust', toTransport: 'tcp+noise' },
    { from: 'rust', fromTransport: 'ws', to: 'go', toTransport: 'quic' }
  ]
}

export function nameOf ({ from, fromTransport, to, toTransport }: RawLegs): string {
  return fromTransport === toTransport ? `${from} to ${to} over ${fromTransport}` : `${from} over ${fromTransport} to ${to} over ${toTransport}`
}

/** rust-libp2p cannot reset a QUIC stream: a dropped one ends with FIN. */
export function canReset (language: Language, transport: TransportName): boolean {
  return language !== 'rust' || transport !== 'quic'
}

/** One end of a circuit with nothing on top. */
export interface RawEnd { peer: Peer, stream: string }

/** The two peers of a pair, the destination with its reservation. */
export class RawPair {
  private constructor (
    private readonly relay: Relay,
    private readonly legs: RawLegs,
    readonly source: Peer,
    readonly destination: Peer
  ) {}

  static async start (relay: Relay, peers: Peers, legs: RawLegs): Promise<RawPair> {
    const [source, destination] = await Promise.all([
      peers.start(legs.from, { transport: legs.fromTransport, raw: true }),
      peers.start(legs.to, { transport: legs.toTransport, raw: true })
    ])
    await destination.call('reserve', { addr: relay.addr(legs.toTransport) })
    return new RawPair(relay, legs, source, destination)
  }

  /** A new circuit, seen from both ends. */
  async circuit (): Promise<{ source: RawEnd, destination: RawEnd, limits: unknown[] }> {
    const { source, destination, relay, legs } = this
    const [ours, theirs] = await Promise.all([
      source.call('circuit', { addr: relay.addr(legs.fromTransport), peer: destination.peerId }),
      destination.event('circuit', { peer: source.peerId })
    ])
    return {
      source: { peer: source, stream: ours.stream },
      destination: { peer: destination, stream: theirs.stream },
      limits: [ours.limit, theirs.limit]
    }
  }
}
