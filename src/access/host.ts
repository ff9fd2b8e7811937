import { parseIp } from './ip.js'
import type { Ip } from './ip.js'

/** What a URL or a multiaddr names: an address, or a name in lower-case ASCII without a dot at its end. */
export type Host = { ip: Ip, name?: undefined } | { ip?: undefined, name: string }

/** One to 63 letters, digits, hyphens and underscores a label; 253 characters in all (RFC 1035, 2.3.4). */
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** Characters that would end the host where a URL is read, or that nobody sees. */
const NO_HOST = /[\s/\\?#@:%[\]\p{C}]/u

/**
 * Reads a host as the URL standard does, so that all spellings of an address are that address: `127.1`, `0x7f000001`, `2130706433`,
 * `0177.0.0.1`, `１２７.0.0.1`, `127.0.0.1.` and `[::ffff:7f00:1]` are 127.0.0.1.
 *
 * @returns undefined for what is no host; a zone (`%eth0`) is none
 */
export function parseHost (text: string): Host | undefined {
  if (text.includes(':')) {
    const [, bare = text] = /^\[(.*)\]$/.exec(text) ?? []
    const ip = bare.includes('%') ? undefined : parseIp(bare)

    return ip == null ? undefined : { ip }
  }

  if (NO_HOST.test(text) || !URL.canParse(`http://${text}/`)) {
    return undefined
  }

  const name = new URL(`http://${text}/`).hostname.replace(/\.$/, '')
  const ip = parseIp(name)

  if (ip != null) {
    return { ip }
  }

  return NAME.test(name) ? { name } : undefined
}
