import { cases } from './cases.js'
import { underAttack } from './under-attack.js'

// on a machine that is busy with other things one short window says little of the rate: only a pair that is starved fails
underAttack('at a tenth of the sizes of issue 4', cases.filter(each => each.fullOnly !== true), { scale: 0.1, slices: 1, windowMs: 500, minShare: 0.2 })
