/** Numbers as the bench prints them. */

export function median (values: readonly number[]): number {
  return percentile(values, 0.5)
}

export function percentile (values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)

  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN
}

/** A row a line, columns padded; numbers to the right. */
export function printTable (header: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
  const cells = [header, ...rows].map(row => row.map(cell => typeof cell === 'number' ? format(cell) : cell))
  const widths = header.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))

  cells.forEach((row, i) => {
    console.log(row.map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  '))

    if (i === 0) {
      console.log(widths.map(width => '-'.repeat(width)).join('  '))
    }
  })
  console.log()
}

function format (value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}
