import { some } from './slices.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { AttackName } from './attacks.js'
import type { BystanderName } from './bystanders.js'
import type { CaseReport } from './run-case.js'

export interface Case {
  title: string
  attack: AttackName
  /** By the scale of the attack, where it depends on that. */
  config?: PartialConfig | ((scale: number) => PartialConfig)
  /** @default 'pair' */
  bystander?: BystanderName
  /** What else must be: everything that is not. */
  expect?: (report: CaseReport, scale: number) => string[]
  /** Windows are so much longer. @default 1 */
  windowFactor?: number
  /** Only at full size: what CI has time for goes much the same way, or this one says little when it is short. */
  fullOnly?: true
  /** Of the share that others must leave. @default 1 */
  leniency?: number
}

/** Nothing holds a flood then: the pair must not starve, and nothing may be left. */
const unlimited: PartialConfig = { rate_limit: { enabled: false } }
const webrtc: PartialConfig = { network: { webrtc_listen_addr: '/ip4/127.0.0.1/udp/0/webrtc-direct' } }

/** Callers whose addresses show: limits as they come. Time-outs are short, so that many run out within a window. */
const door: PartialConfig = {
  relay: { enabled: true },
  network: { quic_listen_addr: '', ws_listen_addr: '' },
  http: { address: '127.0.0.1:0', header_timeout_secs: 1, body_timeout_secs: 1 }
}

/** Of `http connections`: what the door takes, and who means well among them. */
const MAX_CONNECTIONS = 10_000
const CALLERS = 40

function socketsFree ({ figures: [before, , last] }: CaseReport): string[] {
  return last.sockets > before.sockets ? [`${last.sockets} sockets, ${before.sockets} before`] : []
}

function httpCase (title: string, attack: AttackName, more: Partial<Case> = {}): Case {
  return { title: `${title} over HTTP`, attack, bystander: 'caller', config: door, expect: socketsFree, windowFactor: 2, ...more }
}

/** Longer than the time-outs. */
const slowly: Partial<Case> = {
  windowFactor: 5,
  expect: report => [...socketsFree(report), ...((report.deeds.cut ?? 0) > 0 ? [] : ['none of them was cut'])]
}

const httpCases: readonly Case[] = [
  httpCase('1,000 heads that come byte by byte', 'http slow heads', slowly),
  httpCase('1,000 bodies that come byte by byte', 'http slow bodies', { ...slowly, fullOnly: true }),
  httpCase('1,000 handshakes of TLS that come byte by byte', 'http half-open TLS', { ...slowly, config: { ...door, http: { ...door.http, mode: 'tls' } } }),
  httpCase('10,200 connections to a door for 10,000', 'http connections', {
    windowFactor: 4,
    config: scale => ({ ...door, http: { address: '127.0.0.1:0', max_connections: some({ scale }, MAX_CONNECTIONS) } }),
    expect: (report, scale) => {
      const { done = 0, held = 0 } = report.deeds
      const rounds = done / some({ scale }, 10_200)
      const most = rounds * (some({ scale }, MAX_CONNECTIONS) - CALLERS)

      return [...socketsFree(report), ...(held === most ? [] : [`${held} were held, of ${most} that fit`])]
    }
  }),
  httpCase('a flood of heads that are too large', 'http heads', { fullOnly: true }),
  httpCase('garbage, also behind good requests,', 'http garbage'),
  httpCase('400 bodies of 200 KB that unpack to 200 MB', 'http bombs'),
  httpCase('JSON that is deep, long, full of keys or of escapes,', 'http documents')
]

export const cases: readonly Case[] = [
  { title: '2,000 half-open HOP streams over 70 connections', attack: 'halfOpen' },
  { title: 'HOP messages one byte at a time', attack: 'byteAtATime' },
  { title: 'a flood of RESERVE', attack: 'reserveFlood', fullOnly: true },
  { title: 'a flood of RESERVE with the limiter off', attack: 'reserveFlood', config: unlimited, fullOnly: true, leniency: 0.5 },
  { title: 'a flood of CONNECT', attack: 'connectFlood' },
  { title: 'a flood of CONNECT with the limiter off', attack: 'connectFlood', config: unlimited, fullOnly: true, leniency: 0.5 },
  { title: 'targets that never answer STOP', attack: 'silentTarget' },
  { title: 'a reader that never reads on TCP with TLS', attack: 'neverReads tcp-tls', fullOnly: true },
  { title: 'a reader that never reads on TCP with Noise', attack: 'neverReads tcp-noise', fullOnly: true },
  { title: 'a reader that never reads on WebSocket', attack: 'neverReads ws', fullOnly: true },
  { title: 'a reader that never reads on QUIC', attack: 'neverReads quic' },
  { title: 'a reader that never reads on WebRTC-direct', attack: 'neverReads webrtc-direct', config: webrtc, fullOnly: true },
  { title: '10,000 connections opened and dropped', attack: 'openAndDrop', fullOnly: true },
  { title: 'a million tiny writes through a circuit', attack: 'tinyWrites', fullOnly: true },
  { title: '20,000 streams of unknown protocols', attack: 'unknownProtocols' },
  ...httpCases
]
