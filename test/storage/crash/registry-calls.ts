import assert from 'node:assert/strict'
import { openEnvelope } from '../../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { codeOf } from '../../registry/service-rig.js'
import { PRESENCE_TTL_MS } from './registry-book.js'
import { goneWith } from './unanswered.js'
import type { Call, Talk } from '../../registry/service-rig.js'
import type { Handle, Prize } from './handles.js'
import type { RegistryBook } from './registry-book.js'
import type { RegistryResponse } from '../../../src/registry/index.js'
import type { PeerId } from '@libp2p/interface'

/** To resolve: making one takes longer than the call. */
const OWN = ephemeralKeyAgreement()

/** One of 8: its own handles through their lives, what others want too, and passers-by. @throws Unanswered when the node goes away */
export async function registryWriter (book: RegistryBook, writer: number, peerId: PeerId, talk: Talk): Promise<never> {
  const { keys } = await ask(talk, { envelopeKeys: {} })
  let lastIssuedMs = 0

  assert.ok(keys != null)
  book.onKeys(keys)

  for (let n = 0; ; n++) {
    const prize = book.prize()

    lastIssuedMs = Math.max(Date.now(), lastIssuedMs + 1)
    contend(book, writer, await talk.ask(prize.begin(writer, lastIssuedMs, { peerId, ...book.keys() })), prize)

    for (const handle of book.handlesOf(writer)) {
      if (n % 4 === 0) {
        await resolve(book, handle, talk)
      }

      const { step } = handle

      handle.answered(await ask(talk, handle.begin({ peerId, ...book.keys() })))
      book.onAnswered(step)
    }

    const { atMs, ...passer } = book.passer()

    await ask(talk, { announce: { ...passer, atMs, readable: false } })
    book.onPassed({ ...passer, expiresMs: atMs + PRESENCE_TTL_MS })
  }
}

function contend (book: RegistryBook, writer: number, response: RegistryResponse, prize: Prize): void {
  const code = codeOf(response)

  if (code !== 'ok' && code !== 'conflict') {
    goneWith(code, prize.name)
  }

  prize.answered(writer, code)
  book.contested++
  book.refused += code === 'conflict' ? 1 : 0
}

/** As anybody would: by the door, with the node's keys. */
async function resolve (book: RegistryBook, { name, userId, stands }: Handle, talk: Talk): Promise<void> {
  const { resolved } = await ask(talk, { resolve: { userId, requesterPublicKey: OWN.publicKey } })
  const found = resolved?.envelope == null ? '' : Buffer.from(openEnvelope(resolved.envelope, { own: OWN, pepper: book.keys().keys.pepper, userId })).toString()

  assert.equal(found, stands.json, `${name} resolves to something else than was answered`)
  book.resolved++
}

async function ask (talk: Talk, call: Call): Promise<RegistryResponse> {
  const response = await talk.ask(call)

  if (response.failure != null) {
    goneWith(codeOf(response), Object.keys(call).join())
  }

  return response
}
