import { randomBytes } from 'node:crypto'
import { keyIdOf } from '../crypto/envelope.js'
import { RegistryError } from '../errors.js'
import { nodeKeyAgreement } from '../openssl/key-agreement.js'
import { KEY_BYTES, KID_BYTES, PEPPER_BYTES } from '../sizes.js'
import type { NodeKeyAgreement } from '../openssl/key-agreement.js'
import type { EnvelopeKeyInit, Keys, RotateOptions } from '../index.js'
import type { SettingsStore } from '../../storage/index.js'

const KEYS_SETTING = 'registry.envelope.keys'
const PEPPER_SETTING = 'registry.envelope.pepper'
const VERSION = 1
const DAY_MS = 24 * 3600 * 1000
/** Of those that the node made; the oldest go, those that are over before others. */
const MAX_KEYS = 64
/** What a date can be. */
const MAX_TIME_MS = 8_640_000_000_000_000

export interface EnvelopeKey {
  kid: Uint8Array<ArrayBuffer>
  publicKey: Uint8Array<ArrayBuffer>
  /** Left out: it is over for good. */
  agreement?: NodeKeyAgreement
  isActive: boolean
  /** Unix milliseconds; 0: no end. */
  notAfterMs: number
}

/** As it is kept: bytes in hex, no private key of what is over. */
interface KeptKey {
  kid: string
  publicKey: string
  privateKey?: string
  active: boolean
  notAfterMs: number
}

export interface KeyRingInit {
  settings: SettingsStore
  pepper?: Uint8Array
  envelopeKeys?: readonly EnvelopeKeyInit[]
  /** Unix milliseconds. */
  now: () => number
}

/** The node's envelope keys and its pepper: those of its configuration, or those that it made on its first start and keeps in its store. */
export class KeyRing {
  readonly #init: KeyRingInit
  #pepper: Uint8Array<ArrayBuffer> | undefined
  #keys: readonly EnvelopeKey[] = []
  #kept: readonly KeptKey[] = []
  #rotating: Promise<unknown> = Promise.resolve()

  constructor (init: KeyRingInit) {
    this.#init = init
  }

  /** @throws RegistryError `internal_error` before `load` */
  get pepper (): Uint8Array<ArrayBuffer> {
    if (this.#pepper == null) {
      throw new RegistryError('internal_error', 'the registry was not started')
    }

    return this.#pepper
  }

  /** What answers are sealed with: the first active key that is not over. */
  get active (): EnvelopeKey & { agreement: NodeKeyAgreement } | undefined {
    return this.#keys.find((key): key is EnvelopeKey & { agreement: NodeKeyAgreement } => key.isActive && key.agreement != null && !this.#isOver(key))
  }

  /** A key that is accepted now. */
  find (kid: Uint8Array): EnvelopeKey & { agreement: NodeKeyAgreement } | undefined {
    return this.#keys.find((key): key is EnvelopeKey & { agreement: NodeKeyAgreement } => key.agreement != null && !this.#isOver(key) && Buffer.compare(key.kid, kid) === 0)
  }

  list (): Keys {
    return {
      keys: this.#keys.map(key => ({ kid: key.kid, publicKey: key.publicKey, active: key.isActive && !this.#isOver(key), notAfterMs: key.notAfterMs })),
      pepper: this.pepper
    }
  }

  /** Finds what is kept, and makes what is missing. @throws StorageError; RegistryError `internal_error` when what is kept cannot be read */
  async load (): Promise<void> {
    const { settings, pepper, envelopeKeys } = this.#init

    if (envelopeKeys == null) {
      this.#use(await settings.get(KEYS_SETTING) ?? await settings.setIfAbsent(KEYS_SETTING, encodeKept([makeKey()])))
    } else {
      this.#keys = envelopeKeys.map(fromConfig)
    }

    this.#pepper = Uint8Array.from(pepper ?? await settings.get(PEPPER_SETTING) ?? await settings.setIfAbsent(PEPPER_SETTING, randomBytes(PEPPER_BYTES)))

    if (this.#pepper.byteLength !== PEPPER_BYTES) {
      throw unreadable()
    }
  }

  /** See `Registry.rotateKey`. One after the other. */
  async rotate (options: RotateOptions = {}): Promise<Keys> {
    const rotated = this.#rotating.then(async () => { await this.#rotate(options) })

    this.#rotating = rotated.catch(() => {})
    await rotated

    return this.list()
  }

  async #rotate ({ notAfterMs = this.#init.now() + DAY_MS }: RotateOptions): Promise<void> {
    if (this.#init.envelopeKeys != null) {
      throw new RegistryError('conflict', 'the keys come from the configuration: they are changed there')
    }

    if (!Number.isSafeInteger(notAfterMs) || notAfterMs < 1 || notAfterMs > MAX_TIME_MS) {
      throw new RegistryError('invalid_input', 'the end of a key is a time in Unix milliseconds')
    }

    const olds = this.#kept.map(({ privateKey, ...old }): KeptKey => {
      const end = old.active ? notAfterMs : old.notAfterMs

      return { ...old, active: false, notAfterMs: end, ...(privateKey == null || this.#isOver({ notAfterMs: end }) ? {} : { privateKey }) }
    })
    const keys = [makeKey(), ...olds]
    const spare = keys.length <= MAX_KEYS ? undefined : olds.findLast(old => this.#isOver(old)) ?? olds.at(-1)
    const next = encodeKept(keys.filter(key => key !== spare))

    await this.#init.settings.set(KEYS_SETTING, next)
    this.#use(next)
  }

  #use (kept: Uint8Array): void {
    // reading a private key takes longer than any call
    const known = new Map(this.#keys.map(({ kid, agreement }) => [hex(kid), agreement]))

    this.#kept = decodeKept(kept)
    this.#keys = this.#kept.map(key => fromKept(key, known.get(key.kid)))
  }

  #isOver ({ notAfterMs }: { notAfterMs: number }): boolean {
    return notAfterMs > 0 && this.#init.now() > notAfterMs
  }
}

/** What a node that is not running would give out: undefined when it was never started. */
export async function keptKeys (init: KeyRingInit): Promise<Keys | undefined> {
  return (await keptRing(init))?.list()
}

/** `Registry.rotateKey` of a node that is not running: undefined when it was never started. @throws RegistryError as that, StorageError */
export async function rotateKeptKeys (init: KeyRingInit, options?: RotateOptions): Promise<Keys | undefined> {
  return await (await keptRing(init))?.rotate(options)
}

async function keptRing (init: KeyRingInit): Promise<KeyRing | undefined> {
  const isThere = (init.envelopeKeys ?? await init.settings.get(KEYS_SETTING)) != null && (init.pepper ?? await init.settings.get(PEPPER_SETTING)) != null

  if (!isThere) {
    return undefined
  }

  const ring = new KeyRing(init)

  await ring.load()

  return ring
}

function makeKey (): KeptKey {
  const privateKey = randomBytes(KEY_BYTES)
  const { publicKey } = nodeKeyAgreement(privateKey)

  return { kid: hex(keyIdOf(publicKey)), publicKey: hex(publicKey), privateKey: hex(privateKey), active: true, notAfterMs: 0 }
}

function fromConfig ({ kid, privateKey, active, notAfterMs = 0 }: EnvelopeKeyInit): EnvelopeKey {
  const agreement = nodeKeyAgreement(privateKey)

  return { kid: Uint8Array.from(kid), publicKey: Uint8Array.from(agreement.publicKey), agreement, isActive: active, notAfterMs }
}

function fromKept ({ kid, publicKey, privateKey, active, notAfterMs }: KeptKey, known: NodeKeyAgreement | undefined): EnvelopeKey {
  return {
    kid: bytes(kid),
    publicKey: bytes(publicKey),
    ...(privateKey == null ? {} : { agreement: known ?? nodeKeyAgreement(bytes(privateKey)) }),
    isActive: active,
    notAfterMs
  }
}

function encodeKept (keys: readonly KeptKey[]): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, keys }))
}

/** @throws RegistryError `internal_error` when they were damaged, or are of a later version */
function decodeKept (kept: Uint8Array): KeptKey[] {
  let value: { version?: number, keys?: unknown } | null

  try {
    value = JSON.parse(Buffer.from(kept).toString()) as typeof value
  } catch (err) {
    throw unreadable(err)
  }

  if (value?.version !== VERSION || !Array.isArray(value.keys) || value.keys.length === 0 || !value.keys.every(isKept)) {
    throw unreadable()
  }

  return value.keys
}

function isKept (key: Partial<Record<keyof KeptKey, unknown>> | null): key is KeptKey {
  return isHex(key?.kid, KID_BYTES) && isHex(key?.publicKey, KEY_BYTES) && (key?.privateKey === undefined || isHex(key.privateKey, KEY_BYTES)) &&
    typeof key?.active === 'boolean' && Number.isSafeInteger(key.notAfterMs)
}

function isHex (text: unknown, length: number): boolean {
  return typeof text === 'string' && text.length === 2 * length && /^[0-9a-f]*$/.test(text)
}

function unreadable (cause?: unknown): RegistryError {
  return new RegistryError('internal_error', 'the registry\'s keys in the store cannot be read: they were damaged, or a later version wrote them; put the data folder back from a backup', { cause })
}

function hex (part: Uint8Array): string {
  return Buffer.from(part).toString('hex')
}

function bytes (text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
