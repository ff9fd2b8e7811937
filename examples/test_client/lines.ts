/** What the client says: a line an event, on standard output; what went wrong on standard error. */
export interface Lines {
  say (text: string): void
  error (problem: Error): void
}

export function createLines (name: string): Lines {
  return {
    say (text) {
      process.stdout.write(`[${name}] ${text}\n`)
    },
    error (problem) {
      process.stderr.write(`[${name}] Error: ${problem.message}\n`)
    }
  }
}

/** 10485760 → "10485760 bytes (10.0 MiB)" */
export function formatBytes (bytes: bigint | number): string {
  const count = Number(bytes)

  for (const [unit, size] of [['GiB', 1024 ** 3], ['MiB', 1024 ** 2], ['KiB', 1024]] as const) {
    if (count >= size) {
      return `${bytes} bytes (${(count / size).toFixed(1)} ${unit})`
    }
  }

  return `${bytes} bytes`
}
