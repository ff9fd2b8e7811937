import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { decodeBytes, encodeBytes, formatParams, newChallenge, parseParams } from '../../http/peer-id-auth/params.js'
import { clientProof, serverProof } from '../../http/peer-id-auth/signed-data.js'
import { protocolError } from '../errors.js'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export interface ProofInit {
  privateKey: PrivateKey
  /** Of the URL, with its port when it has one. */
  host: string
  /** Whom the node must prove to be. @default whoever it proves to be first */
  node?: PeerId
}

interface OpenProof {
  readonly authorization: string
  readonly challenge: string
  readonly serverKey: Uint8Array
}

/** The client's half of libp2p/specs http/peer-id-auth.md: both ends prove who they are. */
export class Proof {
  readonly #init: ProofInit
  readonly #publicKey: Uint8Array
  #node?: PeerId
  /** What proves it from now on. */
  #bearer?: string

  constructor (init: ProofInit) {
    this.#init = init
    this.#publicKey = publicKeyToProtobuf(init.privateKey.publicKey)
    this.#node = init.node
  }

  /** The header Authorization of a request that needs no challenge. */
  get authorization (): string | undefined {
    return this.#bearer == null ? undefined : formatParams({ bearer: this.#bearer })
  }

  /** The node did not take it any more. */
  forget (): void {
    this.#bearer = undefined
  }

  /** Answers the header WWW-Authenticate. @throws ClientError `protocol_error` */
  async answer (header: string): Promise<OpenProof> {
    const { privateKey, host } = this.#init
    const params = parseParams(header)
    const serverKey = decodeBytes(params?.get('public-key'))
    const theirs = params?.get('challenge-client')
    const opaque = params?.get('opaque')

    if (serverKey == null || theirs == null || opaque == null) {
      throw protocolError('the node asks for a proof that is not known here')
    }

    const challenge = newChallenge()
    const sig = await privateKey.sign(clientProof(host, serverKey, theirs))

    return {
      authorization: formatParams({ 'public-key': encodeBytes(this.#publicKey), opaque, 'challenge-server': challenge, sig: encodeBytes(sig) }),
      challenge,
      serverKey
    }
  }

  /** Checks the header Authentication-Info. @throws ClientError `protocol_error` when the node does not prove who it is */
  async check (header: string | null, { challenge, serverKey }: OpenProof): Promise<void> {
    const params = parseParams(header ?? '')
    const signature = decodeBytes(params?.get('sig'))

    try {
      const key = publicKeyFromProtobuf(serverKey)
      const node = peerIdFromPublicKey(key)

      if (signature != null && (this.#node?.equals(node) ?? true) && await key.verify(serverProof(this.#init.host, this.#publicKey, challenge), signature)) {
        this.#node = node
        this.#bearer = params?.get('bearer')
        return
      }
    } catch {
      // no key, or no signature
    }

    throw protocolError('the node does not prove who it is')
  }
}
