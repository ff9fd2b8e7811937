import { schema } from '../config/schema.js'
import { EnigmaError } from '../errors.js'
import type { RelayServerInit } from './index.js'
import type { IntegerKey } from '../config/schema.js'

const keys = schema.entries.relay.entries

/** An option of `relayServer` is outside the bounds of its key in `[relay]`. */
export class InvalidRelayOptionError extends EnigmaError {
  constructor (name: string, value: unknown, { min, max }: IntegerKey) {
    super('invalid_relay_option', `${name} is a whole number from ${min} to ${max}, not ${String(value)}`)
  }
}

/**
 * What is left out has the default of `[relay]` in the config schema, and its bounds hold.
 *
 * @throws InvalidRelayOptionError
 */
export function relayOptions (init: RelayServerInit): RelayOptions {
  const read = (name: NumericOption, key: IntegerKey): number => {
    const value = init[name] ?? key.default

    if (!Number.isSafeInteger(value) || value < key.min || value > key.max) {
      throw new InvalidRelayOptionError(name, value, key)
    }

    return value
  }

  return {
    maxReservations: read('maxReservations', keys.max_reservations),
    maxReservationsPerPeer: read('maxReservationsPerPeer', keys.max_reservations_per_peer),
    maxReservationsPerIp: read('maxReservationsPerIp', keys.max_reservations_per_ip),
    reservationTtlSeconds: read('reservationTtlSeconds', keys.reservation_ttl_secs),
    hopTimeoutSeconds: read('hopTimeoutSeconds', keys.hop_timeout_secs),
    maxCircuits: read('maxCircuits', keys.max_circuits),
    maxCircuitsPerPeer: read('maxCircuitsPerPeer', keys.max_circuits_per_peer),
    maxCircuitsPerIp: read('maxCircuitsPerIp', keys.max_circuits_per_ip),
    maxCircuitDurationSeconds: read('maxCircuitDurationSeconds', keys.max_circuit_duration_secs),
    maxCircuitBytes: read('maxCircuitBytes', keys.max_circuit_bytes),
    maxBytesPerSecond: read('maxBytesPerSecond', keys.max_bytes_per_second),
    advertisePrivateAddrs: init.advertisePrivateAddrs ?? keys.advertise_private_addrs.default,
    requireAuthorizedReserve: init.requireAuthorizedReserve ?? schema.entries.auth.entries.auth_enabled.default,
    requireAuthorizedConnect: init.requireAuthorizedConnect ?? schema.entries.auth.entries.restrict_connect.default,
    isExemptFromIpLimits: init.isExemptFromIpLimits ?? (() => false)
  }
}

type NumericOption = { [K in keyof RelayServerInit]-?: NonNullable<RelayServerInit[K]> extends number ? K : never }[keyof RelayServerInit]

export type RelayOptions = Required<Omit<RelayServerInit, 'access' | 'limiter' | 'load'>>
