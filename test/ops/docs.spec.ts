import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { renderMetricsTable } from '../../src/ops/metrics/index.js'
import { NOT_READY_REASONS } from '../../src/ops/index.js'

const DOC = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')

describe('docs/operations.md', () => {
  it('has the table of metrics as the code has it', () => {
    const between = DOC.split('<!-- metrics: begin (src/ops/metrics) -->')[1]?.split('<!-- metrics: end -->')[0]

    assert.equal(between?.trim(), renderMetricsTable())
  })

  it('says what to do for each reason for which a node is not ready', () => {
    const rows = [...DOC.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, reason]) => reason)

    assert.deepEqual(rows, [...NOT_READY_REASONS])
  })

  it('names metrics that exist in its alerts', () => {
    const known = renderMetricsTable()

    for (const [name] of DOC.matchAll(/\b(enigma|process|nodejs)_\w+/g)) {
      assert.ok(known.includes(`\`${name.replace(/_(bucket|count|sum)$/, '')}\``) || known.includes(`\`${name}\``), name)
    }
  })
})
