/** What was observed, by size. Observing allocates nothing. */
export class Histogram {
  /** Upper ends of the buckets, ascending; the last bucket has none. */
  readonly bounds: readonly number[]
  /** Observations in each bucket, one more than bounds. */
  readonly counts: Float64Array
  #sum = 0
  #count = 0

  constructor (bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  get sum (): number {
    return this.#sum
  }

  get count (): number {
    return this.#count
  }

  observe (value: number): void {
    const { bounds } = this
    let bucket = 0

    while (bucket < bounds.length && value > (bounds[bucket] as number)) {
      bucket++
    }

    // there is one bucket more than bounds
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.#sum += value
    this.#count++
  }
}

/** A counter for each name, all at 0. */
export function zeroes<N extends string> (names: readonly N[]): Record<N, number> {
  return Object.fromEntries(names.map(name => [name, 0])) as Record<N, number>
}
