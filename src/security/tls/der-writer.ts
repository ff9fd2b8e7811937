/** Values of DER (ITU-T X.690), as far as a certificate needs them: under 64 KiB each. */

export function der (tag: number, ...values: Uint8Array[]): Buffer {
  const body = Buffer.concat(values)
  const { byteLength } = body
  const length = byteLength < 0x80 ? [byteLength] : byteLength < 0x100 ? [0x81, byteLength] : [0x82, byteLength >> 8, byteLength & 0xff]

  return Buffer.concat([Buffer.of(tag, ...length), body])
}

export function sequence (...values: Uint8Array[]): Buffer {
  return der(0x30, ...values)
}

export function octets (bytes: Uint8Array): Buffer {
  return der(0x04, bytes)
}

/** Two digits for the year where they are enough, as RFC 5280 (4.1.2.5) asks. */
export function time (date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')

  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** @param oid with its tag and length */
export function extension (oid: Uint8Array, value: Uint8Array, critical: boolean): Buffer {
  return sequence(oid, ...critical ? [der(0x01, Buffer.of(0xff))] : [], octets(value))
}
