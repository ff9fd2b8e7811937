import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { decodeBase64Url } from '../../json/base64.js'

const MAC_BYTES = 32

/** What the server gives a client to bring back: readable to all, but only this process can have made it. */
export class Sealer {
  readonly #key = randomBytes(32)

  seal (kind: string, content: Readonly<Record<string, string | number>>): string {
    const bytes = Buffer.from(JSON.stringify(content))

    return Buffer.concat([this.#mac(kind, bytes), bytes]).toString('base64url')
  }

  /** @returns nothing for what this process did not seal under this kind */
  open (kind: string, text: string): Readonly<Record<string, unknown>> | undefined {
    const all = decodeBase64Url(text)

    if (all == null || all.byteLength <= MAC_BYTES) {
      return undefined
    }

    const bytes = all.subarray(MAC_BYTES)

    if (!timingSafeEqual(all.subarray(0, MAC_BYTES), this.#mac(kind, bytes))) {
      return undefined
    }

    return JSON.parse(bytes.toString()) as Record<string, unknown>
  }

  #mac (kind: string, bytes: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\0`).update(bytes).digest()
  }
}
