import { MAX_GROWTH_BYTES, median, SETTLING } from './run-case.js'
import type { CaseReport } from './run-case.js'

const MIB = 1024 * 1024

/** Everything that a report shows and should not be. */
export function faults ({ rates, describe, deeds, figures: [before, first, second], failure }: CaseReport, { minShare }: { minShare: number }): string[] {
  const found: string[] = []
  const growth = second.rssBytes - first.rssBytes

  if (failure != null) {
    found.push(`the bystander: ${failure}`)
  }

  if ((deeds.done ?? 0) === 0) {
    found.push('nothing was done')
  }

  if (growth > MAX_GROWTH_BYTES) {
    found.push(`RSS grew by ${mib(growth)} MiB behind the first round`)
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

  if (share({ rates }) < minShare) {
    found.push(`the bystander had ${rateLine({ rates, describe })}`)
  }

  return found
}

/** Of the rate beside ballast, what the bystander keeps under attack. Medians of all windows. */
export function share ({ rates }: Pick<CaseReport, 'rates'>): number {
  return median(rates.attacked) / median(rates.ballast)
}

export function rateLine ({ rates, describe }: Pick<CaseReport, 'rates' | 'describe'>): string {
  const [attacked, ballast, undisturbed] = [rates.attacked, rates.ballast, rates.undisturbed].map(median) as [number, number, number]

  return `${describe(attacked)} under attack, ${describe(ballast)} beside the attacker's CPU use alone (share ${(attacked / ballast).toFixed(2)}), ${describe(undisturbed)} undisturbed (share ${(attacked / undisturbed).toFixed(2)})`
}

export function describeReport (report: CaseReport): string {
  const [before, first, second] = report.figures
  const counts = (name: typeof SETTLING[number] | 'peers'): string => `${name} ${before[name]}/${first[name]}/${second[name]}`

  return [
    `${rateLine(report)}; attacker ${report.attackerCpuShare.toFixed(2)} of a core, relay ${(second.cpuSeconds - before.cpuSeconds).toFixed(1)} s`,
    `RSS ${[before.rssBytes, ...report.rssBytes].map(mib).join('/')} MiB, heap ${mib(before.heapBytes)}/${mib(first.heapBytes)}/${mib(second.heapBytes)}; ${[...SETTLING, 'peers' as const].map(counts).join(', ')}`,
    Object.entries(report.deeds).map(([name, count]) => `${name} ${count}`).join(', ')
  ].join('\n        ')
}

function mib (bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
