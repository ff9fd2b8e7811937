export function hexOf (bytes: Uint8Array): string {
  let hex = ''

  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, '0')
  }

  return hex
}

/**
 * The bytes as a plain Uint8Array (what a stream gives may be a Node.js Buffer). Few of many are copied, so that they do not keep alive
 * all that came with them.
 */
export function ownBytes (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteLength < bytes.buffer.byteLength / 2 ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
