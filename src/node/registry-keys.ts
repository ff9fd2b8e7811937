import { EnigmaError } from '../errors.js'
import { keyJson } from '../registry/index.js'
import type { Config } from '../config/index.js'
import type { EnvelopeKeyInit, KeyJson, Keys, RotateOptions } from '../registry/index.js'

/** What `[registry.envelope]` sets; nothing where the node makes its own. */
export function configuredKeys ({ pepper_hex: pepper, keys }: Config['registry']['envelope']): { pepper?: Uint8Array, envelopeKeys?: EnvelopeKeyInit[] } {
  return {
    ...(pepper === '' ? {} : { pepper: Buffer.from(pepper, 'hex') }),
    ...(keys.length === 0
      ? {}
      : {
          envelopeKeys: keys.map(key => ({
            kid: Buffer.from(key.kid_hex, 'hex'),
            privateKey: Buffer.from(key.x25519_private_key_hex, 'hex'),
            active: key.active,
            ...(key.not_after_epoch_ms == null ? {} : { notAfterMs: key.not_after_epoch_ms })
          }))
        })
  }
}

/** What clients over HTTP are configured with: the pepper, and the keys as GET /envelope_pubkeys has them. */
export interface KeysView {
  pepper_hex: string
  keys: KeyJson[]
}

export function keysView ({ pepper, keys }: Keys): KeysView {
  return { pepper_hex: Buffer.from(pepper).toString('hex'), keys: keys.map(keyJson) }
}

/** Of the call `keys.rotate`. @throws EnigmaError `invalid_input` for anything else, so that no wish is passed over */
export function rotateOptions ({ not_after_epoch_ms: notAfterMs, ...others }: Readonly<Record<string, unknown>>): RotateOptions {
  if ((notAfterMs !== undefined && typeof notAfterMs !== 'number') || Object.keys(others).length > 0) {
    throw new EnigmaError('invalid_input', 'keys.rotate takes not_after_epoch_ms, a time in Unix milliseconds, and nothing else')
  }

  return notAfterMs === undefined ? {} : { notAfterMs }
}
