import { isIPv6 } from 'node:net'

const PEER_ID = /\b(?:12D3KooW|16Uiu2HA|Qm)[1-9A-HJ-NP-Za-km-z]{30,}/g
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g
const MAYBE_IPV6 = /(?<![\w:.])[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*/gi

/** Takes addresses and PeerIds out of text that others wrote, such as an error's message, for a line where none may stand. */
export function redact (text: string): string {
  return text
    .replace(PEER_ID, '<peer>')
    .replace(IPV4, '<ip>')
    .replace(MAYBE_IPV6, found => isIPv6(found) && found !== '::' ? '<ip>' : found)
}
