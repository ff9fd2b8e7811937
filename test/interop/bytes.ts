import { createHash } from 'node:crypto'

const MASK = (1n << 64n) - 1n

/** What the go and the rust peer write for this seed: xorshift64, little-endian. */
export function seededBytes (seed: number, count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8) * 8)
  const view = new DataView(bytes.buffer)
  let state = (BigInt(seed) * 2n + 0x9e3779b97f4a7c15n) & MASK
  for (let at = 0; at < bytes.length; at += 8) {
    state ^= (state << 13n) & MASK
    state ^= state >> 7n
    state ^= (state << 17n) & MASK
    view.setBigUint64(at, state, true)
  }
  return bytes.subarray(0, count)
}

export function sha256 (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
