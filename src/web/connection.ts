import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** RFC 9112, section 3.2. By the raw headers: of several, Node.js keeps the first. */
export function hasOneHost ({ httpVersion, httpVersionMajor, rawHeaders }: IncomingMessage): boolean {
  if (httpVersionMajor > 1) {
    return true
  }

  let hosts = 0

  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]

    hosts += name?.length === 4 && name.toLowerCase() === 'host' ? 1 : 0
  }

  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

/** Ends this side, reads on for a little, and closes: cut at once, the answer would be lost where the other end is still sending. */
export function lingeringEnd (socket: Duplex, lingerMs: number, last?: string): void {
  const timer = setTimeout(() => { socket.destroy() }, lingerMs)

  timer.unref()
  socket.once('close', () => { clearTimeout(timer) })
  socket.on('error', () => { socket.destroy() })
  socket.end(last)
  socket.resume()
}
