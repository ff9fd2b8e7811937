import { keyJson } from '../../registry/index.js'
import { base64Text, hexText } from './spellings.js'
import type { Challenged, Keys, Nodes, Present, Resolved, SealedEnvelope } from '../../registry/index.js'

/** Answers as text: the order of the fields is part of the contract, and clients refuse any field more (specs/registry.md, 8.2). */

export const OK = '{"ok":true}'

export function resolveAnswer (handle: string, { envelope }: Resolved): string {
  return `{"handle":${JSON.stringify(handle)},"envelope":${envelope == null ? 'null' : envelopeAnswer(envelope)}}`
}

export function presenceAnswer ({ entries }: Present): string {
  return JSON.stringify({ entries: entries.map(({ peerId, addrs, ageMs }) => ({ peer_id: hexText(peerId), addrs, age_ms: ageMs })) })
}

/** Those that a client of HTTP can use. */
export function nodesAnswer ({ nodes }: Nodes): string {
  return JSON.stringify({ nodes: nodes.filter(({ address }) => isBaseUrl(address)).map(({ address }) => ({ base_url: address })) })
}

export function keysAnswer ({ keys }: Keys): string {
  return JSON.stringify(keys.map(keyJson))
}

export function keyAnswer (key: Keys['keys'][number]): string {
  return JSON.stringify(keyJson(key))
}

/** With the time a second time, under the name that the messenger reads (8.2). */
export function challengeAnswer ({ challenge, difficulty, expiresMs }: Challenged): string {
  return `{"challenge":"${challenge}","difficulty":${difficulty},"expires_ms":${expiresMs},"_expires_ms":${expiresMs}}`
}

export function isBaseUrl (address: string): boolean {
  return address.startsWith('http://') || address.startsWith('https://')
}

function envelopeAnswer ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): string {
  return `{"kid":"${hexText(kid)}","sender_pubkey":"${hexText(senderPublicKey)}","nonce":"${hexText(nonce)}","ciphertext":"${base64Text(ciphertext)}"}`
}
