import type { Libp2p, PeerId } from '@libp2p/interface'

/** What is still written about a peer after its last connection has closed is written by then: identify gives up after 5 s. */
const FORGET_AFTER_MS = 10_000

/**
 * Takes peers out of libp2p's peer store 10 to 20 seconds after their last connection has closed. The store itself keeps whoever
 * identified once (up to some KiB each) until that very peer is asked for again, so that new PeerIds, which cost nothing,
 * would fill the memory. Ends when libp2p stops.
 */
export function forgetGonePeers (libp2p: Libp2p, { afterMs = FORGET_AFTER_MS }: { afterMs?: number } = {}): void {
  let gone = new Map<string, PeerId>()
  let due = new Map<string, PeerId>()

  const forget = (): void => {
    for (const peer of due.values()) {
      if (libp2p.getConnections(peer).length === 0) {
        libp2p.peerStore.delete(peer).catch(err => { libp2p.logger.forComponent('enigma:node').error('could not forget a peer - %e', err) })
      }
    }

    due = gone
    gone = new Map()
  }
  const timer = setInterval(forget, afterMs).unref()

  libp2p.addEventListener('peer:disconnect', ({ detail: peer }) => { gone.set(peer.toString(), peer) })
  libp2p.addEventListener('stop', () => { clearInterval(timer) }, { once: true })
}
