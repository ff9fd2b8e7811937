/** What /metrics says: values by series, as it spells them. */
export class Scrape {
  readonly series: ReadonlyMap<string, number>

  constructor (text: string) {
    this.series = new Map(text.split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }

  static async of (ops: string): Promise<Scrape> {
    return new Scrape(await (await fetch(`${ops}/metrics`)).text())
  }

  get names (): string[] {
    return [...this.series.keys()].sort()
  }

  /** @throws Error when there is no such series */
  get (series: string): number {
    const value = this.series.get(series)

    if (value == null) {
      throw new Error(`no series ${series} in ${[...this.series.keys()].filter(name => name.startsWith(series.split('{')[0] ?? '')).join(' ')}`)
    }

    return value
  }
}
