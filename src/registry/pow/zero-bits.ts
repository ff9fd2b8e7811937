/** Whether a digest starts with this many zero bits. */
export function startsWithZeroBits (digest: Uint8Array, count: number): boolean {
  const whole = count >> 3

  for (let at = 0; at < whole; at++) {
    if (digest[at] !== 0) {
      return false
    }
  }

  return (count & 7) === 0 || (digest[whole] ?? 0xff) >> (8 - (count & 7)) === 0
}
