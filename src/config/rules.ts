import { parseHostPort, parseListenAddr } from './formats.js'
import { getKey } from './keys.js'
import { PARTS } from './parts.js'
import type { Part } from './parts.js'
import type { Config } from './schema.js'

/** Something about several keys together. */
export interface RuleBreach {
  /** The keys that play a part; the first that the user set is the one that is named. */
  readonly keys: readonly string[]
  readonly message: string
  readonly hint?: string
  /** It may work, but hardly as meant. */
  readonly warning?: boolean
  /** The rule is one of this part: no error as long as the part is off, a warning as long as it is not built. */
  readonly part?: Part
}

/** The published token of older files and of `relay.toml.example`: everybody knows it. */
export const DEFAULT_TOKEN = String(getKey('auth.auth_token').spec.default)

const KIB = 1024

/** All rules between keys, for a version that has the parts in `built`. The values themselves have been checked before. */
export function breaches (config: Config, built: ReadonlySet<Part> = new Set(PARTS)): RuleBreach[] {
  return [...auth(config), ...network(config), ...mailbox(config, built), ...registry(config), ...http(config), ...ops(config)]
}

function * auth ({ auth }: Config): Generator<RuleBreach> {
  if (auth.auth_enabled && auth.auth_token.trim() === '') {
    yield { keys: ['auth.auth_token', 'auth.auth_enabled'], message: 'auth.auth_enabled needs a secret auth.auth_token, not an empty one', hint: 'set a long random one' }
  } else if (auth.auth_enabled && auth.auth_token === DEFAULT_TOKEN) {
    yield { keys: ['auth.auth_token', 'auth.auth_enabled'], message: 'auth.auth_enabled needs a secret auth.auth_token, not the published default', hint: 'set a long random one' }
  }

  if (auth.restrict_connect && !auth.auth_enabled) {
    yield { keys: ['auth.restrict_connect', 'auth.auth_enabled'], message: 'auth.restrict_connect needs auth.auth_enabled = true, without which everybody may connect' }
  }

  const both = auth.allow_peers.find(peer => auth.deny_peers.includes(peer))

  if (both !== undefined) {
    yield { keys: ['auth.deny_peers', 'auth.allow_peers'], message: `${both} is in allow_peers and in deny_peers: it is denied`, warning: true }
  }
}

function * network ({ network }: Config): Generator<RuleBreach> {
  const names = ['tcp_listen_addr', 'quic_listen_addr', 'ws_listen_addr', 'webrtc_listen_addr'] as const
  const taken = new Map<string, string>()

  for (const name of names) {
    const addr = parseListenAddr(network[name])

    // port 0 is a free one each time
    if (addr !== undefined && addr.port !== 0) {
      const place = `${addr.ip} ${addr.protocol} ${addr.port}`
      const other = taken.get(place)

      if (other !== undefined) {
        yield { keys: [`network.${name}`, `network.${other}`], message: `network.${name} has the same address and port as network.${other}` }
      }

      taken.set(place, name)
    }
  }

  if (names.every(name => network[name] === '')) {
    yield { keys: names.map(name => `network.${name}`), message: 'every transport is off: nobody can connect', warning: true }
  }
}

/** specs/mailbox.md, Part I, "Framing": the bounds of one stream must fit into the budget of all doors. */
function * mailbox ({ mailbox, storage, registry }: Config, built: ReadonlySet<Part>): Generator<RuleBreach> {
  const part = 'mailbox'
  const frame = Math.max(mailbox.max_message_bytes, 128 * KIB) + 4 * KIB
  const keys = ['mailbox.max_inflight_bytes', 'mailbox.max_message_bytes']

  if (mailbox.max_inflight_bytes < 2 * frame) {
    yield { part, keys, message: `mailbox.max_inflight_bytes must be at least ${2 * frame}: twice the largest frame, which is the larger of mailbox.max_message_bytes and 128 KiB, plus 4 KiB` }
  } else if (mailbox.max_inflight_bytes < 4 * frame) {
    yield { part, keys, message: `mailbox.max_inflight_bytes is below ${4 * frame}: one connection holds at most a quarter of it, so the largest messages will be slow`, warning: true }
  }

  if (mailbox.max_queue_bytes_per_user < mailbox.max_message_bytes) {
    yield { part, keys: ['mailbox.max_queue_bytes_per_user', 'mailbox.max_message_bytes'], message: 'a message of mailbox.max_message_bytes never fits into mailbox.max_queue_bytes_per_user', warning: true }
  }

  if (storage.max_bytes > 0 && storage.max_bytes < mailbox.max_message_bytes) {
    yield { part, keys: ['storage.max_bytes', 'mailbox.max_message_bytes'], message: 'a message of mailbox.max_message_bytes never fits into storage.max_bytes', warning: true }
  }

  if (mailbox.owner_proof !== 'peer-ids' && !built.has('registry')) {
    yield { part, keys: ['mailbox.owner_proof'], message: `mailbox.owner_proof = "${mailbox.owner_proof}" needs the registry, which knows the owners and which this version does not have` }
  } else if (mailbox.owner_proof !== 'peer-ids' && !registry.enabled) {
    yield { part, keys: ['mailbox.owner_proof', 'registry.enabled'], message: `mailbox.owner_proof = "${mailbox.owner_proof}" needs the registry, which knows the owners: registry.enabled = true` }
  }
}

function * registry ({ registry }: Config): Generator<RuleBreach> {
  const part = 'registry'
  const keys = registry.envelope.keys
  const kids = keys.map(({ kid_hex: kid }) => kid.toLowerCase())
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index)

  if (twice !== undefined) {
    yield { part, keys: ['registry.envelope.keys'], message: `two keys have the kid_hex ${twice}` }
  }

  if (keys.length > 0 && !keys.some(({ active }) => active)) {
    yield { part, keys: ['registry.envelope.keys'], message: 'at least one key must have active = true' }
  }

  if (registry.allow_sync && registry.sync_peers.length === 0) {
    yield { part, keys: ['registry.allow_sync'], message: 'registry.allow_sync without registry.sync_peers: nobody\'s /sync is taken', warning: true }
  }
}

function * http ({ http }: Config): Generator<RuleBreach> {
  const part = 'http'
  const { cert_pem_path: cert, key_pem_path: key, client_ca_pem_path: ca } = http.tls

  if (http.mode === 'tls' && (cert === '' || key === '')) {
    const missing = [...(cert === '' ? ['http.tls.cert_pem_path'] : []), ...(key === '' ? ['http.tls.key_pem_path'] : [])]
    yield { part, keys: ['http.mode', 'http.tls.cert_pem_path', 'http.tls.key_pem_path'], message: `http.mode = "tls" needs ${missing.join(' and ')}` }
  }

  if (http.mode === 'http' && !http.behind_tls_proxy && !isLoopback(http.address)) {
    yield { part, keys: ['http.address', 'http.mode', 'http.behind_tls_proxy'], message: 'plain HTTP is served on a loopback address only', hint: 'set http.mode = "tls" with [http.tls], or http.behind_tls_proxy = true when a proxy in front of it speaks TLS' }
  }

  if (http.mode === 'http' && (cert !== '' || key !== '' || ca !== '')) {
    yield { part, keys: ['http.tls.cert_pem_path', 'http.tls.key_pem_path', 'http.tls.client_ca_pem_path'], message: '[http.tls] has no effect with http.mode = "http"', warning: true }
  }
}

function * ops ({ ops, http }: Config): Generator<RuleBreach> {
  const port = parseHostPort(ops.address)?.port

  if (ops.address === http.address && http.enabled && port !== 0) {
    yield { part: 'ops', keys: ['ops.address', 'http.address'], message: 'ops.address and http.address are the same' }
  }

  if (ops.metrics_token === '' && !isLoopback(ops.address)) {
    yield { part: 'ops', keys: ['ops.address'], message: 'ops.address can be reached from outside and ops.metrics_token is empty: /metrics is open to all', warning: true }
  }
}

function isLoopback (address: string): boolean {
  const host = parseHostPort(address)?.host ?? ''

  return host === 'localhost' || host === '::1' || host.startsWith('127.') || /^::ffff:127\./i.test(host)
}
