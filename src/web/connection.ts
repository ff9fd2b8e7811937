import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** By what Node.js made of it: a request line of HTTP/1 may claim any version. */
export function isHttp2 (request: IncomingMessage): boolean {
  return 'stream' in request
}

/** What a host is made of, and a port (RFC 3986, section 3.2.2). */
const HOST = /^[\w.~!$&'()*+,;=%:[\]-]*$/

/**
 * What is wrong with a head that Node.js has taken: its version, its Host headers (RFC 9112, section 3.2), or its transfer coding (section 6.1).
 * By the raw headers: of several, Node.js keeps the first.
 */
export function headProblem (request: IncomingMessage): string | undefined {
  const { httpVersion, rawHeaders, headers } = request

  if (isHttp2(request)) {
    return headers.host == null || headers.host.toLowerCase() === String(headers[':authority']).toLowerCase() ? undefined : 'the Host header is another than :authority'
  }

  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return 'the version is none of HTTP/1.1 and HTTP/1.0'
  }

  let hosts = 0

  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]

    hosts += name?.length === 4 && name.toLowerCase() === 'host' ? 1 : 0
  }

  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    return 'a request has one Host header'
  }

  if (!HOST.test(headers.host ?? '')) {
    return 'the Host header is no host'
  }

  return (headers['transfer-encoding'] ?? 'chunked').toLowerCase() === 'chunked' ? undefined : 'the only transfer coding is chunked'
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
