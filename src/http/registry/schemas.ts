import { Type } from '../type.js'
import { optional, u64 } from '../schema.js'
import type { Static, TProperties } from 'typebox'

/** The shapes of the registry's calls (specs/registry.md, Part I, 2.1 and 3): no field more, at any level. What they mean is checked by the rules. */

function strict<T extends TProperties> (fields: T): ReturnType<typeof buildStrict<T>> {
  return buildStrict(fields)
}

function buildStrict<T extends TProperties> (fields: T) {
  return Type.Object(fields, { additionalProperties: false })
}

export const Handle = Type.String({ description: '64 hex: the user id.' })
const UserId = Type.String({ description: 'The user id.', pattern: '^[0-9a-fA-F]{64}$' })

export const ProofOfWorkHeader = Type.String({ description: 'The solution of a challenge of GET /pow/challenge, where the node asks for one: `<challenge>:<solution>`.' })

const Envelope = strict({
  kid: Type.String({ description: '16 hex: which of the node\'s keys it is for, or from.' }),
  sender_pubkey: Type.String({ description: '64 hex, X25519.' }),
  nonce: Type.String({ description: '48 hex.' }),
  ciphertext: Type.String({ description: 'Standard base64; a request may leave out the padding.', contentEncoding: 'base64' })
})

const Proof = strict({
  signature: Type.String({ description: '128 hex, Ed25519, by the identity\'s signing key.', pattern: '^[0-9a-fA-F]{128}$' }),
  issued_ms: u64('Unix milliseconds, at most five minutes off.')
})

export const RegisterRequest = strict({
  handle: Handle,
  envelope: Envelope,
  proof: optional(Proof)
})

export const OkAnswer = strict({ ok: Type.Literal(true) })

export const UpdateRequest = strict({
  user_id: UserId,
  envelope: Envelope,
  proof: optional(Proof),
  new_key_proof: optional(Proof)
})

export const UpdateAnswer = strict({ bound: Type.Boolean({ description: 'Only its signing key can change it from now on.' }) })

export const RemoveRequest = strict({
  user_id: UserId,
  proof: optional(Proof)
})

export const RemoveAnswer = strict({ existed: Type.Boolean() })

export const ResolveRequest = strict({
  handle: Handle,
  requester_ephemeral_pubkey_hex: Type.String({ description: '64 hex, X25519: what the answer is sealed to.' })
})

export const ResolveAnswer = strict({
  handle: Type.String({ description: 'As it was sent.' }),
  envelope: Type.Union([Envelope, Type.Null()], { description: 'Null: nobody is registered under it.' })
})

export const CheckUserAnswer = strict({ exists: Type.Boolean() })

export const AnnounceRequest = strict({
  user_id: UserId,
  addr: Type.String({ description: 'Free text, 1 to 256 bytes.' }),
  ts_ms: u64('Unix milliseconds, 1 or more. The future counts as now.'),
  readable: optional(Type.Boolean({ description: 'Others may read it.' })),
  proof: optional(Proof)
})

export const PresenceRequest = strict({ user_id: UserId })

export const PresenceAnswer = strict({
  entries: Type.Array(strict({
    peer_id: Type.String({ description: 'Hex of the PeerId\'s multihash; empty when none was proven.' }),
    addrs: Type.Array(Type.String()),
    age_ms: u64('Since the announce.')
  }), { description: 'The newest first.' })
})

const Bytes = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { description: 'One byte or more.' })

const Identity = strict({
  user_id: UserId,
  username_hint: optional(Type.String()),
  signing_public_key: Bytes,
  encryption_public_key: Bytes,
  signature: Bytes,
  created_at_ms: u64('Unix milliseconds.')
})

export const SyncRequest = strict({ identities: Type.Array(Identity, { description: 'At most 1000.' }) })

export const MergedAnswer = strict({ merged: u64('How many were new.') })

const Node = strict({ base_url: Type.String({ description: '`http://…` or `https://…`, 1 to 256 bytes.' }) })

export const NodesRequest = strict({ nodes: Type.Array(Node, { description: 'The first 64 are looked at.' }) })
export const NodesAnswer = strict({ nodes: Type.Array(Node) })

export const KeyAnswer = strict({
  kid_hex: Type.String(),
  x25519_public_key_hex: Type.String(),
  active: Type.Boolean(),
  not_after_epoch_ms: Type.Optional(u64('Left out: no end.'))
})

export const KeysAnswer = Type.Array(KeyAnswer)

export const ChallengeAnswer = strict({
  challenge: Type.String(),
  difficulty: Type.Integer({ description: 'Zero bits at the begin of SHA-256 over the text of challenge and solution.', minimum: 0 }),
  expires_ms: u64('Unix milliseconds.'),
  _expires_ms: u64('The same.')
})

export type EnvelopeBody = Static<typeof Envelope>
export type ProofBody = Static<typeof Proof>
export type IdentityBody = Static<typeof Identity>
export type RegisterBody = Static<typeof RegisterRequest>
export type UpdateBody = Static<typeof UpdateRequest>
export type RemoveBody = Static<typeof RemoveRequest>
export type ResolveBody = Static<typeof ResolveRequest>
export type AnnounceBody = Static<typeof AnnounceRequest>
export type PresenceBody = Static<typeof PresenceRequest>
export type SyncBody = Static<typeof SyncRequest>
export type NodesBody = Static<typeof NodesRequest>
