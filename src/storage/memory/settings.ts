import { StorageError } from '../errors.js'
import { checkSetting } from '../registry-content.js'
import type { SettingsStore } from '../registry-types.js'

export class MemorySettingsStore implements SettingsStore {
  readonly #values = new Map<string, Uint8Array>()
  #closed = false

  async get (name: string): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    checkSetting(name)

    return this.#values.get(name)?.slice()
  }

  async set (name: string, value: Uint8Array): Promise<void> {
    this.#checkOpen()
    checkSetting(name, value)
    this.#values.set(name, Uint8Array.from(value))
  }

  async setIfAbsent (name: string, value: Uint8Array): Promise<Uint8Array> {
    this.#checkOpen()
    checkSetting(name, value)

    if (!this.#values.has(name)) {
      this.#values.set(name, Uint8Array.from(value))
    }

    return await this.get(name) ?? value
  }

  close (): void {
    this.#closed = true
  }

  #checkOpen (): void {
    if (this.#closed) {
      throw new StorageError('the store is closed')
    }
  }
}
