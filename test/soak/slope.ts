export interface Slope {
  /** Of the fitted line, in units of y for each of x. */
  perX: number
  /** Ends of its 95 % confidence interval. */
  low: number
  high: number
  samples: number
}

/**
 * A straight line through (x, y) by ordinary least squares: the slope b minimises the sum of (y - a - b x)², and with
 * residuals r its standard error is sqrt(Σ r² / (n - 2) / Σ (x - mean)²). The interval is b ± t · error, t the 97.5 %
 * point of Student's distribution with n - 2 degrees of freedom. That takes residuals for independent: samples must lie
 * further apart than what is held for a while (a forgotten peer, a time-out) lives.
 *
 * @throws RangeError for fewer than three samples
 */
export function slopeOf (points: ReadonlyArray<readonly [number, number]>): Slope {
  const n = points.length

  if (n < 3) {
    throw new RangeError(`${n} samples make no slope`)
  }

  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const perX = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
  const residuals = points.reduce((sum, [x, y]) => sum + (y - meanY - perX * (x - meanX)) ** 2, 0)
  const margin = studentT975(n - 2) * Math.sqrt(residuals / (n - 2) / spread)

  return { perX, low: perX - margin, high: perX + margin, samples: n }
}

/** By the expansion of Cornish and Fisher: within 0.3 % from 4 degrees of freedom on, and exact below. */
function studentT975 (freedom: number): number {
  const exact = [12.706, 4.303, 3.182][freedom - 1]

  if (exact != null) {
    return exact
  }

  const z = 1.959964

  return z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
}
