import { PeerMap, PeerSet } from '@libp2p/peer-collections'
import { TypedEventEmitter } from 'main-event'
import { EnigmaError } from '../errors.js'
import { CidrSet } from './cidr.js'
import { parseIp, remoteIp } from './ip.js'
import type { AccessControl, AccessControlEvents, AccessControlInit } from './index.js'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** An expiry that is no whole number of seconds. */
export class InvalidExpiryError extends EnigmaError {
  constructor (expires: number) {
    super('invalid_expiry', `Not a time in whole Unix seconds: ${expires}`)
  }
}

/** See `accessControl` in `index.ts`. */
export class DefaultAccessControl extends TypedEventEmitter<AccessControlEvents> implements AccessControl {
  readonly #allowed: PeerSet
  readonly #denied: PeerSet
  readonly #deniedCidrs: CidrSet
  /** Unix seconds; 0: no end. */
  readonly #grants = new PeerMap<number>()
  readonly #now: () => number

  constructor (init: AccessControlInit) {
    super()
    this.#allowed = new PeerSet(init.allowPeers)
    this.#denied = new PeerSet(init.denyPeers)
    this.#deniedCidrs = new CidrSet(init.denyCidrs)
    this.#now = init.now ?? Date.now
  }

  allowPeer (peer: PeerId): void {
    this.#allowed.add(peer)
  }

  disallowPeer (peer: PeerId): void {
    this.#allowed.delete(peer)
  }

  denyPeer (peer: PeerId): void {
    if (this.#denied.has(peer)) {
      return
    }

    this.#denied.add(peer)
    this.safeDispatchEvent('denied')
  }

  undenyPeer (peer: PeerId): void {
    this.#denied.delete(peer)
  }

  denyCidr (cidr: string): void {
    if (this.#deniedCidrs.add(cidr)) {
      this.safeDispatchEvent('denied')
    }
  }

  undenyCidr (cidr: string): void {
    this.#deniedCidrs.delete(cidr)
  }

  isDeniedPeer (peer: PeerId): boolean {
    return this.#denied.has(peer)
  }

  isDeniedAddr (addr: Multiaddr): boolean {
    if (this.#deniedCidrs.size === 0) {
      return false
    }

    const ip = remoteIp(addr)

    return ip != null && this.#deniedCidrs.has(ip)
  }

  isDeniedIp (address: string): boolean {
    const ip = this.#deniedCidrs.size === 0 ? undefined : parseIp(address)

    return ip != null && this.#deniedCidrs.has(ip)
  }

  isAuthorized (peer: PeerId): boolean {
    return !this.#denied.has(peer) && (this.#allowed.has(peer) || this.#hasGrant(peer))
  }

  grant (peer: PeerId, expires = 0): void {
    if (!Number.isSafeInteger(expires) || expires < 0) {
      throw new InvalidExpiryError(expires)
    }

    this.#grants.set(peer, expires)
  }

  revoke (peer: PeerId): void {
    this.#grants.delete(peer)
  }

  #hasGrant (peer: PeerId): boolean {
    const expires = this.#grants.get(peer)

    if (expires == null) {
      return false
    }

    if (expires !== 0 && expires * 1000 <= this.#now()) {
      this.#grants.delete(peer)
      return false
    }

    return true
  }
}
