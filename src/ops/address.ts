// Beside `index.ts`, which everything loads for its log: fastify and prom-client take a tenth of a second to load.

export { createMetrics, renderMetricsTable } from './metrics/index.js'
export { startOpsServer } from './server.js'
