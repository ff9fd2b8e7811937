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

/** Of a request line's target, as the router reads it: an absolute one has a scheme and a host before it (RFC 9112, section 3.2.2). */
export function pathOf (target = ''): string {
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? ''

  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

export function baseUrl (scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
