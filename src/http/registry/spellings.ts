import { decodeBase64 } from '../../json/base64.js'

const HEX = /^(?:[0-9a-fA-F]{2})*$/
/** What is no bytes: of no length that the rules take, so that they refuse it at its place among their checks. */
const NO_BYTES = new Uint8Array(0)

/** Hex in any case; empty for what is not hex. */
export function hexBytes (text: string): Uint8Array {
  return HEX.test(text) ? Buffer.from(text, 'hex') : NO_BYTES
}

/** Lower case. */
export function hexText (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Standard base64 whose padding may be left out, and nothing else in between (specs/registry.md, 4.4); empty for what is not that. */
export function base64Bytes (text: string): Uint8Array {
  const bare = text.replace(/={1,2}$/, '')
  const whole = bare.padEnd(Math.ceil(bare.length / 4) * 4, '=')

  return text.length > whole.length ? NO_BYTES : decodeBase64(whole) ?? NO_BYTES
}

export function base64Text (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
