/** A candidate and whether it is close enough that the user surely meant it. */
export interface Nearest {
  readonly name: string
  readonly close: boolean
}

/** Longer names are cut: what is compared is bounded, whatever a file says. */
const LONGEST = 80

/**
 * The candidate most like a name. The last part of the path weighs most, so that a key in the wrong section
 * finds its place.
 */
export function nearest (name: string, candidates: readonly string[], separator = '.'): Nearest | undefined {
  const wanted = name.toLowerCase().slice(0, LONGEST)
  const wantedLeaf = lastPart(wanted, separator)
  let best: { name: string, score: number, whole: number, close: boolean } | undefined

  for (const candidate of candidates) {
    const known = candidate.toLowerCase()
    const knownLeaf = lastPart(known, separator)
    const leaf = leafDistance(wantedLeaf, knownLeaf)
    const bound = best?.score ?? Infinity

    // names of other lengths are at least that far from each other: most need no closer look
    if (leaf + 1 > bound && Math.abs(wanted.length - known.length) > bound) {
      continue
    }

    const whole = distance(wanted, known)
    const score = Math.min(whole, leaf + 1)

    if (best === undefined || score < best.score || (score === best.score && whole < best.whole)) {
      best = { name: candidate, score, whole, close: Math.min(whole, leaf) <= Math.max(2, Math.floor(knownLeaf.length / 3)) }
    }
  }

  return best === undefined ? undefined : { name: best.name, close: best.close }
}

/** A whole word of a name counts as nearly the name: `token` for `auth_token`. */
function leafDistance (wanted: string, known: string): number {
  const word = wanted.length >= 4 && `_${known}_`.includes(`_${wanted}_`) && wanted !== known

  return word ? 2 : distance(wanted, known)
}

function lastPart (name: string, separator: string): string {
  return name.slice(name.lastIndexOf(separator) + (name.includes(separator) ? separator.length : 1))
}

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
export function distance (a: string, b: string): number {
  const width = b.length + 1
  // three rows of the table: the one before the last, the last, and the one that is made
  let [before, last, row] = [new Uint16Array(width), Uint16Array.from({ length: width }, (_, i) => i), new Uint16Array(width)]

  for (let i = 1; i <= a.length; i++) {
    row[0] = i

    for (let j = 1; j <= b.length; j++) {
      let value = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1))

      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, at(before, j - 2) + 1)
      }

      row[j] = value
    }

    [before, last, row] = [last, row, before]
  }

  return at(last, b.length)
}

function at (row: Uint16Array, index: number): number {
  return row[index] ?? Infinity
}
