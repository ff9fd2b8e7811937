import type { Finding, VerifyOptions } from '../types.js'
import type { LevelMailboxComponents } from './mailbox.js'

export async function * verifyStore (_store: LevelMailboxComponents, _options: VerifyOptions): AsyncIterable<Finding> {}
