import { isAscii, isUtf8 } from 'node:buffer'
import { parseJsonText } from './text.js'
import { notUtf8 } from './utf8-pieces.js'
import type { JsonValue, ParseJsonOptions } from './text.js'

export { JsonDecimal, JsonError } from './text.js'
export type { JsonValue, ParseJsonOptions } from './text.js'

/**
 * Reads one JSON text as `parseJsonText` does. It must be UTF-8 without a byte order mark.
 *
 * @throws JsonError, whose message names a position and nothing of the text
 */
export function parseJson (bytes: Uint8Array, options?: ParseJsonOptions): JsonValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

  if (isAscii(bytes)) {
    return parseJsonText(buffer.toString('latin1'), options)
  }

  if (!isUtf8(bytes)) {
    throw notUtf8()
  }

  return parseJsonText(buffer.toString('utf8'), options)
}
