const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** A number that the rules take: seqs are smaller than any that it is cut to. */
export function safeNumber (value: bigint): number {
  return value > MAX_SAFE ? Number.MAX_SAFE_INTEGER : Number(value)
}
