import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { RegistryRig } from './registry/rig.js'

const run = promisify(execFile)

describe('http: docs/http.md', () => {
  const rig = new RegistryRig()

  it('has commands that work as they stand there, and say what they do', async () => {
    const door = await rig.door({ mailbox: undefined })
    const text = await readFile(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block).filter(block => block.includes('http://127.0.0.1:8080/'))
    const answers: Array<Record<string, unknown>> = []

    for (const block of blocks) {
      // an answer has no line break at its end
      const { stdout } = await run('sh', ['-ec', block.replaceAll('http://127.0.0.1:8080/', `${door.url}/`).replaceAll('curl -sS', "curl -sS -w '\\n'")])

      answers.push(...stdout.trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>))
    }

    assert.deepEqual(answers.map(answer => Object.keys(answer).join()), [
      'stored,queue_len,queue_bytes,seq,deadline_ms', 'items,next_cursor,remaining_estimate,last_cursor', 'deleted,missing,remaining', '0', 'exists', 'handle,envelope', 'ok', 'entries'
    ])
    assert.deepEqual(((answers.at(-1)?.entries ?? []) as Array<{ addrs: string[] }>).map(({ addrs }) => addrs), [['https://alice.example.org']])
  })

  it('names each call that /openapi.json has', async () => {
    const door = await rig.door({ mailbox: undefined })
    const text = await readFile(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    const { paths } = await (await fetch(`${door.url}/openapi.json`)).json() as { paths: Record<string, unknown> }

    for (const path of Object.keys(paths)) {
      assert.ok(text.includes(path), path)
    }
  })
})
