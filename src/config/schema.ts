/**
 * The one source of every default, bound and explanation. The type `Config`, the validation, the generated
 * `relay.toml`, and the table in `docs/configuration.md` are all read from the table below.
 */

/** How a text value is checked beyond being text. */
export type TextFormat = 'path' | 'multiaddr-tcp' | 'multiaddr-quic' | 'multiaddr-ws' | 'multiaddr-webrtc-direct' | 'host-port' | 'hex-32' | 'plain'

/** How each entry of a list is checked. */
export type ListFormat = 'multiaddr' | 'peer-id' | 'cidr' | 'host' | 'origin' | 'envelope-key'

interface KeyBase<T> {
  readonly default: T
  /** What it is for, in a line or two; becomes the comment in `relay.toml` and the text in the docs. */
  readonly doc: string
  /** Masked by `print-config`, readable from a file by `<NAME>_FILE`. */
  readonly secret?: boolean
}

export interface IntegerKey extends KeyBase<number> {
  readonly type: 'integer'
  readonly min: number
  readonly max: number
}

export interface BooleanKey extends KeyBase<boolean> {
  readonly type: 'boolean'
}

export interface TextKey extends KeyBase<string> {
  readonly type: 'text'
  readonly format: TextFormat
  readonly allowEmpty: boolean
}

export interface ChoiceKey<C extends string = string> extends KeyBase<C> {
  readonly type: 'choice'
  readonly choices: readonly C[]
}

export interface ListKey<T = unknown> extends KeyBase<readonly T[]> {
  readonly type: 'list'
  readonly format: ListFormat
}

export type KeySpec = IntegerKey | BooleanKey | TextKey | ChoiceKey | ListKey

export interface SectionSpec {
  readonly section: true
  readonly doc: string
  /** Keys first, then subsections: TOML wants them in that order. */
  readonly entries: Readonly<Record<string, KeySpec | SectionSpec>>
}

/** One entry of `registry.envelope.keys`. */
export interface EnvelopeKeyConfig {
  kid_hex: string
  x25519_private_key_hex: string
  active: boolean
  not_after_epoch_ms?: number
}

type ValueOf<S> =
  S extends { type: 'integer' } ? number
    : S extends { type: 'boolean' } ? boolean
      : S extends ChoiceKey<infer C> ? C
        : S extends { type: 'text' } ? string
          : S extends ListKey<infer T> ? T[]
            : S extends { section: true, entries: infer E } ? { -readonly [K in keyof E]: ValueOf<E[K]> }
              : never

const UINT32_MAX = 4_294_967_295
const SAFE_MAX = Number.MAX_SAFE_INTEGER
const GIB = 1_073_741_824
/** A hundred years: larger values are slips, and every timer and deadline stays exact below it. */
const SECONDS_MAX = 3_153_600_000

function integer (def: number, doc: string, bounds: { min?: number, max?: number } = {}): IntegerKey {
  return { type: 'integer', default: def, doc, min: bounds.min ?? 1, max: bounds.max ?? SAFE_MAX }
}

function limit (def: number, doc: string, max: number = SAFE_MAX): IntegerKey {
  return integer(def, doc, { min: 0, max })
}

function seconds (def: number, doc: string, min = 1): IntegerKey {
  return integer(def, doc, { min, max: SECONDS_MAX })
}

function bool (def: boolean, doc: string): BooleanKey {
  return { type: 'boolean', default: def, doc }
}

function text (def: string, format: TextFormat, doc: string, options: { allowEmpty?: boolean, secret?: boolean } = {}): TextKey {
  return { type: 'text', default: def, format, doc, allowEmpty: options.allowEmpty ?? false, secret: options.secret ?? false }
}

function choice<const C extends string> (def: NoInfer<C>, choices: readonly C[], doc: string): ChoiceKey<C> {
  return { type: 'choice', default: def, choices, doc }
}

function list (format: Exclude<ListFormat, 'envelope-key'>, doc: string): ListKey<string> {
  return { type: 'list', default: [], format, doc }
}

function envelopeKeys (doc: string): ListKey<EnvelopeKeyConfig> {
  return { type: 'list', default: [], format: 'envelope-key', doc, secret: true }
}

function section<const E extends Record<string, KeySpec | SectionSpec>> (doc: string, entries: E): { section: true, doc: string, entries: E } {
  return { section: true, doc, entries }
}

export const schema = section('enigma-node', {
  identity: section('Who this node is', {
    key_file: text('~/.meshnet/relay_keypair.bin', 'path', 'Private key in libp2p\'s protobuf encoding, made on first start with mode 0600.')
  }),

  relay: section('Circuit Relay v2', {
    enabled: bool(true, 'Serve reservations and circuits.'),
    max_reservations: limit(100, 'Peers that may hold a reservation. 0 = no limit.'),
    max_reservations_per_peer: limit(5, 'Connections of one peer that may carry its reservation. 0 = no limit.'),
    max_reservations_per_ip: limit(32, 'Peers with a reservation per IPv4 address or IPv6 /64, loopback too. 0 = no limit.'),
    reservation_ttl_secs: seconds(3600, 'How long a reservation holds unless it is renewed.'),
    hop_timeout_secs: seconds(30, 'For a whole HOP or STOP handshake.'),
    max_circuits: limit(1024, 'Circuits open at once. 0 = no limit.'),
    max_circuits_per_peer: limit(16, 'Circuits of one peer, as source plus as destination. 0 = no limit.'),
    max_circuits_per_ip: limit(0, 'Circuits by the source\'s IPv4 address or IPv6 /64. 0 = no limit.'),
    max_circuit_duration_secs: limit(120, 'A circuit is reset after this long. 0 = no limit.', UINT32_MAX),
    max_circuit_bytes: limit(10_485_760, 'Bytes per circuit and direction, then it is reset. 0 = no limit.'),
    max_bytes_per_second: limit(0, 'Per circuit and direction, with bursts of one second. 0 = no limit.'),
    advertise_private_addrs: bool(false, 'false: private addresses are given out only when there is no public one.')
  }),

  network: section('Transports and connections', {
    tcp_listen_addr: text('/ip4/0.0.0.0/tcp/4001', 'multiaddr-tcp', 'TCP. "" turns a transport off.', { allowEmpty: true }),
    quic_listen_addr: text('/ip4/0.0.0.0/udp/4001/quic-v1', 'multiaddr-quic', 'QUIC.', { allowEmpty: true }),
    ws_listen_addr: text('/ip4/0.0.0.0/tcp/4002/ws', 'multiaddr-ws', 'WebSocket, for browsers (behind a TLS proxy).', { allowEmpty: true }),
    webrtc_listen_addr: text('', 'multiaddr-webrtc-direct', 'WebRTC-direct, for example "/ip4/0.0.0.0/udp/4003/webrtc-direct"; needs the package @libp2p/webrtc.', { allowEmpty: true }),
    announce_addrs: list('multiaddr', 'Given out beside the listening addresses, for example ["/dns4/relay.example.org/tcp/4001"].'),
    max_connections: limit(10_000, 'Connections open at once. 0 = no limit.'),
    max_connections_per_ip: limit(64, 'Per IPv4 address or IPv6 /64. 0 = no limit.'),
    max_pending_connections: limit(256, 'Handshakes under way. 0 = no limit.'),
    new_connections_per_second_per_ip: limit(50, 'Per IPv4 address or IPv6 /64. 0 = no limit.'),
    trusted_proxies: list('cidr', 'CIDRs in front of the WebSocket port: no per-IP rule applies to them.'),
    drain_secs: seconds(10, 'At shutdown, how long running circuits may go on. 0 = at once.', 0),
    max_rss_bytes: limit(0, 'Above it new reservations and circuits are refused. 0 = three quarters of this process\'s memory.'),
    max_event_loop_delay_ms: limit(500, 'Mean over 5 s; above it new reservations and circuits are refused. 0 = never.')
  }),

  auth: section('Who may use the relay', {
    auth_enabled: bool(false, 'true: only peers in allow_peers, or that presented auth_token, may reserve.'),
    restrict_connect: bool(false, 'true: and only they may connect through the relay.'),
    auth_token: text('CHANGE_ME_IN_PRODUCTION', 'plain', 'Presented over /enigma/auth/1. This value or an empty one is refused at start when auth_enabled.', { allowEmpty: true, secret: true }),
    allow_peers: list('peer-id', 'PeerIds that need no token.'),
    deny_peers: list('peer-id', 'PeerIds that are cut off at connection.'),
    deny_cidrs: list('cidr', 'Address ranges that are cut off at connection.')
  }),

  logging: section('Logs', {
    level: choice('info', ['trace', 'debug', 'info', 'warn', 'error'], 'The least severe level that is written.'),
    log_format: choice('pretty', ['pretty', 'json'], '"pretty" for people, "json" for machines.'),
    file: text('', 'path', 'Also append to this file. "" = no file.', { allowEmpty: true }),
    log_ip_addresses: bool(false, 'Remote addresses in debug and trace lines.')
  }),

  storage: section('Where mailboxes and the registry are kept', {
    kind: choice('level', ['level', 'memory'], '"level": on disk. "memory": lost at exit.'),
    path: text('~/.meshnet/data', 'path', 'Folder, mode 0700.'),
    max_bytes: limit(0, 'Of stored bodies, all mailboxes. 0 = no limit.'),
    min_free_bytes: integer(268_435_456, 'Below this much free space pushes get storage_full, so that ack and collection keep room.')
  }),

  mailbox: section('Offline mailbox', {
    enabled: bool(true, 'Serve /enigma/mailbox/1.'),
    max_message_bytes: integer(8_388_608, 'Largest message body.', { max: GIB }),
    max_queue_bytes_per_user: integer(1_073_741_824, 'Stored bodies per mailbox.'),
    max_messages_per_user: integer(200_000, 'Stored messages per mailbox.'),
    message_ttl_seconds: seconds(1_209_600, 'How long a message waits.'),
    gc_interval_seconds: seconds(60, 'How often expired messages are collected.'),
    pull_batch_max: integer(256, 'Items in one page.'),
    pull_batch_max_bytes: integer(8_388_608, 'Bodies in one page; a page holds at least one item.'),
    max_inflight_bytes: integer(268_435_456, 'Bodies received and not yet on disk, all doors together.'),
    dedupe_seconds: seconds(86_400, 'A push key is remembered this long after ack or expiry. 0 = only while queued.', 0),
    owner_proof: choice('peer-ids', ['peer-ids', 'registered', 'always'], 'Whose mailboxes ask for a proof of ownership.')
  }),

  registry: section('Registry of handles', {
    enabled: bool(true, 'Serve /registry/1.'),
    allow_sync: bool(false, 'Take identities in bulk from sync_peers.'),
    sync_peers: list('peer-id', 'PeerIds whose /sync is taken.'),
    max_nodes: integer(2048, 'Listed nodes.'),
    verify_nodes: bool(true, 'A node is dialled or fetched before it is listed.'),
    allow_private_nodes: bool(false, 'true: for LANs and tests.'),
    envelope: section('Keys of the registry\'s envelopes', {
      pepper_hex: text('', 'hex-32', 'Empty: made on first start and kept in storage. Clients need it.', { allowEmpty: true, secret: true }),
      keys: envelopeKeys('Empty: made on first start and kept in storage. Else [{ kid_hex, x25519_private_key_hex, active, not_after_epoch_ms }].')
    }),
    presence: section('Presence', {
      ttl_seconds: seconds(300, 'How long an announce holds.'),
      gc_interval_seconds: seconds(60, 'How often stale entries are collected.')
    }),
    pow: section('Proof of work', {
      enabled: bool(false, 'Ask for it on resolve, check_user and presence, and under load on register and announce.'),
      difficulty: integer(18, 'Leading zero bits.', { max: 30 }),
      ttl_seconds: seconds(120, 'How long a challenge holds.')
    })
  }),

  http: section('HTTP door', {
    enabled: bool(true, 'Serve HTTP.'),
    address: text('127.0.0.1:8080', 'host-port', 'Where the public calls are served.'),
    mode: choice('http', ['http', 'tls'], '"tls" needs [http.tls].'),
    behind_tls_proxy: bool(false, 'Must be true to serve plain HTTP on a public address.'),
    trusted_proxies: list('cidr', 'CIDRs whose X-Forwarded-For is believed.'),
    public_hosts: list('host', 'Host values under which a PeerId proof is taken.'),
    cors_origins: list('origin', '"*" or origins.'),
    max_connections: integer(10_000, 'HTTP connections open at once.'),
    header_timeout_secs: seconds(5, 'For a request\'s head.'),
    body_timeout_secs: seconds(60, 'For a request\'s body.'),
    idle_timeout_secs: seconds(65, 'Between two requests.'),
    tls: section('TLS of the HTTP door', {
      cert_pem_path: text('', 'path', 'Certificate chain.', { allowEmpty: true }),
      key_pem_path: text('', 'path', 'Private key.', { allowEmpty: true }),
      client_ca_pem_path: text('', 'path', 'Set: client certificates are required.', { allowEmpty: true })
    })
  }),

  rate_limit: section('One set of limits for HTTP and libp2p', {
    enabled: bool(true, 'Limit calls.'),
    per_ip_rps: integer(20, 'Calls a second per caller: IPv4 address, IPv6 /64.'),
    burst: integer(40, 'Calls at once.'),
    ban_after: integer(40, 'Refused calls in a row on one bucket that end in a ban. 1 = as enigma-relay.'),
    ban_seconds: seconds(300, 'How long a ban holds.'),
    endpoints: section('Per call group', {
      push_rps: integer(10, 'Mailbox push.'),
      pull_rps: integer(5, 'Mailbox pull and subscribe.'),
      ack_rps: integer(10, 'Mailbox ack.'),
      register_rps: integer(1, 'Registry register, update, remove.'),
      resolve_rps: integer(3, 'Registry resolve and presence.'),
      check_user_rps: integer(10, 'Registry check_user.'),
      reserve_rps: integer(10, 'Circuit relay RESERVE; does not charge per_ip_rps.'),
      connect_rps: integer(50, 'Circuit relay CONNECT; does not charge per_ip_rps.')
    })
  }),

  ops: section('Address for operators', {
    enabled: bool(true, 'Serve health, readiness and metrics.'),
    address: text('127.0.0.1:8081', 'host-port', 'Keep it private.'),
    metrics_token: text('', 'plain', 'Bearer token for /metrics. "" = none.', { allowEmpty: true, secret: true })
  })
})

/** The effective configuration, in the shape and with the names of `relay.toml`. */
export type Config = ValueOf<typeof schema>

/** The same with every section and key optional: what `createNode` takes. */
export type PartialConfig = { [S in keyof Config]?: PartialSection<Config[S]> }

type PartialSection<S> = { [K in keyof S]?: S[K] extends unknown[] ? S[K] : S[K] extends object ? PartialSection<S[K]> : S[K] }
