// Beside `index.ts`, which everything loads for its log: fastify takes a tenth of a second to load.

export { startOpsServer } from './server.js'
