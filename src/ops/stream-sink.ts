import type { Sink } from './sink.js'
import type { Writable } from 'node:stream'

/** A reader that stops reading costs this much memory and no more; after that lines are dropped and counted. */
export const MAX_WAITING_BYTES = 1_048_576

/** How long `flush` waits for a reader that does not read. */
const FLUSH_MS = 2000

/** Lines to standard output. A reader that is gone (EPIPE) ends the output, not the process. */
export function streamSink (stream: Writable, lost: (lines: number) => string): Sink {
  let gone = false
  let dropped = 0

  const onError = (): void => {
    gone = true
  }

  const writable = (): boolean => !gone && !stream.destroyed && !stream.writableEnded

  const write = (lines: string): void => {
    if (!writable()) {
      return
    }
    if (stream.writableLength + lines.length > MAX_WAITING_BYTES) {
      dropped++
      return
    }
    if (dropped > 0) {
      const count = dropped
      dropped = 0
      stream.write(lost(count))
    }

    stream.write(lines)
  }

  const flush = async (): Promise<void> => {
    if (!writable() || stream.writableLength === 0) {
      return
    }

    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, FLUSH_MS)

      // the callback comes after everything before it, or with the error
      stream.write('', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  stream.on('error', onError)

  return {
    write,
    flush,
    close: async () => {
      await flush()
      stream.off('error', onError)
    }
  }
}
