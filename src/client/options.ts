import { isPeerId } from '@libp2p/interface'
import { isMultiaddr, multiaddr } from '@multiformats/multiaddr'
import { ClientError } from './errors.js'
import type { NodeAddress } from './index.js'
import type { Backoff } from './retry.js'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const MIB = 1024 * 1024

/** Defaults of both clients' options; `docs/client.md` names all of these, and a test holds it to them. */
export const COMMON_DEFAULTS = {
  timeoutMs: 30_000,
  maxCalls: 32,
  retryAttempts: 8,
  retryBaseMs: 250,
  retryMaxMs: 15_000,
  retryTotalMs: 120_000
}

/** Defaults of `MailboxClientInit`. */
export const CLIENT_DEFAULTS = {
  ...COMMON_DEFAULTS,
  keepAliveMs: 30_000,
  maxInflightBytes: 16 * MIB,
  maxItemBytes: 16 * MIB,
  maxMessageBytes: 64 * MIB,
  maxIncompleteBytes: 128 * MIB
}

export type ClientOptions = typeof CLIENT_DEFAULTS

/** Defaults of `RegistryClientInit`. */
export const REGISTRY_DEFAULTS = {
  ...COMMON_DEFAULTS,
  keysMs: 300_000,
  maxDifficulty: 24,
  maxSolveMs: 60_000
}

export type RegistryOptions = typeof REGISTRY_DEFAULTS

/** Defaults of `SendOptions`. */
export const SEND_DEFAULTS = {
  directTimeoutMs: 10_000
}

/** Defaults of `InboxInit`. */
export const INBOX_DEFAULTS = {
  maxDirectBytes: 8 * MIB,
  maxDirectStreams: 64,
  maxDirectInflightBytes: 32 * MIB,
  directFrameMs: 30_000,
  maxSeen: 16_384,
  closeMs: 5000,
  redeliverMs: 30_000
}

const MAX_CALLS = 1000

/** @throws ClientError `invalid_argument` */
export function withDefaults<T extends Record<string, number>> (defaults: T, given: Partial<T>): T {
  const options: Record<string, number> = { ...defaults }

  for (const name of Object.keys(defaults)) {
    const value = given[name] ?? defaults[name] ?? 0

    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ClientError('invalid_argument', `${name} must be a whole number of 1 or more`)
    }

    options[name] = value
  }

  if ((options.maxCalls ?? 0) > MAX_CALLS) {
    throw new ClientError('invalid_argument', `maxCalls must be ${MAX_CALLS} at most: a node reads no more requests of a stream`)
  }

  return options as T
}

export function backoffOf ({ retryAttempts, retryBaseMs, retryMaxMs, retryTotalMs }: typeof COMMON_DEFAULTS): Backoff {
  return { attempts: retryAttempts, baseMs: retryBaseMs, maxMs: retryMaxMs, totalMs: retryTotalMs }
}

/** @throws ClientError `invalid_argument` */
export function parseNode (node: NodeAddress): PeerId | Multiaddr[] {
  if (isPeerId(node)) {
    return node
  }

  try {
    const addrs = (Array.isArray(node) ? node : [node]).map(addr => isMultiaddr(addr) ? addr : multiaddr(addr))

    if (addrs.length > 0) {
      return addrs
    }
  } catch (err) {
    throw new ClientError('invalid_argument', 'the node\'s address is no multiaddr', { cause: err })
  }

  throw new ClientError('invalid_argument', 'the node has no address')
}
