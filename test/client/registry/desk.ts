import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ANSWERED, answerTo } from '../../../src/registry/answers.js'
import { RegistryRules } from '../../../src/registry/registry.js'
import { toRegistryError } from '../../../src/registry/errors.js'
import { REGISTRY_PROTOCOL, decodeRequest } from '../../../src/registry/wire/requests.js'
import { encodeResponse } from '../../../src/registry/wire/responses.js'
import { memoryStore } from '../../../src/storage/index.js'
import { createClientNode } from '../../support/nodes.js'
import { RawStream } from '../../support/raw-stream.js'
import type { RegistryCallName, RegistryCaller, RegistryRequest, RegistryResponse, RegistryRulesInit } from '../../../src/registry/index.js'
import type { ClientRig } from '../rig.js'
import type { Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const CALLS = Object.keys(ANSWERED) as RegistryCallName[]

type Result = Omit<RegistryResponse, 'id'>

export interface Asked {
  readonly request: RegistryRequest
  readonly stream: Stream
  /** What the rules say to it. */
  honest: () => Promise<Result>
  answer: (result: Result, id?: bigint) => void
}

/** A libp2p node with the registry's own rules, whose door does what a test wants: loses answers, or lies. */
export interface Desk {
  readonly addr: Multiaddr
  readonly rules: RegistryRules
  /** All that it was asked, by the name of the call. */
  readonly asked: RegistryCallName[]
}

/** @param clerk @default answers what the rules say */
export async function createDesk (rig: ClientRig, clerk: (asked: Asked) => Promise<void> = async ({ honest, answer }) => { answer(await honest()) }, init: Partial<RegistryRulesInit> = {}): Promise<Desk> {
  const node = await createClientNode({ listen: ['/ip4/127.0.0.1/tcp/0'] })
  const store = await memoryStore()
  const rules = new RegistryRules({ store, privateKey: await generateKeyPair('Ed25519'), ...init })
  const asked: RegistryCallName[] = []

  await rules.start()
  rig.onStop(async () => {
    await node.stop()
    await rules.stop()
    await store.close()
  })
  await node.handle(REGISTRY_PROTOCOL, (stream, connection) => {
    const raw = new RawStream(stream)
    const serve = async (): Promise<void> => {
      while (true) {
        const request = decodeRequest(await raw.frame(600_000))
        const name = CALLS.find(call => request[call] != null) ?? assert.fail('a request has no call')
        const caller: RegistryCaller = { peerId: connection.remotePeer, group: 'test', observedAddrs: [connection.remoteAddr.toString()], proofOfWork: request.proofOfWork }

        asked.push(name)
        // pipelined: one that waits holds up no other
        clerk({
          request,
          stream,
          honest: async () => await honest(name, request, rules, caller),
          answer: (result, id = request.id) => { raw.send(encodeResponse({ id, ...result })) }
        }).catch(() => { stream.abort(new Error('the clerk failed')) })
      }
    }

    // it ends with the stream
    serve().catch(() => {})
  }, { maxInboundStreams: 1000 })

  const addr = node.getMultiaddrs()[0]

  assert.ok(addr != null)

  return { addr, rules, asked }
}

async function honest (name: RegistryCallName, request: RegistryRequest, rules: RegistryRules, caller: RegistryCaller): Promise<Result> {
  try {
    return await answerTo(name, request, rules, caller) ?? assert.fail('it has this call')
  } catch (err) {
    const { code, message, retryAfterMs, details } = toRegistryError(err)

    return { failure: { code, message, retryAfterMs, details: new Map(Object.entries(details)) } }
  }
}
