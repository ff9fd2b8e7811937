import { Type } from './type.js'
import { VERSION } from '../version.js'
import { ErrorBody } from './schema.js'
import type { MailboxDescription } from '../mailbox/messages.js'
import type { Endpoint } from './endpoint.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Statuses that any call with a body may have. */
const BODY_ERRORS = [400, 408, 413, 415, 429, 503]

const REASONS: Readonly<Record<number, string>> = {
  400: 'The request is not as it should be.',
  401: 'A PeerId must be proven, as WWW-Authenticate says.',
  403: 'The mailbox is somebody else\'s.',
  408: 'The request did not come to its end in time.',
  409: 'The mailbox is full.',
  413: 'The body is too large.',
  415: 'The body is not JSON, or encoded in a way that is not known.',
  429: 'Too many calls; Retry-After says when to call again.',
  503: 'The store cannot be used just now, or the node is about to stop.',
  507: 'The disk is full.'
}

/** Serves the document of these calls, itself included. */
export function openApiEndpoint (calls: readonly Endpoint[], description: MailboxDescription | undefined): Endpoint {
  const endpoint: Endpoint = {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    group: 'other',
    answer: Type.Object({}, { additionalProperties: true }),
    errors: [429],
    handle: () => {
      text ??= openApi([...calls, endpoint], description)

      return text
    }
  }
  let text: string | undefined

  return endpoint
}

/** The OpenAPI 3.1 document of the calls. `x-enigma-mailbox` is what Describe tells on a stream. */
export function openApi (endpoints: readonly Endpoint[], description: MailboxDescription | undefined): string {
  const paths: Record<string, Json> = {}

  for (const { method, path, summary, request, answer, errors = [] } of endpoints) {
    const statuses = [...new Set([...(request == null ? [] : BODY_ERRORS), ...errors])].sort()

    paths[path] = {
      [method.toLowerCase()]: {
        operationId: path.slice(1).replace(/\W+/g, '_'),
        summary,
        ...(request == null ? {} : { requestBody: { required: true, content: content(toJsonSchema(request)) } }),
        ...(errors.includes(401) ? { security: [{}, { peerId: [] }], parameters: [GRANT] } : {}),
        responses: {
          200: { description: 'Done.', content: content(toJsonSchema(answer)) },
          ...Object.fromEntries(statuses.map(status => [status, { description: REASONS[status] ?? '', content: content({ $ref: '#/components/schemas/Error' }) }]))
        }
      }
    }
  }

  return JSON.stringify({
    openapi: '3.1.1',
    info: { title: 'enigma-node', version: VERSION, description: 'The mailbox over HTTP. docs/http.md says more.', license: { name: 'MIT', identifier: 'MIT' } },
    paths,
    components: { schemas: { Error: toJsonSchema(ErrorBody) }, securitySchemes: { peerId: SECURITY } },
    ...(description == null ? {} : { 'x-enigma-mailbox': describe(description) })
  })
}

const SECURITY: Json = {
  type: 'http',
  scheme: 'libp2p-PeerID',
  description: 'libp2p HTTP PeerId authentication (libp2p/specs, http/peer-id-auth.md).'
}

const GRANT: Json = {
  name: 'Enigma-Grant',
  in: 'header',
  description: 'A grant of the mailbox\'s owner, or several with commas between them: base64url of the envelope.',
  schema: { type: 'string' }
}

function content (schema: Json): Json {
  return { 'application/json': { schema } }
}

function describe ({ maxMessageBytes, maxPullItems, maxPullBytes, messageTtlSeconds, dedupeSeconds, ownerProof, agent }: MailboxDescription): Json {
  return {
    max_message_bytes: maxMessageBytes,
    max_pull_items: maxPullItems,
    max_pull_bytes: maxPullBytes,
    message_ttl_seconds: messageTtlSeconds,
    dedupe_seconds: dedupeSeconds,
    owner_proof: ownerProof,
    agent
  }
}

/** A number of 64 bits is one schema here and two in JavaScript. */
function toJsonSchema (schema: unknown): Json {
  if (Array.isArray(schema)) {
    return schema.map(toJsonSchema)
  }

  if (typeof schema !== 'object' || schema == null) {
    return schema as Json
  }

  const { format, anyOf, ...rest } = schema as { format?: string, anyOf?: unknown[] }
  const entries = Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)] as const)

  if (format === 'uint64') {
    return { type: 'integer', format, minimum: 0, ...Object.fromEntries(entries) }
  }

  return { ...Object.fromEntries(entries), ...(format == null ? {} : { format }), ...(anyOf == null ? {} : { anyOf: toJsonSchema(anyOf) }) }
}
