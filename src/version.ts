import { readFileSync } from 'node:fs'

/** Of this package, as `--version` and identify show it. */
export const VERSION = readVersion()

function readVersion (): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

  return version
}
