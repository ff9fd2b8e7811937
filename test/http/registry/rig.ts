import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ClientInitiatedHandshake } from '@libp2p/http-peer-id-auth'
import { ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { RegistryRules } from '../../../src/registry/registry.js'
import { memoryStore } from '../../../src/storage/index.js'
import { HttpRig, call, errorOf, post } from '../rig.js'
import { open } from './person.js'
import type { RegistryRulesInit } from '../../../src/registry/index.js'
import type { Answer, DoorOptions, TestDoor } from '../rig.js'
import type { EnvelopeJson, Person } from './person.js'
import type { Store } from '../../../src/storage/index.js'
import type { PrivateKey } from '@libp2p/interface'

export interface RegistryDoorOptions extends Omit<DoorOptions, 'rules' | 'registry'> {
  rules?: Partial<RegistryRulesInit> & { store?: Store }
}

export interface RegistryDoor extends TestDoor {
  readonly registry: RegistryRules
}

/** Makes doors on a registry of their own, with real rules, on a store in memory unless one is given: they close it. */
export class RegistryRig {
  readonly #rig = new HttpRig()

  async door ({ rules, ...options }: RegistryDoorOptions = {}): Promise<RegistryDoor> {
    const store = rules?.store ?? await memoryStore()
    const registry = new RegistryRules({ privateKey: await generateKeyPair('Ed25519'), ...rules, store })

    await registry.start()
    this.#rig.onStop(async () => {
      await registry.stop()
      await store.close()
    })

    return { ...await this.#rig.door({ mailbox: null, ...options, registry: { registry } }), registry }
  }

  onStop (stop: () => Promise<void>): void {
    this.#rig.onStop(stop)
  }

  /** A door that has no registry. */
  async without (): Promise<TestDoor> {
    return await this.#rig.door()
  }
}

/** Refused with exactly this. */
export function assertRefused (answer: Answer, status: number, code: string, message?: string | RegExp): void {
  assert.deepEqual([answer.status, errorOf(answer).code], [status, code], answer.text)
  assert.equal(answer.headers.get('content-type'), 'application/json')

  if (message instanceof RegExp) {
    assert.match(errorOf(answer).message, message)
  } else if (message != null) {
    assert.equal(errorOf(answer).message, message)
  }
}

/** What is registered under a handle, as whoever asks reads it. */
export async function resolve (door: RegistryDoor, { handle, userId }: Pick<Person, 'handle' | 'userId'>, headers: Record<string, string> = {}): Promise<string | undefined> {
  const own = ephemeralKeyAgreement()
  const answer = await post(door, '/resolve', { handle, requester_ephemeral_pubkey_hex: Buffer.from(own.publicKey).toString('hex') }, headers)

  assert.equal(answer.status, 200, answer.text)

  return answer.json.envelope == null ? undefined : open(door.registry.keys(), userId, own, answer.json.envelope as EnvelopeJson)
}

/** The header that proves this peer. */
export async function proven ({ url }: Pick<TestDoor, 'url'>, privateKey: PrivateKey): Promise<{ authorization: string }> {
  const handshake = new ClientInitiatedHandshake(privateKey, new URL(url).host)
  const ask = async (authorization: string): Promise<Answer> => await call(`${url}/nodes`, { headers: { authorization } })
  const challenged = await ask(handshake.getChallenge())
  const answer = await ask(await handshake.verifyServer(challenged.headers.get('www-authenticate') ?? ''))

  assert.equal(answer.status, 200, answer.text)

  return { authorization: handshake.decodeBearerToken(answer.headers.get('authentication-info') ?? '') }
}
