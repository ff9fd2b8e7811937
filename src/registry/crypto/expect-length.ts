import { InvalidRegistryInputError } from '../errors.js'

/** @throws InvalidRegistryInputError */
export function expectLength (name: string, bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length) {
    throw new InvalidRegistryInputError(`${name} has ${length} bytes, not ${bytes.byteLength}`)
  }
}
