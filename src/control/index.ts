import { callControl } from './client.js'
import { ControlSocket } from './server.js'

export { ControlCallError, ControlError, NotRunningError, PathTooLongError } from './errors.js'
export { controlPath } from './path.js'

/** What can be asked, by name. A result is what JSON holds; an error with a code of the catalogue is answered as it is. */
export type ControlCalls = Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => Promise<unknown>>>

export interface ControlSocketInit {
  /** Of the node's data, mode 0700. */
  folder: string
  calls: ControlCalls
  /** A call failed in a way that is no answer. */
  onError: (err: unknown) => void
}

/** Serves calls of the owner of this machine's account, and of nobody else. */
export interface RunningControlSocket {
  readonly path: string
  /** Takes the file away. Calls under way are cut off. Idempotent. */
  stop (): Promise<void>
}

/**
 * Listens on `control.sock` in a node's data folder, mode 0600: one JSON object a line in both directions, requests of at most 4 KiB, 16
 * callers at once. A file that a killed node left is replaced; a socket where somebody answers never is.
 *
 * @throws PathTooLongError; ControlError when the path is taken
 */
export async function controlSocket (init: ControlSocketInit): Promise<RunningControlSocket> {
  return await ControlSocket.listen(init)
}

/**
 * Asks the node with this data folder, which runs on this machine.
 *
 * @returns what it answers
 * @throws NotRunningError when no node runs there; ControlCallError with the node's code and message; ControlError for all else
 */
export async function callNode (folder: string, call: string, params?: Readonly<Record<string, unknown>>): Promise<unknown> {
  return await callControl(folder, call, params)
}
