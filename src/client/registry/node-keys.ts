import { equals } from 'uint8arrays/equals'
import { EnigmaError } from '../../errors.js'
import { openEnvelope, sealEnvelope } from '../../registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../registry/crypto/key-agreement.js'
import { readIdentityOf } from '../../registry/read-identity.js'
import { KEY_BYTES, KID_BYTES, PEPPER_BYTES } from '../../registry/sizes.js'
import { protocolError } from '../errors.js'
import { Shared } from '../shared.js'
import type { SealedEnvelope } from '../../registry/crypto/envelope.js'
import type { KeyAgreement } from '../../registry/crypto/key-agreement.js'
import type { PublicIdentity } from '../../registry/identity.js'
import type { NodeKey } from './carrier.js'

/** The node's envelope keys as it told them: seals to the one in use, opens what is from any of them. */
export class NodeKeys {
  readonly #keys: readonly NodeKey[]
  readonly #active: NodeKey
  readonly #pepper: Uint8Array

  /** @throws ClientError `protocol_error` */
  constructor ({ keys: told, pepper }: { keys: readonly NodeKey[], pepper: Uint8Array }) {
    // parts of a frame
    const keys = told.map(({ kid, publicKey, active }) => ({ kid: Uint8Array.from(kid), publicKey: Uint8Array.from(publicKey), active }))
    // the node lists what is over as inactive: this end's clock has no say
    const active = keys.find(key => key.active)

    if (active == null || pepper.byteLength !== PEPPER_BYTES || keys.some(({ kid, publicKey }) => kid.byteLength !== KID_BYTES || publicKey.byteLength !== KEY_BYTES)) {
      throw protocolError('the node has no envelope key in use, or one that is none')
    }

    this.#keys = keys
    this.#active = active
    this.#pepper = Uint8Array.from(pepper)
  }

  /** With a key that is used once. */
  seal (userId: Uint8Array, json: Uint8Array): SealedEnvelope {
    try {
      return sealEnvelope(json, { own: ephemeralKeyAgreement(), pepper: this.#pepper, userId, to: this.#active.publicKey, kid: this.#active.kid })
    } catch (err) {
      throw asProtocolError('nothing can be sealed to the node\'s key', err)
    }
  }

  /**
   * What the node has sealed for this key: an identity of this user, and nothing else.
   *
   * @throws ClientError `protocol_error`
   */
  open (envelope: SealedEnvelope, userId: Uint8Array, own: KeyAgreement): PublicIdentity {
    let json: Uint8Array

    if (!this.#keys.some(({ kid, publicKey }) => equals(kid, envelope.kid) && equals(publicKey, envelope.senderPublicKey))) {
      throw protocolError('the node answers with a key that it does not list')
    }

    try {
      json = openEnvelope(envelope, { own, pepper: this.#pepper, userId })
    } catch (err) {
      throw asProtocolError('what the node has sealed cannot be opened: its keys, or the pepper, are others', err)
    }

    try {
      return readIdentityOf(userId, json)
    } catch (err) {
      throw asProtocolError('what the node has under this user id is no identity of it', err)
    }
  }
}

/** Asked for once, and again when they are too old or of no use any more. */
export class NodeKeyCache {
  readonly #maxAgeMs: number
  readonly #now: () => number
  readonly #asking: Shared<NodeKeys>
  #known?: { readonly keys: NodeKeys, readonly sinceMs: number }

  /** @param now monotonic, in milliseconds */
  constructor (maxAgeMs: number, ask: (signal: AbortSignal) => Promise<{ keys: readonly NodeKey[], pepper: Uint8Array }>, now: () => number = () => performance.now()) {
    this.#maxAgeMs = maxAgeMs
    this.#now = now
    this.#asking = new Shared(async signal => {
      const sinceMs = this.#now()
      const keys = new NodeKeys(await ask(signal))

      this.#known = { keys, sinceMs }

      return keys
    })
  }

  async get (signal: AbortSignal): Promise<NodeKeys> {
    if (this.#known != null && this.#now() - this.#known.sinceMs < this.#maxAgeMs) {
      return this.#known.keys
    }

    return await this.#asking.join(signal)
  }

  /** Others may have got new ones meanwhile: those stay. */
  drop (keys: NodeKeys): void {
    if (this.#known?.keys === keys) {
      this.#known = undefined
    }
  }
}

function asProtocolError (message: string, err: unknown): unknown {
  return err instanceof EnigmaError ? protocolError(message, { cause: err }) : err
}
