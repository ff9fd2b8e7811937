import { schema } from '../config/schema.js'
import { InvalidMailboxOptionError } from './errors.js'
import { maxRequestBytes } from './messages.js'
import type { MailboxRulesInit } from './index.js'
import type { IntegerKey } from '../config/schema.js'

const keys = schema.entries.mailbox.entries

export type OwnerProof = typeof keys.owner_proof.default

export interface MailboxOptions {
  maxMessageBytes: number
  maxQueueBytes: number
  maxQueueItems: number
  ttlSeconds: number
  gcIntervalSeconds: number
  maxPullItems: number
  maxPullBytes: number
  maxInflightBytes: number
  dedupeSeconds: number
  ownerProof: OwnerProof
}

/**
 * What is left out has the default of `[mailbox]` in the config schema, and its bounds hold.
 *
 * @throws InvalidMailboxOptionError
 */
export function mailboxOptions (init: MailboxRulesInit): MailboxOptions {
  const read = (name: Exclude<keyof MailboxOptions, 'ownerProof'>, key: IntegerKey): number => {
    const value = init[name] ?? key.default

    if (!Number.isSafeInteger(value) || value < key.min || value > key.max) {
      throw new InvalidMailboxOptionError(`${name} is a whole number from ${key.min} to ${key.max}, not ${String(value)}`)
    }

    return value
  }

  const options: MailboxOptions = {
    maxMessageBytes: read('maxMessageBytes', keys.max_message_bytes),
    maxQueueBytes: read('maxQueueBytes', keys.max_queue_bytes_per_user),
    maxQueueItems: read('maxQueueItems', keys.max_messages_per_user),
    ttlSeconds: read('ttlSeconds', keys.message_ttl_seconds),
    gcIntervalSeconds: read('gcIntervalSeconds', keys.gc_interval_seconds),
    maxPullItems: read('maxPullItems', keys.pull_batch_max),
    maxPullBytes: read('maxPullBytes', keys.pull_batch_max_bytes),
    maxInflightBytes: read('maxInflightBytes', keys.max_inflight_bytes),
    dedupeSeconds: read('dedupeSeconds', keys.dedupe_seconds),
    ownerProof: init.ownerProof ?? keys.owner_proof.default
  }

  if (options.maxInflightBytes < 2 * maxRequestBytes(options.maxMessageBytes)) {
    throw new InvalidMailboxOptionError(`maxInflightBytes is at least ${2 * maxRequestBytes(options.maxMessageBytes)}: twice the largest frame`)
  }

  if (options.ownerProof !== 'peer-ids' && init.identities == null) {
    throw new InvalidMailboxOptionError(`ownerProof "${options.ownerProof}" needs identities, which know the owners`)
  }

  return options
}
