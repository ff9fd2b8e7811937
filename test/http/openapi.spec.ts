import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import { accessControl } from '../../src/access/index.js'
import { until } from '../support/wait.js'
import { RegistryRig } from './registry/rig.js'
import { call, HttpRig, RawHttp } from './rig.js'
import type { RegistryDoorOptions } from './registry/rig.js'
import type { TestDoor } from './rig.js'

interface Operation { operationId: string, responses: Record<string, unknown>, requestBody?: { content: Record<string, { schema: { properties: Record<string, unknown>, required: string[] } }> } }

describe('http: /openapi.json', () => {
  const rig = new HttpRig()
  const registries = new RegistryRig()

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
    assert.deepEqual(Object.keys(push?.responses ?? {}), ['200', '400', '401', '403', '408', '409', '413', '415', '417', '429', '431', '500', '503', '507'])
    assert.equal((json['x-enigma-mailbox'] as Record<string, unknown>).max_message_bytes, 1234)
  })

  it('has each status with which a call refuses what any of them may be refused for', async () => {
    const { paths } = (await call(`${(await registries.door({ mailbox: undefined })).url}/openapi.json`)).json as { paths: Record<string, Record<string, Operation>> }
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { responses }]) => ({ line: `${method.toUpperCase()} ${path.replace('{handle}', 'a')} HTTP/1.1\r\n`, responses })))
    const seen = new Set<string>()
    const ask = async (head: string, options: RegistryDoorOptions = {}, last?: (door: TestDoor) => Promise<string>): Promise<void> => {
      const door = await registries.door({ mailbox: undefined, ...options })
      const asked = operations.map(({ line }) => new RawHttp(door.port).send(line + head.replace('PORT', String(door.port))))

      await until(() => door.door.connections.accepted === asked.length, 'all are connected')

      const rest = await last?.(door)

      for (const [at, raw] of asked.entries()) {
        const [, status = ''] = /^HTTP\/1\.1 (\d+) /.exec(await raw.send(rest ?? '').until(/^HTTP\/1\.1 (?!100)\d+ /)) ?? []

        raw.destroy()
        seen.add(status)
        assert.ok(operations[at]?.responses[status] != null, `${operations[at]?.line} ${status}`)
      }
    }

    await ask('host: x\r\nhost: y\r\n\r\n')
    await ask('host: 127.0.0.1:PORT\r\nauthorization: libp2p-PeerID bearer="x"\r\n\r\n')
    await ask('host: x\r\n\r\n', { access: accessControl({ denyCidrs: ['127.0.0.0/8'] }) })
    await ask('host: x\r\n', { headerTimeoutMs: 200 })
    await ask('host: x\r\nexpect: tea\r\n\r\n')
    await ask('host: x\r\n\r\n', { limits: { enabled: true, burst: 1, globalPerSecond: 0.001 } })
    await ask(`host: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)
    await ask('host: x\r\n', {}, async ({ door }) => {
      registries.onStop(async () => { await stopped })

      const stopped = door.stop({ signal: AbortSignal.timeout(20_000) })

      return '\r\n'
    })
    assert.deepEqual([...seen].sort(), ['200', '400', '401', '403', '408', '415', '417', '429', '431', '503'])
  })
})
