import { ipGroup } from './ip-group.js'
import { proxyMatcher } from './proxies.js'
import { TokenBuckets } from './token-buckets.js'
import { endPeerConnection } from './web-rtc.js'
import { endSocket, endSocketWithConnection } from './web-socket.js'
import type { AccessControl, ConnectionLimits, ConnectionLimitsInit } from './index.js'
import type { MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Address groups whose rate is remembered: about 10 MiB when full. */
const MAX_BUCKETS = 65_536

/** See `connectionLimits` in `index.ts`. */
export class DefaultConnectionLimits implements ConnectionLimits {
  readonly #access: AccessControl
  readonly #maxPerIp: number
  readonly #rate: TokenBuckets | undefined
  readonly #isTrustedProxy: (ma: Multiaddr) => boolean
  readonly #counts = new Map<string, number>()
  readonly refused = { denied: 0, too_many_per_ip: 0, too_fast: 0 }

  constructor (init: ConnectionLimitsInit) {
    this.#access = init.access
    this.#maxPerIp = init.maxConnectionsPerIp === 0 ? Infinity : init.maxConnectionsPerIp
    this.#isTrustedProxy = proxyMatcher(init.trustedProxies)

    if (init.newConnectionsPerSecondPerIp > 0) {
      this.#rate = new TokenBuckets({
        perSecond: init.newConnectionsPerSecondPerIp,
        maxKeys: MAX_BUCKETS,
        now: init.now ?? (() => performance.now())
      })
    }
  }

  countsByIp (): ReadonlyMap<string, number> {
    return new Map(this.#counts)
  }

  denyDialPeer (peer: PeerId): boolean {
    return this.#access.isDeniedPeer(peer)
  }

  denyDialMultiaddr (addr: Multiaddr): boolean {
    return this.#access.isDeniedAddr(addr)
  }

  denyInboundConnection (maConn: MultiaddrConnection): boolean | Promise<boolean> {
    return this.#refuseIf(!this.#letIn(maConn), maConn)
  }

  denyInboundEncryptedConnection (peer: PeerId, maConn: MultiaddrConnection): boolean | Promise<boolean> {
    return this.#refuseDenied(peer, maConn)
  }

  /** What was denied while the muxer was agreed on is caught here: nobody could find the connection yet. */
  denyInboundUpgradedConnection (peer: PeerId, maConn: MultiaddrConnection): boolean | Promise<boolean> {
    return this.#refuseDenied(peer, maConn)
  }

  denyOutboundEncryptedConnection (peer: PeerId, maConn: MultiaddrConnection): boolean {
    return this.#isDenied(peer, maConn)
  }

  denyOutboundUpgradedConnection (peer: PeerId, maConn: MultiaddrConnection): boolean {
    return this.#isDenied(peer, maConn)
  }

  #letIn (maConn: MultiaddrConnection): boolean {
    // a connection that is over has had its close event and could never be uncounted
    if (maConn.status !== 'open') {
      return false
    }

    if (this.#access.isDeniedAddr(maConn.remoteAddr)) {
      this.refused.denied++
      return false
    }

    const group = this.#isTrustedProxy(maConn.remoteAddr) ? undefined : ipGroup(maConn.remoteAddr)

    if (group != null) {
      if ((this.#counts.get(group) ?? 0) >= this.#maxPerIp) {
        this.refused.too_many_per_ip++
        return false
      }

      if (this.#rate?.take(group) === false) {
        this.refused.too_fast++
        return false
      }

      this.#count(group, maConn)
    }

    endSocketWithConnection(maConn)

    return true
  }

  #refuseDenied (peer: PeerId, maConn: MultiaddrConnection): boolean | Promise<boolean> {
    const isDenied = this.#isDenied(peer, maConn)

    this.refused.denied += isDenied ? 1 : 0

    return this.#refuseIf(isDenied, maConn)
  }

  #refuseIf (isRefused: boolean, maConn: MultiaddrConnection): boolean | Promise<boolean> {
    if (!isRefused) {
      return false
    }

    endSocket(maConn)

    return endPeerConnection(maConn)?.then(() => true) ?? true
  }

  #isDenied (peer: PeerId, maConn: MultiaddrConnection): boolean {
    return this.#access.isDeniedPeer(peer) || this.#access.isDeniedAddr(maConn.remoteAddr)
  }

  #count (group: string, maConn: MultiaddrConnection): void {
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1)
    maConn.addEventListener('close', () => { this.#release(group) }, { once: true })
  }

  #release (group: string): void {
    const left = (this.#counts.get(group) ?? 0) - 1

    if (left > 0) {
      this.#counts.set(group, left)
    } else {
      this.#counts.delete(group)
    }
  }
}
