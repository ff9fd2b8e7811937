/** Of one piece of memory: small enough to come from the heap, large enough for some fifty rows of 1 KiB. */
const SLAB_BYTES = 64 * 1024
/** What is larger gets memory of its own. */
const MAX_SHARED_BYTES = SLAB_BYTES / 4

/**
 * Memory for the rows of one batch, which live and die together: V8 keeps account of every ArrayBuffer, and Node.js makes one for each
 * seven rows of 1 KiB.
 */
export class Arena {
  #slab: Buffer | undefined
  #at = 0

  /** Memory that holds anything, for this batch only. */
  take (bytes: number): Buffer {
    if (bytes > MAX_SHARED_BYTES) {
      return Buffer.allocUnsafeSlow(bytes)
    }

    if (this.#slab == null || this.#at + bytes > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#at = 0
    }

    const part = this.#slab.subarray(this.#at, this.#at + bytes)

    this.#at += bytes

    return part
  }

  copy (bytes: Buffer): Buffer {
    const part = this.take(bytes.byteLength)

    part.set(bytes)

    return part
  }
}
