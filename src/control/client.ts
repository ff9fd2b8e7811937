import { connect } from 'node:net'
import { codeOf } from '../new-file.js'
import { ControlCallError, ControlError, NotRunningError } from './errors.js'
import { linesOf } from './lines.js'
import { controlPath } from './path.js'
import { CONTROL_VERSION, MAX_ANSWER_BYTES, encodeLine, parseAnswer } from './protocol.js'
import type { Socket } from 'node:net'

const CALL_MS = 10_000

/** See `callNode` in `index.ts`. */
export async function callControl (folder: string, call: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const signal = AbortSignal.timeout(CALL_MS)
  const socket = await connectTo(controlPath(folder), signal)
  const giveUp = (): void => { socket.destroy(new ControlError('the node does not answer')) }

  signal.addEventListener('abort', giveUp)

  try {
    socket.write(encodeLine({ v: CONTROL_VERSION, call, params }))

    const { value: line } = await linesOf(socket, MAX_ANSWER_BYTES).next()

    if (line == null) {
      throw new ControlError('the node ended before it had answered')
    }

    const { error, result } = parseAnswer(line)

    if (error != null) {
      throw new ControlCallError(error.code, error.message)
    }

    return result
  } finally {
    signal.removeEventListener('abort', giveUp)
    socket.destroy()
  }
}

/** @throws NotRunningError when nobody listens there; ControlError */
export async function connectTo (path: string, signal: AbortSignal): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ path })
    const fail = (err: unknown): void => {
      socket.destroy()
      reject(isNobody(err) ? new NotRunningError(path, { cause: err }) : new ControlError(`${path} cannot be connected to: ${err instanceof Error ? err.message : String(err)}`, { cause: err }))
    }

    socket.once('connect', () => {
      socket.off('error', fail)
      socket.on('error', () => {})
      resolve(socket)
    })
    socket.once('error', fail)
    signal.addEventListener('abort', () => { fail(signal.reason) }, { once: true })
  })
}

function isNobody (err: unknown): boolean {
  return codeOf(err) === 'ECONNREFUSED' || codeOf(err) === 'ENOENT'
}
