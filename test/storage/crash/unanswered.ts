import assert from 'node:assert/strict'
import { StreamEndedError } from '../../support/raw-stream.js'

/** What a call ends with when its node goes away: it is made again with the next one. */
export class Unanswered extends Error {}

/** For a failure: such as a node has that goes away. @throws Unanswered; AssertionError for any other code */
export function goneWith (code: string, call: string): never {
  assert.ok(['shutting_down', 'storage_error'].includes(code), `${call}: ${code}`)
  throw new Unanswered()
}

/** Until the node goes away. `failed` is told what ends it else. */
export async function untilGone (call: () => Promise<void>, failed: (err: unknown) => void): Promise<void> {
  try {
    await call()
  } catch (err) {
    if (!(err instanceof Unanswered || isEnding(err))) {
      failed(err)
    }
  }
}

/** The connection went away under a stream, or before it was open. */
function isEnding (err: unknown): boolean {
  return err instanceof StreamEndedError || (err instanceof Error && /^(Stream|Connection|Muxer|Mux|Abort|UnexpectedEOF|Protocol|Unsupported)\w*Error$/.test(err.name))
}
