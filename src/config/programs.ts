import { isTable } from './check.js'

/** Where a key of another program went. `to: null`: it has no counterpart here. */
export interface Move {
  readonly to: string | null
  /** What is different in unit or meaning. */
  readonly note?: string
}

export type ProgramName = 'enigma-relay' | 'enigma-node-registry' | 'relay-server'

const SLED = 'the kind "sled" is "level" here; what sled stored is not read by relay-server'
const SLED_PATH = 'the old folder holds sled\'s files and is left alone; relay-server keeps its own data'
const DOOR = 'one HTTP address serves the mailbox and the registry'

const BOTH: Readonly<Record<string, Move>> = {
  address: { to: 'http.address', note: DOOR },
  mode: { to: 'http.mode' },
  'tls.cert_pem_path': { to: 'http.tls.cert_pem_path' },
  'tls.key_pem_path': { to: 'http.tls.key_pem_path' },
  'tls.client_ca_pem_path': { to: 'http.tls.client_ca_pem_path' },
  'storage.kind': { to: 'storage.kind', note: SLED },
  'storage.path': { to: null, note: SLED_PATH },
  'rate_limit.enabled': { to: 'rate_limit.enabled' },
  'rate_limit.per_ip_rps': { to: 'rate_limit.per_ip_rps', note: 'one set of limits for HTTP and libp2p; IPv6 callers count by /64' },
  'rate_limit.burst': { to: 'rate_limit.burst' },
  'rate_limit.ban_seconds': { to: 'rate_limit.ban_seconds', note: 'a ban comes after rate_limit.ban_after refused calls in a row, no more after the first one' }
}

/** Keys of other programs' files and where they went: feeds the import and the hints for unknown keys. */
export const MOVES: Readonly<Record<ProgramName, Readonly<Record<string, Move>>>> = {
  'enigma-relay': {
    ...BOTH,
    'relay.max_message_bytes': { to: 'mailbox.max_message_bytes', note: 'bodies up to this size really pass: HTTP requests are no longer cut at 2 MiB' },
    'relay.max_queue_bytes_per_user': { to: 'mailbox.max_queue_bytes_per_user' },
    'relay.max_messages_per_user': { to: 'mailbox.max_messages_per_user' },
    'relay.message_ttl_seconds': { to: 'mailbox.message_ttl_seconds' },
    'relay.gc_interval_seconds': { to: 'mailbox.gc_interval_seconds' },
    'relay.pull_batch_max': { to: 'mailbox.pull_batch_max', note: 'a page is also bounded by mailbox.pull_batch_max_bytes' },
    'rate_limit.endpoints.push_rps': { to: 'rate_limit.endpoints.push_rps' },
    'rate_limit.endpoints.pull_rps': { to: 'rate_limit.endpoints.pull_rps' },
    'rate_limit.endpoints.ack_rps': { to: 'rate_limit.endpoints.ack_rps' }
  },
  'enigma-node-registry': {
    ...BOTH,
    trusted_proxies: { to: 'http.trusted_proxies', note: 'ranges (CIDR) in place of exact addresses; X-Forwarded-For is believed from them only' },
    allow_sync: { to: 'registry.allow_sync', note: 'identities are taken only from the PeerIds in registry.sync_peers, which the old file does not have' },
    max_nodes: { to: 'registry.max_nodes', note: 'each node is verified before it is listed (registry.verify_nodes)' },
    'envelope.pepper_hex': { to: 'registry.envelope.pepper_hex' },
    'envelope.keys': { to: 'registry.envelope.keys', note: 'a key past its not_after_epoch_ms may stay: it is listed as inactive' },
    'presence.ttl_seconds': { to: 'registry.presence.ttl_seconds' },
    'presence.gc_interval_seconds': { to: 'registry.presence.gc_interval_seconds' },
    'pow.enabled': { to: 'registry.pow.enabled', note: 'under load register and announce ask for it too' },
    'pow.difficulty': { to: 'registry.pow.difficulty' },
    'pow.ttl_seconds': { to: 'registry.pow.ttl_seconds' },
    'rate_limit.endpoints.register_rps': { to: 'rate_limit.endpoints.register_rps' },
    'rate_limit.endpoints.resolve_rps': { to: 'rate_limit.endpoints.resolve_rps' },
    'rate_limit.endpoints.check_user_rps': { to: 'rate_limit.endpoints.check_user_rps' }
  },
  // the Rust relay's file, and our own of any age: the keys are the same
  'relay-server': {
    'network.advertised_addrs': { to: 'network.announce_addrs' },
    'logging.log_to_file': { to: 'logging.file', note: 'one key for both: "" is log_to_file = false' },
    'logging.log_file_path': { to: 'logging.file', note: 'one key for both: "" is log_to_file = false' },
    'relay.max_circuit_bytes': { to: 'relay.max_circuit_bytes', note: 'counted for each direction by itself, where the Rust relay added both up; 0 = no limit' },
    'relay.max_circuit_duration_secs': { to: 'relay.max_circuit_duration_secs', note: '0 = no limit, where the Rust relay ended a circuit at once' },
    'relay.max_reservations_per_peer': { to: 'relay.max_reservations_per_peer', note: '0 = no limit' },
    'relay.max_circuits_per_peer': { to: 'relay.max_circuits_per_peer', note: '0 = no limit' },
    'relay.max_reservations': { to: 'relay.max_reservations', note: 'counted in peers, where the Rust relay counted connections; 0 = no limit' }
  }
}

/** Sections that only our own file has. */
const OURS = ['identity', 'network', 'auth', 'logging', 'mailbox', 'registry', 'http', 'ops']

/**
 * Whose file a parsed TOML document is, by the keys that only that program has. A file with a section of our own
 * is ours, and so is one that tells nothing.
 */
export function recogniseProgram (root: Readonly<Record<string, unknown>>): ProgramName {
  const has = (key: string): boolean => valueAt(root, key.split('.')) !== undefined
  const only = (mine: ProgramName, other: ProgramName): string[] => Object.keys(MOVES[mine]).filter(key => !(key in MOVES[other]) && MOVES[mine][key]?.to !== key)

  if (OURS.some(section => section in root)) {
    return 'relay-server'
  }

  if (only('enigma-node-registry', 'enigma-relay').some(has) || ['envelope', 'presence', 'pow'].some(name => isTable(root[name]))) {
    return 'enigma-node-registry'
  }

  if (only('enigma-relay', 'enigma-node-registry').some(has)) {
    return 'enigma-relay'
  }

  if (has('address') || has('mode') || isTable(root.tls) || valueAt(root, ['storage', 'kind']) === 'sled') {
    return ['register_rps', 'resolve_rps', 'check_user_rps'].some(name => has(`rate_limit.endpoints.${name}`)) ? 'enigma-node-registry' : 'enigma-relay'
  }

  return 'relay-server'
}

/** A hint for a key or section that has another place here, for example `address` and `[tls]`. */
export function movedKey (path: readonly string[], show: (key: string) => string = (key) => key): string | undefined {
  const key = path.join('.')

  for (const [program, moves] of Object.entries(MOVES)) {
    for (const [from, { to }] of Object.entries(moves)) {
      const whole = from === key
      const part = from.startsWith(`${key}.`)

      if ((whole || part) && to !== null && to !== from) {
        const place = whole ? show(to) : `[${to.slice(0, to.lastIndexOf('.'))}]`

        return `${program === 'relay-server' ? `the new name is ${place}` : `${program}'s ${whole ? key : `[${key}]`} is ${place} here`}`
      }
    }
  }

  return undefined
}

/** A value inside tables, undefined when there is none. */
export function valueAt (root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((table, name) => isTable(table) && Object.hasOwn(table, name) ? table[name] : undefined, root)
}
