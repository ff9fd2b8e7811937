import { cases } from './cases.js'
import { underAttack } from './under-attack.js'

underAttack('at the sizes of issue 4', cases, { scale: 1, slices: 2, windowMs: 1_500, minShare: 0.5 })
