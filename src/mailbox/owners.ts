import { MailboxError, toMailboxError } from './errors.js'
import { VERBS } from './grant-record.js'
import { isPeerOf, openGrant } from './grants.js'
import type { MailboxClock } from './clock.js'
import type { Verb } from './grant-record.js'
import type { Grant } from './grants.js'
import type { IdentityLookup, MailboxCaller } from './index.js'
import type { MailboxName } from './names.js'
import type { OwnerProof } from './options.js'
import type { PeerId, PublicKey } from '@libp2p/interface'

export interface OwnersInit {
  ownerProof: OwnerProof
  identities?: IdentityLookup
  clock: MailboxClock
}

/** Who may do what with a mailbox that holds what was sent to somebody (design.md, "Identity and ownership"). */
export class Owners {
  readonly #init: OwnersInit

  constructor (init: OwnersInit) {
    this.#init = init
  }

  /**
   * @returns until when it holds, in Unix milliseconds; Infinity for an owner
   * @throws MailboxError `not_owner`
   */
  async authorize (name: MailboxName, verb: Verb, caller: MailboxCaller): Promise<number> {
    const { peerId } = caller

    if (name.peerId != null && peerId != null && name.peerId.equals(peerId)) {
      return Infinity
    }

    if (name.peerId == null && await this.#isOpen(name)) {
      return Infinity
    }

    let until = 0

    for (const grant of caller.grants) {
      const isMeant = grant.mailbox.canonical === name.canonical && grant.verbs.has(VERBS[verb]) && peerId?.equals(grant.grantee) === true

      // an identity may have got another key since the grant was shown
      if (isMeant && grant.expiresMs > Math.max(until, this.#init.clock.now()) && await this.#isOwner(grant)) {
        until = grant.expiresMs
      }
    }

    if (until === 0) {
      throw new MailboxError('not_owner', 'this mailbox is somebody else\'s')
    }

    return until
  }

  /**
   * Checks what a caller shows.
   *
   * @throws MailboxError `invalid_input` for what is no grant, `not_owner` for one that is of no use to this caller
   */
  async accept (envelope: Uint8Array, peerId: PeerId | undefined): Promise<Grant> {
    const grant = await openGrant(envelope, this.#init.clock.now())

    if (grant.expiresMs <= this.#init.clock.now()) {
      throw new MailboxError('not_owner', 'the grant is over')
    }

    if (peerId?.equals(grant.grantee) !== true) {
      throw new MailboxError('not_owner', 'the grant is for somebody else')
    }

    if (!await this.#isOwner(grant)) {
      throw new MailboxError('not_owner', 'the grant is not signed by the mailbox\'s owner')
    }

    return grant
  }

  /** Whoever knows the name of a mailbox that is nobody's may do everything. */
  async #isOpen (name: MailboxName): Promise<boolean> {
    switch (this.#init.ownerProof) {
      case 'peer-ids': return true
      case 'registered': return !name.isHandle || await this.#boundKey(name) == null
      case 'always': return false
    }
  }

  async #isOwner ({ mailbox, signer }: Grant): Promise<boolean> {
    if (mailbox.peerId != null) {
      return isPeerOf(signer, mailbox.peerId)
    }

    const key = mailbox.isHandle ? await this.#boundKey(mailbox) : undefined

    return key?.equals(signer) === true
  }

  async #boundKey ({ canonical }: MailboxName): Promise<PublicKey | undefined> {
    try {
      return await this.#init.identities?.lookup(canonical)
    } catch (err) {
      throw toMailboxError(err)
    }
  }
}
