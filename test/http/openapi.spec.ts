import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import { call, HttpRig } from './rig.js'

interface Operation { operationId: string, responses: Record<string, unknown>, requestBody?: { content: Record<string, { schema: { properties: Record<string, unknown>, required: string[] } }> } }

describe('http: /openapi.json', () => {
  const rig = new HttpRig()

  it('is a valid OpenAPI 3.1 document', async () => {
    const { url } = await rig.door()
    const { json } = await call(`${url}/openapi.json`)
    const result = await new Validator().validate(json)

    assert.deepEqual(result.errors ?? [], [])
    assert.ok(result.valid)
    assert.match(String(json.openapi), /^3\.1\./)
  })

  it('has all calls with their fields, and what the node takes', async () => {
    const { url } = await rig.door({ rules: { maxMessageBytes: 1234 } })
    const { json } = await call(`${url}/openapi.json`)
    const paths = json.paths as Record<string, Record<string, Operation>>
    const push = paths['/push']?.post
    const schema = push?.requestBody?.content['application/json']?.schema

    assert.deepEqual(Object.keys(paths), ['/push', '/pull', '/ack', '/stat', '/health', '/stats', '/openapi.json'])
    assert.deepEqual(schema?.required, ['recipient', 'message_id', 'ciphertext_b64', 'meta'])
    assert.deepEqual((schema?.properties.meta as { properties: Record<string, unknown> }).properties.total_len, { type: 'integer', format: 'uint64', minimum: 0, description: 'Not looked into.' })
    assert.deepEqual(Object.keys(push?.responses ?? {}), ['200', '400', '408', '409', '413', '415', '429', '503', '507'])
    assert.equal((json['x-enigma-mailbox'] as Record<string, unknown>).max_message_bytes, 1234)
  })
})
