import { Counts, isFull } from './counts.js'
import type { PeerId } from '@libp2p/interface'

export interface CircuitLimits {
  /** 0 = no limit, as in all of these. */
  maxCircuits: number
  /** As source plus as destination. */
  maxCircuitsPerPeer: number
  /** By the source's address group. */
  maxCircuitsPerIp: number
}

export type CircuitRefusal = 'too_many_circuits' | 'too_many_circuits_of_source' | 'too_many_circuits_of_destination' | 'too_many_circuits_per_ip'

export interface CircuitSlot {
  release (): void
}

/** Counts circuits from the moment a STOP is about to be opened. */
export class CircuitSlots {
  readonly #limits: CircuitLimits
  readonly #byPeer = new Counts()
  readonly #byGroup = new Counts()
  #size = 0

  constructor (limits: CircuitLimits) {
    this.#limits = limits
  }

  get size (): number {
    return this.#size
  }

  take (source: PeerId, destination: PeerId, group: string | undefined): CircuitSlot | { refusal: CircuitRefusal } {
    const src = source.toString()
    const dst = destination.toString()

    if (isFull(this.#size, this.#limits.maxCircuits)) {
      return { refusal: 'too_many_circuits' }
    }

    if (isFull(this.#byPeer.get(src), this.#limits.maxCircuitsPerPeer)) {
      return { refusal: 'too_many_circuits_of_source' }
    }

    if (isFull(this.#byPeer.get(dst), this.#limits.maxCircuitsPerPeer)) {
      return { refusal: 'too_many_circuits_of_destination' }
    }

    if (group != null && isFull(this.#byGroup.get(group), this.#limits.maxCircuitsPerIp)) {
      return { refusal: 'too_many_circuits_per_ip' }
    }

    this.#size++
    this.#byPeer.add(src, 1)
    this.#byPeer.add(dst, 1)

    if (group != null) {
      this.#byGroup.add(group, 1)
    }

    let released = false

    return {
      release: () => {
        if (released) {
          return
        }

        released = true
        this.#size--
        this.#byPeer.add(src, -1)
        this.#byPeer.add(dst, -1)

        if (group != null) {
          this.#byGroup.add(group, -1)
        }
      }
    }
  }
}
