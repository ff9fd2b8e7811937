import type { PartialConfig } from '../../src/config/index.js'

// The default addresses of the servers over HTTP are the same for every node: nodes that run side by side in tests have others, or none.

/** For nodes that a test talks to by libp2p alone. */
export const NO_HTTP = { http: { enabled: false }, ops: { enabled: false } } satisfies PartialConfig

/** The same servers on ports that are free, as the environment of the command. */
export const FREE_HTTP_ENV: Readonly<Record<string, string>> = { RELAY_HTTP__ADDRESS: '127.0.0.1:0', RELAY_OPS__ADDRESS: '127.0.0.1:0' }
