import { prettyFactory } from 'pino-pretty'
import type { EventFields } from './types.js'

// what a peer calls itself must not draw on a terminal, nor look like a line of its own
// eslint-disable-next-line no-control-regex
const C0 = /[\u0000-\u001f\u007f]/g
/** C1 controls and the marks that turn the direction of text: JSON lets them through. */
const C1_AND_BIDI = /[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/g

function escape (char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Turns a JSON line of the log into a line for people. */
export function prettyLines (colorize: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize,
    singleLine: true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'event,stack'
  })

  return line => {
    const record = JSON.parse(line) as Record<string, unknown>
    const msg = typeof record.msg === 'string' ? record.msg.replace(C0, escape) : ''
    const stack = typeof record.stack === 'string' ? record.stack.split('\n').map(frame => `    ${frame.replace(C0, escape)}\n`).join('') : ''

    return (pretty({ ...record, msg }) + stack).replace(C1_AND_BIDI, escape)
  }
}

/** The first thing a person sees. Scripts made for the Rust relay wait for its last lines. */
export function banner (name: string, version: string, { peer_id: peerId, addrs, http, ops }: EventFields['ready']): string {
  return [
    `${name} ${version}`,
    `PeerId: ${peerId}`,
    ...addrs.map(addr => `Listening on: ${addr}`),
    ...(http == null ? [] : [`HTTP: ${http}`]),
    ...(ops == null ? [] : [`Health and metrics: ${ops}`]),
    'Mesh Relay Server is running!',
    'Press Ctrl+C to stop',
    ''
  ].join('\n')
}
