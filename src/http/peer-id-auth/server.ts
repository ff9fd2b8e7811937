import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { LRUCache } from 'lru-cache'
import { decodeBytes, encodeBytes, formatParams, newChallenge, parseParams } from './params.js'
import { Sealer } from './sealed.js'
import { clientProof, serverProof } from './signed-data.js'
import type { PeerId, PrivateKey, PublicKey } from '@libp2p/interface'

export interface PeerIdAuthInit {
  privateKey: PrivateKey
  /** Wall clock in milliseconds. @default Date.now */
  now?: () => number
}

export type AuthVerdict =
  /** `info` is for the header Authentication-Info. */
  | { readonly peerId: PeerId, readonly info?: string }
  /** Nothing is proven: for the header WWW-Authenticate. */
  | { readonly peerId?: undefined, readonly challenge: string }

/** From a challenge to its answer. */
const CHALLENGE_MS = 60_000
const BEARER_MS = 3600_000
const MAX_CHALLENGE_CHARS = 512
const MAX_KEY_BYTES = 1024
/** Answered challenges that are remembered until they are over: each was proven with a signature. */
const MAX_ANSWERED = 65_536

/**
 * The server's half of libp2p/specs http/peer-id-auth.md. Keeps no state for those who have proven nothing. A host name must have been
 * looked at before: whoever signs for another server gets nothing here.
 */
export class PeerIdAuth {
  readonly #privateKey: PrivateKey
  readonly #publicKey: Uint8Array
  readonly #now: () => number
  readonly #sealer = new Sealer()
  readonly #answered: LRUCache<string, true>

  constructor ({ privateKey, now = Date.now }: PeerIdAuthInit) {
    this.#privateKey = privateKey
    this.#publicKey = publicKeyToProtobuf(privateKey.publicKey)
    this.#now = now
    this.#answered = new LRUCache({ max: MAX_ANSWERED })
  }

  /** For a request that proves nothing. */
  challenge (hostname: string): string {
    return this.#challenge(hostname, {})
  }

  /** Looks at an Authorization header of this scheme. Never rejects. */
  async authenticate (header: string, hostname: string): Promise<AuthVerdict> {
    const params = parseParams(header)
    const bearer = params?.get('bearer')

    if (params == null) {
      return { challenge: this.challenge(hostname) }
    }

    if (bearer != null) {
      return this.#bearer(bearer, hostname)
    }

    if (params.has('opaque') || params.has('sig')) {
      return await this.#proof(params, hostname)
    }

    return await this.#answerClient(params, hostname)
  }

  #challenge (hostname: string, more: Readonly<Record<string, string>>, clientKey?: string): string {
    const challenge = newChallenge()
    const opaque = this.#sealer.seal('opaque', { c: challenge, h: hostname, t: this.#now(), ...(clientKey == null ? {} : { k: clientKey }) })

    return formatParams({ 'challenge-client': challenge, 'public-key': encodeBytes(this.#publicKey), ...more, opaque })
  }

  /** The client began: it gets its signature, and its own challenge. */
  async #answerClient (params: Map<string, string>, hostname: string): Promise<AuthVerdict> {
    const client = parseKey(params.get('public-key'))
    const theirs = parseChallenge(params.get('challenge-server'))

    if (client == null || theirs == null) {
      return { challenge: this.challenge(hostname) }
    }

    return { challenge: this.#challenge(hostname, { sig: await this.#sign(hostname, client, theirs) }, encodeBytes(client.bytes)) }
  }

  async #proof (params: Map<string, string>, hostname: string): Promise<AuthVerdict> {
    const refused = { challenge: this.challenge(hostname) }
    const opaque = this.#sealer.open('opaque', params.get('opaque') ?? '')
    const signature = decodeBytes(params.get('sig'))
    const challenge = opaque?.c

    if (opaque == null || signature == null || typeof challenge !== 'string' || opaque.h !== hostname || !this.#isWithin(opaque.t, CHALLENGE_MS) || this.#answered.has(challenge)) {
      return refused
    }

    // a client that began has named its key before, and has had its answer
    const began = typeof opaque.k === 'string'
    const client = parseKey(began ? String(opaque.k) : params.get('public-key'))
    const theirs = began ? undefined : parseChallenge(params.get('challenge-server'))

    if (client == null || (!began && theirs == null) || !await isSignedBy(client.key, clientProof(hostname, this.#publicKey, challenge), signature)) {
      return refused
    }

    // looked at again: another request may have brought the same proof meanwhile
    if (this.#answered.has(challenge)) {
      return refused
    }

    this.#answered.set(challenge, true)

    const sig: Record<string, string> = theirs == null ? {} : { sig: await this.#sign(hostname, client, theirs) }
    const now = this.#now()
    const bearer = this.#sealer.seal('bearer', { k: encodeBytes(client.bytes), h: hostname, t: now })

    return { peerId: client.peerId, info: formatParams({ ...sig, bearer, expires: new Date(now + BEARER_MS).toISOString() }) }
  }

  #bearer (text: string, hostname: string): AuthVerdict {
    const bearer = this.#sealer.open('bearer', text)
    const client = typeof bearer?.k === 'string' ? parseKey(bearer.k) : undefined

    if (bearer == null || client == null || bearer.h !== hostname || !this.#isWithin(bearer.t, BEARER_MS)) {
      return { challenge: this.challenge(hostname) }
    }

    return { peerId: client.peerId }
  }

  /** A clock that went back makes nothing last longer. */
  #isWithin (time: unknown, ms: number): boolean {
    const age = this.#now() - Number(time)

    return age >= 0 && age < ms
  }

  async #sign (hostname: string, client: { bytes: Uint8Array }, challenge: string): Promise<string> {
    return encodeBytes(await this.#privateKey.sign(serverProof(hostname, client.bytes, challenge)))
  }
}

interface ClientKey {
  readonly key: PublicKey
  readonly bytes: Uint8Array
  readonly peerId: PeerId
}

function parseKey (text: string | undefined): ClientKey | undefined {
  const bytes = decodeBytes(text)

  if (bytes == null || bytes.byteLength > MAX_KEY_BYTES) {
    return undefined
  }

  try {
    const key = publicKeyFromProtobuf(bytes)

    // not every type of key makes one
    return { key, bytes, peerId: peerIdFromPublicKey(key) }
  } catch {
    return undefined
  }
}

function parseChallenge (text: string | undefined): string | undefined {
  return text != null && text.length > 0 && text.length <= MAX_CHALLENGE_CHARS ? text : undefined
}

async function isSignedBy (key: PublicKey, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    return await key.verify(data, signature)
  } catch {
    return false
  }
}
