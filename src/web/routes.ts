/** A path in which segments in braces stand for any text that is not empty, and what it can be asked for. */
export interface KnownRoute {
  readonly path: string
  readonly methods: readonly string[]
}

/** Finds the methods of a path, for 405 and its `Allow`; none: 404. */
export function methodsOf (routes: readonly KnownRoute[]): (path: string) => string[] {
  const patterns = routes.map(({ path, methods }) => ({ methods, pattern: path.split('/').map(segment => segment.startsWith('{') ? undefined : segment) }))

  return path => {
    const segments = path.split('/')
    const found = patterns.filter(({ pattern }) => pattern.length === segments.length && pattern.every((segment, at) => segment == null ? segments[at] !== '' : segment === segments[at]))

    return [...new Set(found.flatMap(({ methods }) => methods))].sort()
  }
}

/** Of a request line's target. */
export function pathOf (target: string | undefined): string {
  return target?.split('?', 1)[0] ?? ''
}

export function baseUrl (scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
