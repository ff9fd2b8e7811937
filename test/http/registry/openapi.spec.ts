import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import { call } from '../rig.js'
import { RegistryRig } from './rig.js'

interface Operation {
  operationId: string
  parameters?: Array<{ name: string, in: string, required: boolean }>
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { content: Record<string, { schema: Record<string, unknown> }> }>
}

/** Of any of them. */
const ANY = ['400', '401', '403', '408', '417', '429', '431', '500', '503']

/** What else each may answer. */
const CALLS: Record<string, string[]> = {
  'POST /register': ['409', '415', '507'],
  'POST /update': ['404', '413', '415', '507'],
  'POST /remove': ['413', '415'],
  'POST /resolve': ['415'],
  'GET /check_user/{handle}': [],
  'POST /announce': ['415', '507'],
  'POST /presence': ['413', '415'],
  'POST /sync': ['415', '507'],
  'GET /nodes': [],
  'POST /nodes': ['415'],
  'GET /envelope_pubkey': [],
  'GET /envelope_pubkeys': [],
  'GET /pow/challenge': ['404']
}

describe('http: /openapi.json of the registry', () => {
  const rig = new RegistryRig()

  it('is a valid OpenAPI 3.1 document with and without mailboxes', async () => {
    for (const mailbox of [null, undefined]) {
      const { json } = await call(`${(await rig.door({ mailbox })).url}/openapi.json`)
      const { valid, errors } = await new Validator().validate(json)

      assert.deepEqual(errors ?? [], [])
      assert.ok(valid)
    }
  })

  it('has all calls, what each of them may answer, and names that differ', async () => {
    const { json } = await call(`${(await rig.door({ mailbox: undefined })).url}/openapi.json`)
    const operations = Object.entries(json.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const))
    const ids = operations.map(([, { operationId }]) => operationId)

    assert.deepEqual(new Set(ids).size, ids.length)

    for (const [name, statuses] of Object.entries(CALLS)) {
      const operation = operations.find(([key]) => key === name)?.[1]

      assert.deepEqual(Object.keys(operation?.responses ?? {}), ['200', ...[...ANY, ...statuses].sort()], name)
      // clients generated of it refuse any field more, and so do we
      assert.ok(operation?.requestBody == null || operation.requestBody.content['application/json']?.schema.additionalProperties === false, name)
    }

    const check = operations.find(([key]) => key === 'GET /check_user/{handle}')?.[1]

    assert.deepEqual(check?.parameters?.map(({ name, in: place, required }) => [name, place, required]), [['handle', 'path', true], ['x-enigma-pow', 'header', false]])
  })
})
