import type { Keys } from './index.js'

export interface KeyJson {
  kid_hex: string
  x25519_public_key_hex: string
  active: boolean
  not_after_epoch_ms?: number
}

/** One of the node's envelope keys as clients over HTTP know it. The order of the fields is part of the contract (specs/registry.md, 2.1). */
export function keyJson ({ kid, publicKey, active, notAfterMs }: Keys['keys'][number]): KeyJson {
  return {
    kid_hex: Buffer.from(kid).toString('hex'),
    x25519_public_key_hex: Buffer.from(publicKey).toString('hex'),
    active,
    ...(notAfterMs === 0 ? {} : { not_after_epoch_ms: notAfterMs })
  }
}
