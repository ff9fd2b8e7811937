import { quote } from './show.js'
import type { EnvelopeKeyConfig } from './schema.js'

const WIDTH = 100

/** A value of the config as TOML: text in basic quotes, a long list over several lines. */
export function tomlValue (value: unknown): string {
  if (typeof value === 'string') {
    return quote(value)
  }

  if (!Array.isArray(value)) {
    return isEnvelopeKey(value) ? envelopeKey(value) : String(value)
  }

  const entries = value.map(tomlValue)
  const short = `[${entries.join(', ')}]`

  return short.length <= WIDTH ? short : `[\n${entries.map(entry => `  ${entry},\n`).join('')}]`
}

/** Comment lines of a text, wrapped, with nothing in it that could end a comment. */
export function comment (text: string, width = 110): string[] {
  const lines: string[] = []

  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1)

    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else {
      lines.push(`# ${word}`)
    }
  }

  return lines
}

/** Text without control characters, as it stands between quotes, but with its own quotes as they are. */
export function printable (text: string): string {
  return quote(text).slice(1, -1).replace(/\\(["\\])/g, '$1')
}

function isEnvelopeKey (value: unknown): value is EnvelopeKeyConfig {
  return typeof value === 'object' && value !== null && 'kid_hex' in value
}

function envelopeKey (key: EnvelopeKeyConfig): string {
  const notAfter = key.not_after_epoch_ms === undefined ? '' : `, not_after_epoch_ms = ${key.not_after_epoch_ms}`

  return `{ kid_hex = ${quote(key.kid_hex)}, x25519_private_key_hex = ${quote(key.x25519_private_key_hex)}, active = ${key.active}${notAfter} }`
}
