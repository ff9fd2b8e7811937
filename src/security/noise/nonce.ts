const MAX_UINT32 = 0xffffffff

/**
 * The counter of one direction: four zero bytes, then 64 bits, little-endian (Noise, 12.3). The last value is reserved
 * (5.1), so a connection that reaches it is over.
 */
export class Nonce {
  readonly #bytes = new Uint8Array(12)
  readonly #view = new DataView(this.#bytes.buffer)
  #low: number
  #high: number
  #ended = false

  constructor (start = 0n) {
    this.#low = Number(start & 0xffffffffn)
    this.#high = Number(start >> 32n)
    this.#view.setUint32(8, this.#high, true)
  }

  /** The next value. The bytes are the same buffer each time. @throws when there is none left */
  next (): Uint8Array {
    if (this.#ended || (this.#low === MAX_UINT32 && this.#high === MAX_UINT32)) {
      this.#ended = true
      throw new RangeError('All nonces of this connection are used, a new one is needed')
    }

    this.#view.setUint32(4, this.#low, true)
    this.#view.setUint32(8, this.#high, true)

    if (this.#low === MAX_UINT32) {
      this.#low = 0
      this.#high++
    } else {
      this.#low++
    }

    return this.#bytes
  }
}
