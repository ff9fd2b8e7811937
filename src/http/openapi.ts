import { Type } from './type.js'
import { VERSION } from '../version.js'
import { ErrorBody } from './schema.js'
import type { MailboxDescription } from '../mailbox/messages.js'
import type { Endpoint } from './endpoint.js'
import type { TSchema } from 'typebox'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Of anything that is asked here. */
const ANY_ERRORS = {
  400: 'The request is not as it should be.',
  403: 'The address or the peer that calls is denied.',
  408: 'The request did not come to its end in time.',
  417: 'The header Expect asks for what is not known.',
  431: 'The head of the request is too large.',
  500: 'A bug of the node.',
  503: 'The store cannot be used just now, or the node is about to stop.'
}

/** Of any call that is limited. */
const LIMITED = {
  401: 'The proof of a PeerId does not hold.',
  429: 'Too many calls; Retry-After says when to call again.'
}

/** Of any call with a body. */
const BODY_ERRORS = {
  413: 'The body is too large.',
  415: 'The body is not JSON, or encoded in a way that is not known.'
}

/** Serves the document of these calls, itself included. */
export function openApiEndpoint (calls: readonly Endpoint[], description: MailboxDescription | undefined): Endpoint {
  const endpoint: Endpoint = {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    group: 'other',
    answer: Type.Object({}, { additionalProperties: true }),
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
  const paths: Record<string, Record<string, Json>> = {}

  for (const { method, path, summary, operationId, group, provesPeer = false, params = {}, headers = {}, request, answer, errors = {} } of endpoints) {
    const reasons: Record<number, string | null | undefined> = { ...ANY_ERRORS, ...(group == null ? {} : LIMITED), ...(request == null ? {} : BODY_ERRORS), ...errors }
    const parameters = [...parametersOf('path', params), ...parametersOf('header', headers)]
    const failures = Object.entries(reasons).flatMap(([status, reason]) => reason == null ? [] : [[status, failure(reason)] as const])

    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        operationId: operationId ?? path.slice(1).replace(/\W+/g, '_'),
        summary,
        ...(request == null ? {} : { requestBody: { required: true, content: content(toJsonSchema(request)) } }),
        ...(provesPeer ? { security: [{}, { peerId: [] }] } : {}),
        ...(parameters.length === 0 ? {} : { parameters }),
        // in the order of their numbers
        responses: { 200: { description: 'Done.', content: content(toJsonSchema(answer)) }, ...Object.fromEntries(failures) }
      }
    }
  }

  return JSON.stringify({
    openapi: '3.1.1',
    info: { title: 'enigma-node', version: VERSION, description: 'The mailbox and the registry over HTTP. docs/http.md says more.', license: { name: 'MIT', identifier: 'MIT' } },
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

function parametersOf (place: 'path' | 'header', schemas: Readonly<Record<string, TSchema>>): Json[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name, in: place, required: place === 'path', schema: toJsonSchema(schema) }))
}

function failure (description: string): Json {
  return { description, content: content({ $ref: '#/components/schemas/Error' }) }
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
