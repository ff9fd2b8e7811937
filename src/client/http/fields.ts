import { protocolError } from '../errors.js'

/** Reads one field after the other of what a node answered. */
export class Fields {
  readonly #json: Readonly<Record<string, unknown>>

  /** @throws ClientError `protocol_error` when it is no object; so do all others for a field of another kind */
  constructor (json: unknown) {
    if (typeof json !== 'object' || json == null || Array.isArray(json)) {
      throw protocolError('an answer has not the shape of an answer')
    }

    this.#json = json as Record<string, unknown>
  }

  text (name: string): string {
    const value = this.#json[name]

    if (typeof value !== 'string') {
      throw wrong(name)
    }

    return value
  }

  number (name: string): number {
    const value = this.#json[name]

    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw wrong(name)
    }

    return value
  }

  bigint (name: string): bigint {
    const value = this.#json[name]

    return typeof value === 'bigint' ? value : BigInt(this.number(name))
  }

  /** Missing is false. */
  flag (name: string): boolean {
    return this.#json[name] === true
  }

  boolean (name: string): boolean {
    const value = this.#json[name]

    if (typeof value !== 'boolean') {
      throw wrong(name)
    }

    return value
  }

  isNull (name: string): boolean {
    return this.#json[name] == null
  }

  object (name: string): Fields {
    return new Fields(this.#json[name])
  }

  list (name: string): Fields[] {
    return this.#array(name).map(entry => new Fields(entry))
  }

  texts (name: string): string[] {
    const values = this.#array(name)

    if (!values.every(value => typeof value === 'string')) {
      throw wrong(name)
    }

    return values
  }

  #array (name: string): unknown[] {
    const value = this.#json[name]

    if (!Array.isArray(value)) {
      throw wrong(name)
    }

    return value
  }
}

function wrong (name: string): Error {
  return protocolError(`${name} in an answer is not as it should be`)
}
