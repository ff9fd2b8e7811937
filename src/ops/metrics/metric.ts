import { Counter, Gauge } from 'prom-client'
import type { Histogram } from '../../histogram.js'
import type { Metric, Registry } from 'prom-client'

/** Of one series: the values of its labels come from lists that do not grow. */
export interface Sample<V> {
  labels?: Readonly<Record<string, string>>
  value: V
}

interface Described {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface NumberSpec<S> extends Described {
  readonly type: 'counter' | 'gauge'
  /** Of a part, when somebody asks: nothing is done for metrics before. */
  readonly read: (source: S) => ReadonlyArray<Sample<number>> | Promise<ReadonlyArray<Sample<number>>>
}

export interface HistogramSpec<S> extends Described {
  readonly type: 'histogram'
  readonly read: (source: S) => ReadonlyArray<Sample<Histogram>>
}

/** A metric of one part: what it is called, and how it is read there. */
export type MetricSpec<S> = NumberSpec<S> | HistogramSpec<S>

export function one (value: number): Array<Sample<number>> {
  return [{ value }]
}

/** A series for each entry. */
export function by (label: string, values: Readonly<Record<string, number>>, others: Readonly<Record<string, string>> = {}): Array<Sample<number>> {
  return Object.entries(values).map(([name, value]) => ({ labels: { ...others, [label]: name }, value }))
}

export function register<S> (registry: Registry, specs: ReadonlyArray<MetricSpec<S>>, source: S): void {
  for (const spec of specs) {
    if (spec.type === 'histogram') {
      // the registry asks a metric for no more than this
      registry.registerMetric({ name: spec.name, get: async () => ({ ...about(spec), values: spec.read(source).flatMap(sample => rows(spec.name, sample)) }), reset () {} } as unknown as Metric)
    } else if (spec.type === 'counter') {
      const counter: Counter = new Counter({
        ...options(registry, spec),
        async collect () {
          const samples = await spec.read(source)

          // it counts elsewhere
          counter.reset()
          samples.forEach(({ labels = {}, value }) => { counter.inc(labels, value) })
        }
      })
    } else {
      const gauge: Gauge = new Gauge({
        ...options(registry, spec),
        async collect () {
          const samples = await spec.read(source)

          samples.forEach(({ labels = {}, value }) => { gauge.set(labels, value) })
        }
      })
    }
  }
}

function options<S> (registry: Registry, { name, help, labels = [] }: MetricSpec<S>): { name: string, help: string, labelNames: string[], registers: Registry[] } {
  return { name, help, labelNames: [...labels], registers: [registry] }
}

function about<S> ({ name, help, type }: MetricSpec<S>): { name: string, help: string, type: string, aggregator: string } {
  return { name, help, type, aggregator: 'sum' }
}

function rows (name: string, { labels = {}, value: { bounds, counts, sum, count } }: Sample<Histogram>): Array<Sample<number> & { metricName: string }> {
  let below = 0
  const buckets = Array.from(counts, (inBucket, at) => {
    below += inBucket

    return { metricName: `${name}_bucket`, labels: { ...labels, le: at < bounds.length ? String(bounds[at]) : '+Inf' }, value: below }
  })

  return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }]
}
