import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, loadConfig } from '../../src/config/index.js'
import type { LoadConfigOptions, LoadedConfig } from '../../src/config/index.js'

/** A folder that is gone after each test of the suite that asked for it. */
export function temporaryFolder (): { path (name?: string): string, write (name: string, content: string | Uint8Array): string } {
  let folder = ''

  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-config-')) })
  afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

  const path = (name = ''): string => join(folder, name)

  return {
    path,
    write (name, content) {
      writeFileSync(path(name), content)

      return path(name)
    }
  }
}

/** The error that loading ends with; the test fails when there is none or another one. */
export function refusal (options: LoadConfigOptions): ConfigError {
  try {
    loadConfig(options)
  } catch (err) {
    assert.ok(err instanceof ConfigError, `not a ConfigError: ${String(err)}`)

    return err
  }

  throw new assert.AssertionError({ message: 'the configuration was taken' })
}

/** Loads text as a file, with an empty environment beside a home folder. */
export function loadText (folder: { write (name: string, content: string): string, path (): string }, text: string, options: Partial<LoadConfigOptions> = {}): LoadedConfig {
  return loadConfig({ path: folder.write('relay.toml', text), env: { HOME: folder.path() }, ...options })
}

export function refusedText (folder: { write (name: string, content: string): string, path (): string }, text: string, options: Partial<LoadConfigOptions> = {}): ConfigError {
  return refusal({ path: folder.write('relay.toml', text), env: { HOME: folder.path() }, ...options })
}
