import assert from 'node:assert/strict'
import { cases } from './cases.js'
import { runCase } from './run-case.js'
import { describeReport, faults } from './verdict.js'

describe('the node under attack, at the sizes of issue 4, beside a healthy pair', () => {
  for (const { title, attack, config } of cases) {
    it(`serves the pair and keeps nothing of ${title}`, async function () {
      this.timeout(600_000)

      const report = await runCase({ attack, config, scale: 1, slices: 2, windowMs: 1_500 })

      console.log(`        ${describeReport(report)}`)
      assert.deepEqual(faults(report, { rate: true }), [], describeReport(report))
    })
  }
})
