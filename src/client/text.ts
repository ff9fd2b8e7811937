const encoder = new TextEncoder()

/** In bytes of UTF-8. */
export function utf8Length (text: string): number {
  return encoder.encode(text).byteLength
}
