import type { PartialConfig } from '../../src/config/index.js'
import type { AttackName } from './attacks.js'

export interface Case {
  title: string
  attack: AttackName
  config?: PartialConfig
  /** Only at full size: what CI has time for goes much the same way, or this one says little when it is short. */
  fullOnly?: true
  /** Of the share that others must leave. @default 1 */
  leniency?: number
}

/** Nothing holds a flood then: the pair must not starve, and nothing may be left. */
const unlimited: PartialConfig = { rate_limit: { enabled: false } }
const webrtc: PartialConfig = { network: { webrtc_listen_addr: '/ip4/127.0.0.1/udp/0/webrtc-direct' } }

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
  { title: '20,000 streams of unknown protocols', attack: 'unknownProtocols' }
]
