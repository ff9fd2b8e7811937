/** Words of 32 bits of one block: a key sets one bit in each. */
const BLOCK_WORDS = 8
/** One of several hundred keys that were not added seems to be there. */
const BITS_A_KEY = 16
const FIRST_LAYER_BYTES = 128 * 1024
const LAYER_GROWTH = 4

/** Odd, one a word (apache/parquet-format, BloomFilter.md). */
const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31] as const

/**
 * Remembers texts in some 16 bits each, and may take one that it does not know for one that it does: a Bloom filter in blocks, as Parquet has
 * them. It grows by layers, each four times the one before.
 */
export class KeyFilter {
  readonly #layers: Uint32Array[] = []
  readonly #maxLayers: number
  /** Texts that the last layer has room for. */
  #room = 0
  #count = 0

  /** @param maxLayers 4: 10.6 MiB for 5.5 million texts */
  constructor (maxLayers = 4) {
    this.#maxLayers = maxLayers
  }

  /** Texts that were added. */
  get count (): number {
    return this.#count
  }

  /** @param text a character each byte */
  has (text: string): boolean {
    return this.#has(hashOf(text))
  }

  /** @returns false when there is no room for more: it is not remembered */
  add (text: string): boolean {
    const hash = hashOf(text)

    if (this.#has(hash)) {
      return true
    }

    if (this.#room === 0 && !this.#grow()) {
      return false
    }

    // `grow` has seen to that
    put(this.#layers.at(-1) as Uint32Array, hash)
    this.#room--
    this.#count++

    return true
  }

  #has (hash: number): boolean {
    for (const layer of this.#layers) {
      if (isIn(layer, hash)) {
        return true
      }
    }

    return false
  }

  #grow (): boolean {
    if (this.#layers.length === this.#maxLayers) {
      return false
    }

    const bytes = FIRST_LAYER_BYTES * LAYER_GROWTH ** this.#layers.length

    this.#layers.push(new Uint32Array(bytes / 4))
    this.#room = bytes * 8 / BITS_A_KEY

    return true
  }
}

function isIn (layer: Uint32Array, hash: number): boolean {
  const at = blockOf(layer, hash)
  const spread = mixed(hash)

  for (let word = 0; word < BLOCK_WORDS; word++) {
    if (((layer[at + word] as number) & bitOf(spread, word)) === 0) {
      return false
    }
  }

  return true
}

function put (layer: Uint32Array, hash: number): void {
  const at = blockOf(layer, hash)
  const spread = mixed(hash)

  for (let word = 0; word < BLOCK_WORDS; word++) {
    layer[at + word] = (layer[at + word] as number) | bitOf(spread, word)
  }
}

/** The index of its first word. A layer's length is a power of two. */
function blockOf (layer: Uint32Array, hash: number): number {
  return (hash & (layer.length / BLOCK_WORDS - 1)) * BLOCK_WORDS
}

function bitOf (spread: number, word: number): number {
  // there is a salt for each word
  return 1 << (Math.imul(spread, SALTS[word] as number) >>> 27)
}

/** FNV-1a. */
function hashOf (text: string): number {
  let hash = 0x811c9dc5

  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }

  return mixed(hash)
}

/** MurmurHash3's last step: each bit has a say in all. */
function mixed (hash: number): number {
  let mixed = hash

  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)

  return mixed ^ (mixed >>> 16)
}
