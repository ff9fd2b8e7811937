import { MAX_GROWTH_BYTES, median, SETTLING } from './run-case.js'
import type { CaseReport } from './run-case.js'

const MIB = 1024 * 1024

/** Of its undisturbed rate, the healthy pair's rate during an attack (the figure). */
const MIN_SHARE = 0.5

/** Everything that a report shows and should not be. */
export function faults ({ rates, deeds, figures: [before, first, second], pairFailure }: CaseReport, options: { rate: boolean }): string[] {
  const found: string[] = []
  const growth = second.rssBytes - first.rssBytes

  if (pairFailure != null) {
    found.push(`the healthy pair: ${pairFailure}`)
  }

  if ((deeds.done ?? 0) === 0) {
    found.push('nothing was done')
  }

  if (growth > MAX_GROWTH_BYTES) {
    found.push(`RSS grew by ${mib(growth)} MiB in the second round`)
  }

  for (const name of SETTLING) {
    if (second[name] > first[name]) {
      found.push(`${second[name]} ${name}, ${first[name]} after the first round, ${before[name]} before`)
    }
  }

  for (const name of ['reservations', 'circuits'] as const) {
    if (second.relay[name] !== before.relay[name]) {
      found.push(`${second.relay[name]} ${name}, ${before.relay[name]} before`)
    }
  }

  for (const name of ['connections', 'streams'] as const) {
    if (second[name] !== before[name]) {
      found.push(`${second[name]} ${name}, ${before[name]} before`)
    }
  }

  if (options.rate && share({ rates }) < MIN_SHARE) {
    found.push(`the pair moved ${rateLine({ rates })}`)
  }

  return found
}

/**
 * Of medians. An attack that is aimed at another relay costs the pair what two cores for all cost it; only what is lost
 * beyond that is lost here.
 */
export function share ({ rates }: Pick<CaseReport, 'rates'>): number {
  return median(rates.attacked) / Math.min(median(rates.undisturbed), median(rates.elsewhere))
}

export function rateLine ({ rates }: Pick<CaseReport, 'rates'>): string {
  const { undisturbed, elsewhere, attacked } = rates

  return `${mib(median(attacked))} MiB/s under attack, ${mib(median(elsewhere))} with the attack elsewhere, ${mib(median(undisturbed))} undisturbed`
}

export function describeReport (report: CaseReport): string {
  const [before, first, second] = report.figures
  const counts = (name: typeof SETTLING[number] | 'peers'): string => `${name} ${before[name]}/${first[name]}/${second[name]}`

  return [
    `${rateLine(report)} (share ${share(report).toFixed(2)}); attacker ${report.attackerCpuSeconds.toFixed(1)} s CPU, relay ${(second.cpuSeconds - before.cpuSeconds).toFixed(1)} s`,
    `RSS ${mib(before.rssBytes)}/${mib(first.rssBytes)}/${mib(second.rssBytes)} MiB, heap ${mib(before.heapBytes)}/${mib(first.heapBytes)}/${mib(second.heapBytes)}; ${[...SETTLING, 'peers' as const].map(counts).join(', ')}`,
    Object.entries(report.deeds).map(([name, count]) => `${name} ${count}`).join(', ')
  ].join('\n        ')
}

function mib (bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
