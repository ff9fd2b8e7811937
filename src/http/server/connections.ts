import { zeroes } from '../../histogram.js'
import type { Socket } from 'node:net'

/** Why a connection was ended at the cap: it was one too many, or it was the oldest of whoever had the most. */
export const REFUSALS = ['full', 'displaced'] as const

export type Refusal = typeof REFUSALS[number]

/**
 * Counts connections by address group and keeps them under a cap: at the cap, whoever holds the most gives up the oldest one, unless that
 * is the newcomer, who is refused. One address cannot keep all others out.
 */
export class Connections {
  readonly #max: number
  readonly #groupOf: (socket: Socket) => string
  readonly #byGroup = new Map<string, Set<Socket>>()
  readonly #refused = zeroes(REFUSALS)
  #count = 0
  #accepted = 0

  constructor (max: number, groupOf: (socket: Socket) => string) {
    this.#max = max
    this.#groupOf = groupOf
  }

  get size (): number {
    return this.#count
  }

  /** Since the door was made. A displaced one was accepted before. */
  get totals (): { readonly accepted: number, readonly refused: Readonly<Record<Refusal, number>> } {
    return { accepted: this.#accepted, refused: this.#refused }
  }

  /** Takes a new connection, or destroys it. */
  add (socket: Socket): void {
    const group = this.#groupOf(socket)

    if (this.#count >= this.#max && !this.#makeRoom(group)) {
      this.#refused.full++
      socket.destroy()
      return
    }

    const sockets = this.#byGroup.get(group) ?? new Set()

    sockets.add(socket)
    this.#byGroup.set(group, sockets)
    this.#count++
    this.#accepted++
    socket.once('close', () => { this.#remove(group, socket) })
  }

  /** Those on which not a byte has come. */
  destroySilent (): void {
    for (const sockets of [...this.#byGroup.values()]) {
      [...sockets].filter(({ bytesRead }) => bytesRead === 0).forEach(socket => { socket.destroy() })
    }
  }

  destroyAll (): void {
    for (const sockets of [...this.#byGroup.values()]) {
      sockets.forEach(socket => { socket.destroy() })
    }
  }

  #makeRoom (newcomer: string): boolean {
    let largest = newcomer
    let size = (this.#byGroup.get(newcomer)?.size ?? 0) + 1

    for (const [group, sockets] of this.#byGroup) {
      if (sockets.size > size) {
        largest = group
        size = sockets.size
      }
    }

    if (largest === newcomer) {
      return false
    }

    const [oldest] = this.#byGroup.get(largest) ?? []

    if (oldest != null) {
      this.#refused.displaced++
      this.#remove(largest, oldest)
      oldest.destroy()
    }

    return true
  }

  #remove (group: string, socket: Socket): void {
    const sockets = this.#byGroup.get(group)

    if (sockets?.delete(socket) !== true) {
      return
    }

    this.#count--

    if (sockets.size === 0) {
      this.#byGroup.delete(group)
    }
  }
}
