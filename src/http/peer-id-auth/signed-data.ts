import { concat } from 'uint8arrays/concat'
import { framePrefix } from '../../framing.js'
import { SCHEME } from './params.js'

// Browser-safe: the client shares this file with the server.

const utf8 = new TextEncoder()

/** What is signed: the scheme, then `name=value` of each parameter in the order of the names, each with its length before it. */
export function signedData (params: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const parts = Object.entries(params)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => concat([utf8.encode(`${name}=`), typeof value === 'string' ? utf8.encode(value) : value]))

  return concat([utf8.encode(SCHEME), ...parts.flatMap(part => [framePrefix(part.byteLength), part])])
}

/** What a client signs for a server. */
export function clientProof (hostname: string, serverPublicKey: Uint8Array, challenge: string): Uint8Array {
  return signedData({ hostname, 'server-public-key': serverPublicKey, 'challenge-client': challenge })
}

/** What a server signs for a client. */
export function serverProof (hostname: string, clientPublicKey: Uint8Array, challenge: string): Uint8Array {
  return signedData({ hostname, 'client-public-key': clientPublicKey, 'challenge-server': challenge })
}
