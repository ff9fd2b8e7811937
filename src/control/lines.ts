import { ControlError } from './errors.js'
import type { Socket } from 'node:net'

const LINE_END = 0x0a

/**
 * The lines that come over a socket, without their ends; what comes after the last end is dropped. The socket stays open.
 *
 * @throws ControlError for a longer one
 */
export async function * linesOf (socket: Socket, maxBytes: number): AsyncGenerator<string, void> {
  let rest: Buffer = Buffer.alloc(0)

  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk])

    for (let end = rest.indexOf(LINE_END); end !== -1; end = rest.indexOf(LINE_END)) {
      checkLength(end, maxBytes)
      yield rest.subarray(0, end).toString()
      rest = rest.subarray(end + 1)
    }

    checkLength(rest.byteLength, maxBytes)
  }
}

function checkLength (bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw new ControlError(`a line is longer than ${maxBytes} bytes`)
  }
}
