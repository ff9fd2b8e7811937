import { chmod, lstat, unlink } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { isErrorCode, EnigmaError } from '../errors.js'
import { lingeringEnd } from '../web/connection.js'
import { codeOf } from '../new-file.js'
import { connectTo } from './client.js'
import { ControlError, NotRunningError } from './errors.js'
import { linesOf } from './lines.js'
import { controlPath } from './path.js'
import { CONTROL_VERSION, MAX_REQUEST_BYTES, encodeLine, parseRequest } from './protocol.js'
import type { ControlCalls, ControlSocketInit } from './index.js'
import type { ControlAnswer, ControlRequest } from './protocol.js'
import type { Server, Socket } from 'node:net'

/** Callers at once; the next ones are closed. */
const MAX_CONNECTIONS = 16
/** A caller that says nothing, or reads nothing. */
const IDLE_MS = 30_000
/** What an ended connection may still send. */
const LINGER_MS = 1000
/** What a live node takes to answer a connection, at most. */
const CONNECT_MS = 2000

/** See `controlSocket` in `index.ts`. */
export class ControlSocket {
  readonly path: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #stopping?: Promise<void>

  private constructor (path: string, server: Server) {
    this.path = path
    this.#server = server
  }

  static async listen ({ folder, calls, onError }: ControlSocketInit): Promise<ControlSocket> {
    const path = controlPath(folder)
    const server = createServer({ allowHalfOpen: true })
    const control = new ControlSocket(path, server)

    await removeStale(path)

    server.maxConnections = MAX_CONNECTIONS
    server.on('connection', socket => { control.#serve(socket, calls, onError) })
    server.listen(path)
    await once(server, 'listening')
    server.on('error', onError)
    // nobody else could come before: the folder is the owner's alone
    await chmod(path, 0o600)

    return control
  }

  /** Takes the file away. Calls under way are cut off. */
  async stop (): Promise<void> {
    this.#stopping ??= new Promise(resolve => {
      this.#server.close(() => { resolve() })
      this.#sockets.forEach(socket => { socket.destroy() })
    })

    await this.#stopping
  }

  #serve (socket: Socket, calls: ControlCalls, onError: (err: unknown) => void): void {
    this.#sockets.add(socket)
    socket.setTimeout(IDLE_MS, () => { socket.destroy() })
    socket.on('error', () => {})
    socket.on('close', () => { this.#sockets.delete(socket) })
    answerLines(socket, calls, onError).then(
      () => { socket.end() },
      (err: unknown) => { lingeringEnd(socket, LINGER_MS, encodeLine(failure('invalid_input', err instanceof ControlError ? err.message : 'the request did not come to its end'))) }
    )
  }
}

/** One after the other: the next line is not read before the last one is answered. @throws ControlError for what is no request */
async function answerLines (socket: Socket, calls: ControlCalls, onError: (err: unknown) => void): Promise<void> {
  for await (const line of linesOf(socket, MAX_REQUEST_BYTES)) {
    if (!socket.write(encodeLine(await answerTo(parseRequest(line), calls, onError)))) {
      await once(socket, 'drain')
    }
  }
}

async function answerTo ({ v, call, params }: ControlRequest, calls: ControlCalls, onError: (err: unknown) => void): Promise<ControlAnswer> {
  if (v !== CONTROL_VERSION) {
    return failure('unsupported_version', `this node speaks version ${CONTROL_VERSION} of the control socket`)
  }

  const handler = Object.hasOwn(calls, call) ? calls[call] : undefined

  if (handler == null) {
    return failure('unknown_call', 'the node does not know this call: it is older, or the part is switched off')
  }

  try {
    return { v: CONTROL_VERSION, result: await handler(params) }
  } catch (err) {
    if (err instanceof EnigmaError && isErrorCode(err.code)) {
      return failure(err.code, err.message)
    }

    onError(err)

    return failure('internal_error', 'a bug of the node; its log says more')
  }
}

function failure (code: string, message: string): ControlAnswer {
  return { v: CONTROL_VERSION, error: { code, message } }
}

/** What a process that was killed left behind goes; where somebody answers, or what is no socket, stays. @throws ControlError */
async function removeStale (path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) {
      throw new ControlError(`${path} is in the way of the control socket: move it away`)
    }

    const socket = await connectTo(path, AbortSignal.timeout(CONNECT_MS))

    socket.destroy()
  } catch (err) {
    if (err instanceof NotRunningError) {
      await unlink(path)
      return
    }

    if (codeOf(err) === 'ENOENT') {
      return
    }

    throw err
  }

  throw new ControlError(`another process listens on ${path}`)
}
