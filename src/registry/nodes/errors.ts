import { EnigmaError } from '../../errors.js'

/** What was given as a node is none that may be listed, or did not prove to be one. For logs: the caller is not told why. */
export class NodeRefusedError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('node_refused', message, options)
  }
}
