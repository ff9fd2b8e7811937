import type { Grant } from './grants.js'

/** The grants that one connection has shown. One that another covers takes no place. */
export class ShownGrants implements Iterable<Grant> {
  readonly #max: number
  #grants: Grant[] = []

  constructor (max: number) {
    this.#max = max
  }

  get size (): number {
    return this.#grants.length
  }

  [Symbol.iterator] (): Iterator<Grant> {
    return this.#grants[Symbol.iterator]()
  }

  /**
   * @param now - Unix milliseconds; grants that are over give up their places
   * @returns false when there is no place for it
   */
  add (grant: Grant, now: number): boolean {
    if (this.#grants.some(shown => covers(shown, grant))) {
      return true
    }

    const kept = this.#grants.filter(shown => shown.expiresMs > now && !covers(grant, shown))

    if (kept.length >= this.#max) {
      return false
    }

    kept.push(grant)
    this.#grants = kept

    return true
  }
}

/** Whether one lets its grantee do all that another does, for as long. */
function covers (one: Grant, other: Grant): boolean {
  return one.mailbox.canonical === other.mailbox.canonical && one.expiresMs >= other.expiresMs && one.signer.equals(other.signer) &&
    one.grantee.equals(other.grantee) && [...other.verbs].every(verb => one.verbs.has(verb))
}
