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

const CALLS = {
  'POST /register': ['400', '401', '408', '409', '415', '429', '503', '507'],
  'POST /update': ['400', '401', '404', '408', '413', '415', '429', '503', '507'],
  'POST /remove': ['400', '401', '408', '413', '415', '429', '503'],
  'POST /resolve': ['400', '408', '415', '429', '503'],
  'GET /check_user/{handle}': ['400', '429', '503'],
  'POST /announce': ['400', '401', '408', '415', '429', '503', '507'],
  'POST /presence': ['400', '408', '413', '415', '429', '503'],
  'POST /sync': ['400', '401', '408', '415', '429', '503', '507'],
  'GET /nodes': ['429', '503'],
  'POST /nodes': ['400', '408', '415', '429', '503'],
  'GET /envelope_pubkey': ['429', '500'],
  'GET /envelope_pubkeys': ['429'],
  'GET /pow/challenge': ['404', '429']
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

      assert.deepEqual(Object.keys(operation?.responses ?? {}), ['200', ...statuses], name)
      // clients generated of it refuse any field more, and so do we
      assert.ok(operation?.requestBody == null || operation.requestBody.content['application/json']?.schema.additionalProperties === false, name)
    }

    const check = operations.find(([key]) => key === 'GET /check_user/{handle}')?.[1]

    assert.deepEqual(check?.parameters?.map(({ name, in: place, required }) => [name, place, required]), [['handle', 'path', true], ['x-enigma-pow', 'header', false]])
  })
})
