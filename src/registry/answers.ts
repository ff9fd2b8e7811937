import { MAX_CIPHERTEXT_BYTES } from './sizes.js'
import type { CallGroup } from '../access/index.js'
import type { CountedRegistryCall } from './call-counts.js'
import type { Registry, RegistryCaller } from './index.js'
import type { RegistryCallName, RegistryRequest } from './wire/requests.js'
import type { RegistryResponse } from './wire/responses.js'

const KIB = 1024

type Result = Omit<RegistryResponse, 'id' | 'failure'>

interface AnsweredCall<Request> {
  /** What the limiter counts it as (design.md, "Limits"). */
  readonly group: CallGroup
  readonly counted: CountedRegistryCall
  /** What the answer may come to, in bytes, where that is much more than what asks for it. */
  readonly maxBytes?: number
  /** Asked before the call is read: whoever may not make it is `unauthorized`, whatever is in it. */
  readonly isFor?: (registry: Registry, caller: Pick<RegistryCaller, 'peerId'>) => boolean
  answer (registry: Registry, request: Request, caller: RegistryCaller): Promise<Result>
}

/** What becomes of each call of /registry/1. */
export const ANSWERED: { readonly [Name in RegistryCallName]: AnsweredCall<NonNullable<RegistryRequest[Name]>> } = {
  register: { group: 'register', counted: 'register', answer: async (registry, request, caller) => ({ registered: await registry.register(request, caller) }) },
  update: { group: 'register', counted: 'update', answer: async (registry, request, caller) => ({ registered: await registry.update(request, caller) }) },
  remove: { group: 'register', counted: 'remove', answer: async (registry, request, caller) => ({ removed: await registry.remove(request, caller) }) },
  resolve: { group: 'resolve', counted: 'resolve', maxBytes: MAX_CIPHERTEXT_BYTES + KIB, answer: async (registry, request, caller) => ({ resolved: await registry.resolve(request, caller) }) },
  presence: { group: 'resolve', counted: 'presence', maxBytes: 64 * KIB, answer: async (registry, request, caller) => ({ present: await registry.presence(request, caller) }) },
  checkUser: { group: 'check_user', counted: 'check_user', answer: async (registry, request, caller) => ({ exists: await registry.check(request, caller) }) },
  announce: { group: 'other', counted: 'announce', answer: async (registry, request, caller) => ({ announced: await registry.announce(request, caller) }) },
  sync: { group: 'other', counted: 'sync', isFor: (registry, caller) => registry.maySync(caller), answer: async (registry, request, caller) => ({ merged: await registry.sync(request, caller) }) },
  listNodes: { group: 'other', counted: 'list_nodes', maxBytes: 640 * KIB, answer: async registry => ({ nodes: await registry.nodes() }) },
  addNodes: { group: 'other', counted: 'add_nodes', answer: async (registry, request, caller) => ({ merged: await registry.addNodes(request, caller) }) },
  envelopeKeys: { group: 'other', counted: 'envelope_keys', answer: async registry => ({ keys: registry.keys() }) },
  challenge: { group: 'other', counted: 'challenge', answer: async (registry, _, caller) => ({ challenged: registry.challenge(caller) }) }
}

/** @returns undefined when the request has another call than this one */
export function answerTo<Name extends RegistryCallName> (name: Name, request: RegistryRequest, registry: Registry, caller: RegistryCaller): Promise<Result> | undefined {
  const call = request[name]

  return call == null ? undefined : ANSWERED[name].answer(registry, call, caller)
}
