import { schema } from '../../config/schema.js'
import { InvalidRegistryOptionError } from '../errors.js'
import { KEY_BYTES, KID_BYTES, PEPPER_BYTES } from '../sizes.js'
import type { IntegerKey } from '../../config/schema.js'
import type { RegistryRulesInit } from '../index.js'

const keys = schema.entries.registry.entries
const limits = schema.entries.rate_limit.entries

export interface RegistryOptions {
  maxNodes: number
  presenceTtlSeconds: number
  gcIntervalSeconds: number
  powDifficulty: number
  powTtlSeconds: number
  registerRps: number
  allowSync: boolean
  powEnabled: boolean
}

/**
 * What is left out has the default of `[registry]` in the config schema, and its bounds hold.
 *
 * @throws InvalidRegistryOptionError
 */
export function registryOptions (init: RegistryRulesInit): RegistryOptions {
  const read = (name: Exclude<keyof RegistryOptions, 'allowSync' | 'powEnabled'>, key: IntegerKey): number => {
    const value = init[name] ?? key.default

    if (!Number.isSafeInteger(value) || value < key.min || value > key.max) {
      throw new InvalidRegistryOptionError(`${name} is a whole number from ${key.min} to ${key.max}, not ${String(value)}`)
    }

    return value
  }

  if (init.privateKey.type !== 'Ed25519') {
    throw new InvalidRegistryOptionError('privateKey is an Ed25519 key')
  }

  checkKeys(init)

  return {
    maxNodes: read('maxNodes', keys.max_nodes),
    presenceTtlSeconds: read('presenceTtlSeconds', keys.presence.entries.ttl_seconds),
    gcIntervalSeconds: read('gcIntervalSeconds', keys.presence.entries.gc_interval_seconds),
    powDifficulty: read('powDifficulty', keys.pow.entries.difficulty),
    powTtlSeconds: read('powTtlSeconds', keys.pow.entries.ttl_seconds),
    registerRps: read('registerRps', limits.endpoints.entries.register_rps),
    allowSync: init.allowSync ?? keys.allow_sync.default,
    powEnabled: init.powEnabled ?? keys.pow.entries.enabled.default
  }
}

function checkKeys ({ pepper, envelopeKeys }: RegistryRulesInit): void {
  if (pepper != null && pepper.byteLength !== PEPPER_BYTES) {
    throw new InvalidRegistryOptionError(`pepper has ${PEPPER_BYTES} bytes`)
  }

  if (envelopeKeys == null) {
    return
  }

  if (envelopeKeys.some(({ kid, privateKey }) => kid.byteLength !== KID_BYTES || privateKey.byteLength !== KEY_BYTES)) {
    throw new InvalidRegistryOptionError(`the kid of an envelope key has ${KID_BYTES} bytes, its private key ${KEY_BYTES}`)
  }

  if (new Set(envelopeKeys.map(({ kid }) => Buffer.from(kid).toString('hex'))).size < envelopeKeys.length) {
    throw new InvalidRegistryOptionError('two envelope keys have the same kid')
  }

  if (!envelopeKeys.some(({ active }) => active)) {
    throw new InvalidRegistryOptionError('one of the envelope keys is active')
  }
}
