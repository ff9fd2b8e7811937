import { checkSetting } from '../registry-content.js'
import { reading } from './reading.js'
import { settingKey } from './registry-keys.js'
import { SettingStep } from './registry-steps.js'
import type { LevelRegistryComponents } from './registry.js'
import type { SettingsStore } from '../registry-types.js'

export class LevelSettingsStore implements SettingsStore {
  readonly #store: Pick<LevelRegistryComponents, 'writer' | 'db' | 'during' | 'checkOpen'>

  constructor (store: Pick<LevelRegistryComponents, 'writer' | 'db' | 'during' | 'checkOpen'>) {
    this.#store = store
  }

  async get (name: string): Promise<Uint8Array | undefined> {
    checkSetting(name)
    const { db } = this.#store

    return await this.#store.during(async () => await reading(db.get(settingKey(name))))
  }

  async set (name: string, value: Uint8Array): Promise<void> {
    await this.#put(name, value, false)
  }

  async setIfAbsent (name: string, value: Uint8Array): Promise<Uint8Array> {
    return await this.#put(name, value, true)
  }

  async #put (name: string, value: Uint8Array, isAbsentOnly: boolean): Promise<Uint8Array> {
    checkSetting(name, value)
    this.#store.checkOpen()
    const step = new SettingStep(name, value, isAbsentOnly)

    this.#store.writer.add(step)

    return await step.promise
  }
}
