import { EnigmaError } from '../errors.js'

/** The socket cannot be made, or what answers there is no node of a version that this one knows. */
export class ControlError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('control_failed', message, options)
  }
}

/** Nobody listens there: the node is stopped, or was killed. */
export class NotRunningError extends EnigmaError {
  constructor (path: string, options?: ErrorOptions) {
    super('not_running', `no node listens on ${path}`, options)
  }
}

/** The node answered a call with a failure; its code and message. */
export class ControlCallError extends EnigmaError {}

/** Of the socket's path: there is none for this folder. */
export class PathTooLongError extends ControlError {}
