import { writer } from 'protons-runtime'

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const prototype = Object.getPrototypeOf(writer()) as ReturnType<typeof writer>
const { uint64 } = prototype

/**
 * protons-runtime 7.1.2 writes one byte of a uint64 from 2^31 to 2^32 - 1 and leaves the other four as they were: bytes of whatever this
 * memory held before. Numbers go its other way, which is right. Imported for this by everything that encodes; harmless when it is mended.
 */
prototype.uint64 = function (value) {
  return value >= 0n && value <= MAX_SAFE ? this.uint64Number(Number(value)) : uint64.call(this, value)
}
