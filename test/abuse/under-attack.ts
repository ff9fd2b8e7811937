import assert from 'node:assert/strict'
import { runCase } from './run-case.js'
import { describeReport, faults } from './verdict.js'
import type { Case } from './cases.js'
import type { CaseInit } from './run-case.js'

export interface AttackSize extends Pick<CaseInit, 'scale' | 'slices' | 'windowMs'> {
  /** What the bystander must keep of its rate; see `share`. */
  minShare: number
}

/** A test for each of the cases. */
export function underAttack (title: string, cases: readonly Case[], { minShare, ...size }: AttackSize): void {
  describe(`the node under attack, ${title}, beside somebody who means well`, () => {
    for (const { title, attack, config, bystander, expect, windowFactor = 1, leniency = 1 } of cases) {
      it(`serves ${bystander === 'caller' ? 'callers' : 'the pair'} and keeps nothing of ${title}`, async function () {
        this.timeout(600_000)

        const { scale, windowMs } = size
        const report = await runCase({ ...size, attack, bystander, windowMs: windowMs * windowFactor, config: typeof config === 'function' ? config(scale) : config })

        console.log(`        ${describeReport(report)}`)
        assert.deepEqual([...faults(report, { minShare: leniency * minShare }), ...expect?.(report, scale) ?? []], [], describeReport(report))
      })
    }
  })
}
