/** What a page of another origin may send and see. */
const ALLOW_HEADERS = 'content-type, content-encoding, authorization, enigma-grant, x-enigma-pow'
const EXPOSE_HEADERS = 'www-authenticate, authentication-info, retry-after'
const MAX_AGE_SECONDS = '86400'

/** Cross-origin resource sharing for the origins of `[http] cors_origins`. */
export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #isAny: boolean

  constructor (origins: readonly string[]) {
    this.#origins = new Set(origins.map(origin => origin.toLowerCase()))
    this.#isAny = this.#origins.has('*')
  }

  get isOff (): boolean {
    return this.#origins.size === 0
  }

  /** Of any answer to this origin. */
  headers (origin: string | undefined): Readonly<Record<string, string>> | undefined {
    if (this.isOff) {
      return undefined
    }

    if (this.#isAny) {
      return { 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSE_HEADERS }
    }

    return origin != null && this.#origins.has(origin.toLowerCase())
      ? { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSE_HEADERS }
      : { vary: 'Origin' }
  }

  /** Beside these, of the answer to a preflight request. */
  preflight (methods: readonly string[]): Readonly<Record<string, string>> {
    return { 'access-control-allow-methods': methods.join(', '), 'access-control-allow-headers': ALLOW_HEADERS, 'access-control-max-age': MAX_AGE_SECONDS }
  }
}
