import { concat, encodeHop, encodeStop, HopType, Status, StopType, unknownField, varint } from './wire.js'

/** A source of numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seeded (seed: number): () => number {
  let state = seed >>> 0

  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function below (random: () => number, end: number): number {
  return Math.floor(random() * end)
}

export function noise (random: () => number, length: number): Uint8Array {
  const out = new Uint8Array(length)

  for (let i = 0; i < length; i++) {
    out[i] = below(random, 256)
  }

  return out
}

/** Messages that an honest peer could send; `id` is a PeerId. */
export function honestHop (id: Uint8Array): Uint8Array[] {
  return [
    encodeHop({ type: HopType.RESERVE }),
    encodeHop({ type: HopType.CONNECT, peer: { id } }),
    encodeHop({ type: HopType.CONNECT, peer: { id, addrs: [Uint8Array.of(4, 127, 0, 0, 1, 6, 15, 161)] } }),
    encodeHop({ type: HopType.STATUS, status: Status.OK, limit: { duration: 120, data: 1n << 40n }, reservation: { expire: 1n << 33n, addrs: [id], voucher: id } }),
    encodeHop({ type: HopType.RESERVE }, unknownField(300))
  ]
}

export function honestStop (id: Uint8Array): Uint8Array[] {
  return [
    encodeStop({ type: StopType.CONNECT, peer: { id }, limit: { duration: 1, data: 2n } }),
    encodeStop({ type: StopType.STATUS, status: Status.OK }),
    encodeStop({ type: StopType.STATUS, status: Status.PERMISSION_DENIED }, unknownField(20))
  ]
}

/** One to four slips: bits flipped, bytes changed, cut, doubled or put in, a length that lies, noise behind it. */
export function mutated (random: () => number, message: Uint8Array): Uint8Array {
  let out: Uint8Array = message.slice()

  for (let slips = 1 + below(random, 4); slips > 0; slips--) {
    const at = below(random, out.byteLength + 1)
    const byte = out[at]

    switch (below(random, 6)) {
      case 0: if (byte != null) { out[at] = byte ^ (1 << below(random, 8)) } break
      case 1: if (byte != null) { out[at] = below(random, 256) } break
      case 2: out = out.slice(0, at); break
      case 3: out = concat(out.subarray(0, at), out.subarray(below(random, at + 1))); break
      case 4: out = concat(out.subarray(0, at), varint(BigInt(below(random, 2 ** 32)) << BigInt(below(random, 40))), out.subarray(at)); break
      default: out = concat(out, noise(random, below(random, 12)))
    }
  }

  return out.subarray(0, 5_000)
}
