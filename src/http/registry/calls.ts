import { MAX_ADDED_NODES } from '../../registry/index.js'
import { trimWhiteSpace } from '../../registry/white-space.js'
import { HttpError } from '../errors.js'
import { challengeAnswer, isBaseUrl, keyAnswer, keysAnswer, nodesAnswer, OK, presenceAnswer, resolveAnswer } from './answers.js'
import { callerOf, envelopeOf, identityJsonOf, proofOf } from './parts.js'
import { hexBytes } from './spellings.js'
import type { Registry } from '../../registry/index.js'
import type { CallContext } from '../endpoint.js'
import type { AnnounceBody, NodesBody, PresenceBody, RegisterBody, RemoveBody, ResolveBody, SyncBody, UpdateBody } from './schemas.js'

/** In bytes (specs/registry.md, 3.4). */
const MAX_BASE_URL_BYTES = 256
const NO_BYTES = new Uint8Array(0)

/** The calls of enigma-node-registry, and those beside them: from a body of the right shape to the text of an answer. */
export class RegistryCalls {
  readonly #registry: Registry

  constructor (registry: Registry) {
    this.#registry = registry
  }

  async register ({ handle, envelope, proof }: RegisterBody, context: CallContext): Promise<string> {
    await this.#registry.register({ userId: hexBytes(handle), envelope: envelopeOf(envelope), proof: proofOf(proof) }, callerOf(context))

    return OK
  }

  async update ({ user_id: userId, envelope, proof, new_key_proof: newKeyProof }: UpdateBody, context: CallContext): Promise<string> {
    const request = { userId: hexBytes(userId), envelope: envelopeOf(envelope), proof: proofOf(proof), newKeyProof: proofOf(newKeyProof) }
    const { bound } = await this.#registry.update(request, callerOf(context))

    return `{"bound":${String(bound)}}`
  }

  async remove ({ user_id: userId, proof }: RemoveBody, context: CallContext): Promise<string> {
    const { existed } = await this.#registry.remove({ userId: hexBytes(userId), proof: proofOf(proof) }, callerOf(context))

    return `{"existed":${String(existed)}}`
  }

  async resolve ({ handle, requester_ephemeral_pubkey_hex: requesterKey }: ResolveBody, context: CallContext): Promise<string> {
    return resolveAnswer(handle, await this.#registry.resolve({ userId: hexBytes(handle), requesterPublicKey: hexBytes(requesterKey) }, callerOf(context)))
  }

  async checkUser (context: CallContext): Promise<string> {
    const { exists } = await this.#registry.check({ userId: hexBytes(context.params.handle ?? '') }, callerOf(context))

    return `{"exists":${String(exists)}}`
  }

  async announce ({ user_id: userId, addr, ts_ms: atMs, readable, proof }: AnnounceBody, context: CallContext): Promise<string> {
    await this.#registry.announce({
      userId: hexBytes(userId),
      addr,
      // the future counts as now
      atMs: typeof atMs === 'bigint' ? Number.MAX_SAFE_INTEGER : atMs,
      readable: readable ?? false,
      proof: proofOf(proof)
    }, callerOf(context))

    return OK
  }

  async presence ({ user_id: userId }: PresenceBody, context: CallContext): Promise<string> {
    return presenceAnswer(await this.#registry.presence({ userId: hexBytes(userId) }, callerOf(context)))
  }

  async sync ({ identities }: SyncBody, context: CallContext): Promise<string> {
    const entries = identities.map(identity => ({ identityJson: identityJsonOf(identity), call: '', peerId: NO_BYTES }))
    const { merged } = await this.#registry.sync({ entries }, callerOf(context))

    return mergedAnswer(merged)
  }

  async nodes (): Promise<string> {
    return nodesAnswer(await this.#registry.nodes())
  }

  /** One bad one refuses all; those beyond what is looked at are left out, as the reference does when it is full. */
  async addNodes ({ nodes }: NodesBody, context: CallContext): Promise<string> {
    const addresses = nodes.map(node => trimWhiteSpace(node.base_url))

    if (addresses.some(address => !isBaseUrl(address) || Buffer.byteLength(address) > MAX_BASE_URL_BYTES)) {
      throw new HttpError('invalid_input', 'invalid input: node')
    }

    const { merged } = await this.#registry.addNodes({ nodes: addresses.slice(0, MAX_ADDED_NODES).map(address => ({ address })) }, callerOf(context))

    return mergedAnswer(merged)
  }

  key (): string {
    const active = this.#registry.keys().keys.find(key => key.active)

    if (active == null) {
      throw new HttpError('internal_error', 'internal error', { cause: new Error('no envelope key is active') })
    }

    return keyAnswer(active)
  }

  keys (): string {
    return keysAnswer(this.#registry.keys())
  }

  challenge (context: CallContext): string {
    return challengeAnswer(this.#registry.challenge(callerOf(context)))
  }
}

function mergedAnswer (merged: number): string {
  return `{"merged":${merged}}`
}
