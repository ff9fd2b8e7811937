import { equals } from 'uint8arrays/equals'
import type { AbortOptions, PrivateKey } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

/**
 * The same key, which signs the same bytes only once: every handshake asks for a signature of the one static key. All four
 * kinds of libp2p key may give the same signature again.
 */
export function rememberSignature <Key extends PrivateKey> (key: Key): Key {
  let last: { data: Uint8Array, signature: Promise<Uint8Array> } | undefined

  const sign = async (message: Uint8Array | Uint8ArrayList, options?: AbortOptions): Promise<Uint8Array> => {
    const data = message.slice()

    if (last == null || !equals(last.data, data)) {
      // not bound to the signal of whoever comes first: others wait for it too
      const next = { data, signature: Promise.resolve(key.sign(data)) }

      last = next
      next.signature.catch(() => {
        if (last === next) {
          last = undefined
        }
      })
    }

    options?.signal?.throwIfAborted()

    return last.signature
  }

  return new Proxy(key, {
    get (target, property): unknown {
      if (property === 'sign') {
        return sign
      }

      const value: unknown = Reflect.get(target, property, target)

      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}
