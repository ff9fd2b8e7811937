import { InvalidArgumentError } from 'commander'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Ten years. */
const MAX_MS = 3650 * 86_400_000

/** An argument like `90s`, `15m`, `24h`, `7d` or `0`, in milliseconds. @throws InvalidArgumentError */
export function readDuration (text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,12})([smhd])$/.exec(text) ?? []
  const ms = text === '0' ? 0 : Number(count) * (UNITS_MS[unit] ?? NaN)

  if (!(ms <= MAX_MS)) {
    throw new InvalidArgumentError('A number with s, m, h or d behind it, of 3650d at most, or 0.')
  }

  return ms
}
