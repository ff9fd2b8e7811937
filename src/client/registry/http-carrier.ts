import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { ClientError, protocolError } from '../errors.js'
import { HttpCalls } from '../http/calls.js'
import { Fields } from '../http/fields.js'
import { Proof } from '../http/proof.js'
import { parseUrl } from '../http/url.js'
import type { SealedEnvelope } from '../../registry/crypto/envelope.js'
import type { HttpInit } from '../index.js'
import type { AnnounceFields, AttemptOptions, NodeKey, PresenceFields, ProofFields, RegisterFields, RegistryCarrier, UpdateFields } from './carrier.js'

export interface HttpRegistryCarrierInit extends HttpInit {
  /** 32 bytes. */
  pepper: Uint8Array
  timeoutMs: number
}

/** Of an answer: as many nodes as any node lists. */
const MAX_ANSWER_BYTES = 24 * 1024 * 1024

/** The calls of enigma-node-registry, and those beside them. With a private key each of them proves who calls. */
export class HttpRegistryCarrier implements RegistryCarrier {
  readonly peerId?: Uint8Array
  readonly #calls: HttpCalls
  readonly #pepper: Uint8Array

  /** @throws ClientError `invalid_argument` */
  constructor ({ url, privateKey, node, fetch: ownFetch, pepper, timeoutMs }: HttpRegistryCarrierInit) {
    const base = parseUrl(url)

    this.#pepper = pepper
    this.peerId = privateKey == null ? undefined : peerIdFromPrivateKey(privateKey).toMultihash().bytes
    this.#calls = new HttpCalls({
      url: base.href,
      proof: privateKey == null ? undefined : new Proof({ privateKey, host: base.host, node }),
      fetch: ownFetch,
      timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES
    })
  }

  async register ({ userId, envelope, proof }: RegisterFields, options: AttemptOptions): Promise<{ bound: boolean }> {
    const answer = await this.#post('register', { handle: hexOf(userId), envelope: envelopeJson(envelope), proof: proofJson(proof) }, options)

    if (!answer.flag('ok')) {
      throw protocolError('the node says neither yes nor no')
    }

    return { bound: proof != null }
  }

  async update ({ userId, envelope, proof, newKeyProof }: UpdateFields, options: AttemptOptions): Promise<{ bound: boolean }> {
    const answer = await this.#post('update', { user_id: hexOf(userId), envelope: envelopeJson(envelope), proof: proofJson(proof), new_key_proof: proofJson(newKeyProof) }, options)

    return { bound: answer.boolean('bound') }
  }

  async remove ({ userId, proof }: { userId: Uint8Array, proof: ProofFields }, options: AttemptOptions): Promise<{ existed: boolean }> {
    const answer = await this.#post('remove', { user_id: hexOf(userId), proof: proofJson(proof) }, options)

    return { existed: answer.boolean('existed') }
  }

  async resolve ({ userId, requesterPublicKey }: { userId: Uint8Array, requesterPublicKey: Uint8Array }, options: AttemptOptions): Promise<SealedEnvelope | undefined> {
    const answer = await this.#post('resolve', { handle: hexOf(userId), requester_ephemeral_pubkey_hex: hexOf(requesterPublicKey) }, options)

    if (answer.isNull('envelope')) {
      return undefined
    }

    const envelope = answer.object('envelope')

    return {
      kid: bytesOf(envelope.text('kid'), 'base16'),
      senderPublicKey: bytesOf(envelope.text('sender_pubkey'), 'base16'),
      nonce: bytesOf(envelope.text('nonce'), 'base16'),
      ciphertext: bytesOf(envelope.text('ciphertext'), 'base64pad')
    }
  }

  async checkUser (userId: Uint8Array, options: AttemptOptions): Promise<boolean> {
    return (await this.#get(`check_user/${hexOf(userId)}`, options)).boolean('exists')
  }

  async announce ({ userId, addr, atMs, readable, proof }: AnnounceFields, options: AttemptOptions): Promise<{ expiresMs?: number }> {
    if (addr === '') {
      throw new ClientError('invalid_argument', 'over HTTP the node sees no address that could be announced: give addr')
    }

    // enigma-node-registry knows only the first three
    await this.#post('announce', { user_id: hexOf(userId), addr, ts_ms: atMs, ...(readable ? { readable } : {}), proof: proofJson(proof) }, options)

    return {}
  }

  async presence (userId: Uint8Array, options: AttemptOptions): Promise<PresenceFields[]> {
    const answer = await this.#post('presence', { user_id: hexOf(userId) }, options)

    return answer.list('entries').map(entry => ({ peerId: bytesOf(entry.text('peer_id'), 'base16'), addrs: entry.texts('addrs'), ageMs: entry.number('age_ms') }))
  }

  async nodes (options: AttemptOptions): Promise<string[]> {
    return (await this.#get('nodes', options)).list('nodes').map(node => node.text('base_url'))
  }

  async addNodes (addresses: readonly string[], options: AttemptOptions): Promise<number> {
    return (await this.#post('nodes', { nodes: addresses.map(address => ({ base_url: address })) }, options)).number('merged')
  }

  async sync (identities: readonly Uint8Array[], options: AttemptOptions): Promise<number> {
    const utf8 = new TextDecoder()

    // as they are: their times may be more than a number holds
    return new Fields(await this.#calls.call('sync', { json: `{"identities":[${identities.map(json => utf8.decode(json)).join(',')}]}`, ...callOf(options) })).number('merged')
  }

  async keys (options: AttemptOptions): Promise<{ keys: NodeKey[], pepper: Uint8Array }> {
    const list = await this.#calls.call('envelope_pubkeys', callOf(options))
    const keys = new Fields({ list }).list('list').map(key => ({
      kid: bytesOf(key.text('kid_hex'), 'base16'),
      publicKey: bytesOf(key.text('x25519_public_key_hex'), 'base16'),
      active: key.boolean('active')
    }))

    return { keys, pepper: this.#pepper }
  }

  async challenge (options: AttemptOptions): Promise<{ challenge: string, difficulty: number }> {
    const answer = await this.#get('pow/challenge', options)

    return { challenge: answer.text('challenge'), difficulty: answer.number('difficulty') }
  }

  async close (): Promise<void> {
    // connections are those of fetch
  }

  async #get (path: string, options: AttemptOptions): Promise<Fields> {
    return new Fields(await this.#calls.call(path, callOf(options)))
  }

  async #post (path: string, body: Readonly<Record<string, unknown>>, options: AttemptOptions): Promise<Fields> {
    return new Fields(await this.#calls.call(path, { json: JSON.stringify(body), ...callOf(options) }))
  }
}

function callOf ({ signal, proofOfWork }: AttemptOptions): { signal: AbortSignal, proves: 'always', headers: Record<string, string> } {
  return { signal, proves: 'always', headers: proofOfWork == null ? {} : { 'x-enigma-pow': `${proofOfWork.challenge}:${proofOfWork.solution}` } }
}

function envelopeJson ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): Record<string, string> {
  return { kid: hexOf(kid), sender_pubkey: hexOf(senderPublicKey), nonce: hexOf(nonce), ciphertext: toString(ciphertext, 'base64pad') }
}

/** Left out of the body where there is none: a registry that is not ours refuses fields that it does not know. */
function proofJson (proof: ProofFields | undefined): { signature: string, issued_ms: number } | undefined {
  return proof == null ? undefined : { signature: hexOf(proof.signature), issued_ms: Number(proof.issuedMs) }
}

function hexOf (bytes: Uint8Array): string {
  return toString(bytes, 'base16')
}

function bytesOf (text: string, encoding: 'base16' | 'base64pad'): Uint8Array {
  try {
    return fromString(encoding === 'base16' ? text.toLowerCase() : text, encoding)
  } catch (err) {
    throw protocolError('an answer has bytes that cannot be read', { cause: err })
  }
}
