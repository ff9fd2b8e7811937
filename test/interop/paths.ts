import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's folder, seen from dist/test/interop. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const INTEROP = join(ROOT, 'interop')
/** Ignored by git; may be kept between runs of CI. */
export const CACHE = join(ROOT, '.cache', 'interop')
export const RUST_TARGET = join(CACHE, 'rust')
export const GO_PEER = join(CACHE, 'go', 'interop-peer')
export const RUST_PEER = join(RUST_TARGET, 'debug', 'interop-peer')
