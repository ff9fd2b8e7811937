import * as schemas from './schemas.js'
import { RegistryCalls } from './calls.js'
import { ofRegistry } from './errors.js'
import { POW_HEADER } from './parts.js'
import type { CountedRegistryCall, Registry, RegistryCallCounts } from '../../registry/index.js'
import type { Endpoint } from '../endpoint.js'

/** The reference's limit for every call. */
const MAX_BODY_BYTES = 2_097_152
/** Of calls that have a dozen: each costs far more than its bytes. */
const FEW_JSON_VALUES = 1000
/** Of a list of some 8,000 nodes, of which 64 are looked at. */
const NODES_JSON_VALUES = 16_384
/** As many as fit in a body: of a caller who is trusted with that. */
const SYNC_JSON_VALUES = MAX_BODY_BYTES / 2

const SMALL_BODY = { maxBodyBytes: MAX_BODY_BYTES, maxJsonValues: () => FEW_JSON_VALUES } as const

/** A body that the extractor of the reference refuses is 400, however large. */
const REFERENCE_ERRORS = { 413: null } as const
const UNAUTHORIZED = { 401: 'The proof is missing or wrong.' } as const
const POW_ERRORS = { 400: 'The request is not as it should be, or needs a proof of work.' } as const
const FULL = { 507: 'The disk is full.' } as const
/** Of calls without a body that look into the store. */
const STORE_ERRORS = { 503: 'The store cannot be used just now, or the node is about to stop.' } as const

const POW = { headers: { [POW_HEADER]: schemas.ProofOfWorkHeader }, provesPeer: true } as const

/** The registry's calls: paths, limits and shapes (specs/registry.md, Part I and 2.1). */
export function registryEndpoints (registry: Registry, counts?: RegistryCallCounts): Endpoint[] {
  const calls = new RegistryCalls(registry)
  const answered = (call: CountedRegistryCall): Endpoint['answered'] => (outcome, ms) => { counts?.answered(call, outcome, ms) }
  const said = (handle: Endpoint['handle']): Endpoint['handle'] => async (body, context) => {
    try {
      return await handle(body, context)
    } catch (err) {
      throw ofRegistry(err)
    }
  }

  // bodies were checked against the schema beside the handler, which is where their type comes from
  return [
    {
      method: 'POST',
      path: '/register',
      summary: 'Registers an identity under its handle; answers when it is on disk.',
      group: 'register',
      answered: answered('register'),
      ...POW,
      request: schemas.RegisterRequest,
      answer: schemas.OkAnswer,
      errors: { ...REFERENCE_ERRORS, ...POW_ERRORS, ...UNAUTHORIZED, ...FULL, 409: 'Another identity is registered under this handle.' },
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.register(body as schemas.RegisterBody, context))
    },
    {
      method: 'POST',
      path: '/update',
      summary: 'Puts another identity in the place of one, with a proof by its signing key.',
      group: 'register',
      answered: answered('update'),
      provesPeer: true,
      request: schemas.UpdateRequest,
      answer: schemas.UpdateAnswer,
      errors: { ...UNAUTHORIZED, ...FULL, 404: 'Nobody is registered under this handle.' },
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.update(body as schemas.UpdateBody, context))
    },
    {
      method: 'POST',
      path: '/remove',
      summary: 'Removes an identity, with a proof by its signing key.',
      group: 'register',
      answered: answered('remove'),
      provesPeer: true,
      request: schemas.RemoveRequest,
      answer: schemas.RemoveAnswer,
      errors: UNAUTHORIZED,
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.remove(body as schemas.RemoveBody, context))
    },
    {
      method: 'POST',
      path: '/resolve',
      summary: 'The identity of a handle, sealed to whoever asks.',
      group: 'resolve',
      answered: answered('resolve'),
      ...POW,
      request: schemas.ResolveRequest,
      answer: schemas.ResolveAnswer,
      errors: { ...REFERENCE_ERRORS, ...POW_ERRORS },
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.resolve(body as schemas.ResolveBody, context))
    },
    {
      method: 'GET',
      path: '/check_user/{handle}',
      operationId: 'check_user',
      summary: 'Whether somebody is registered under a handle.',
      group: 'check_user',
      answered: answered('check_user'),
      ...POW,
      params: { handle: schemas.Handle },
      answer: schemas.CheckUserAnswer,
      errors: { ...POW_ERRORS, ...STORE_ERRORS },
      handle: said(async (_, context) => await calls.checkUser(context))
    },
    {
      method: 'POST',
      path: '/announce',
      summary: 'Says that a user can be reached, for a while.',
      group: 'other',
      answered: answered('announce'),
      ...POW,
      request: schemas.AnnounceRequest,
      answer: schemas.OkAnswer,
      errors: { ...REFERENCE_ERRORS, ...POW_ERRORS, ...UNAUTHORIZED, ...FULL },
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.announce(body as schemas.AnnounceBody, context))
    },
    {
      method: 'POST',
      path: '/presence',
      summary: 'Where a user can be reached, as far as it lets others know.',
      group: 'resolve',
      answered: answered('presence'),
      ...POW,
      request: schemas.PresenceRequest,
      answer: schemas.PresenceAnswer,
      errors: POW_ERRORS,
      ...SMALL_BODY,
      handle: said(async (body, context) => await calls.presence(body as schemas.PresenceBody, context))
    },
    {
      method: 'POST',
      path: '/sync',
      summary: 'Takes many identities from a node that is trusted with that.',
      group: 'other',
      answered: answered('sync'),
      provesPeer: true,
      asksForPeer: true,
      request: schemas.SyncRequest,
      answer: schemas.MergedAnswer,
      errors: { ...REFERENCE_ERRORS, ...FULL, 401: 'The node does not take it, or not from this caller.' },
      maxBodyBytes: MAX_BODY_BYTES,
      maxJsonValues: caller => registry.maySync(caller) ? SYNC_JSON_VALUES : undefined,
      handle: said(async (body, context) => await calls.sync(body as schemas.SyncBody, context))
    },
    {
      method: 'GET',
      path: '/nodes',
      summary: 'Other registries that were found to be there.',
      group: 'other',
      answered: answered('list_nodes'),
      answer: schemas.NodesAnswer,
      errors: STORE_ERRORS,
      handle: said(async () => await calls.nodes())
    },
    {
      method: 'POST',
      path: '/nodes',
      operationId: 'add_nodes',
      summary: 'Names other registries, which are looked at before they are listed.',
      group: 'other',
      answered: answered('add_nodes'),
      request: schemas.NodesRequest,
      answer: schemas.MergedAnswer,
      errors: REFERENCE_ERRORS,
      maxBodyBytes: MAX_BODY_BYTES,
      maxJsonValues: () => NODES_JSON_VALUES,
      handle: said(async (body, context) => await calls.addNodes(body as schemas.NodesBody, context))
    },
    {
      method: 'GET',
      path: '/envelope_pubkey',
      summary: 'The key that envelopes are sealed to.',
      group: 'other',
      answered: answered('envelope_keys'),
      answer: schemas.KeyAnswer,
      errors: { 500: 'No key of the node is active.' },
      handle: said(() => calls.key())
    },
    {
      method: 'GET',
      path: '/envelope_pubkeys',
      summary: 'All keys of the node, old ones included.',
      group: 'other',
      answered: answered('envelope_keys'),
      answer: schemas.KeysAnswer,
      handle: said(() => calls.keys())
    },
    {
      method: 'GET',
      path: '/pow/challenge',
      summary: 'A challenge for a proof of work, for whoever asks alone.',
      group: 'other',
      answered: answered('challenge'),
      provesPeer: true,
      answer: schemas.ChallengeAnswer,
      errors: { 404: 'The node asks for no proof of work.' },
      handle: said((_, context) => calls.challenge(context))
    }
  ]
}
