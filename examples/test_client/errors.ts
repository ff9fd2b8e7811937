/** Something the user can be told in one sentence. */
export class ClientError extends Error {
  override name = 'ClientError'
  /** 1: it failed. 2: wrong usage. */
  readonly exitCode: 1 | 2
  /** The relay's answer, when it is one: the name of the status in the circuit relay's specification. */
  readonly status: string | undefined

  constructor (message: string, options: ErrorOptions & { exitCode?: 1 | 2, status?: string } = {}) {
    super(message, options)
    this.exitCode = options.exitCode ?? 1
    this.status = options.status
  }
}

/** What the relay means with a status, for RESERVE and CONNECT (circuit-v2, "Status codes"). */
const MEANINGS: Record<string, string> = {
  RESERVATION_REFUSED: 'the relay takes no reservation now: it is full, shuts down, or has enough of this address; try later',
  RESOURCE_LIMIT_EXCEEDED: 'too many circuits are open, here or at the other peer; try later',
  PERMISSION_DENIED: 'this peer is not allowed to; a relay with auth_enabled wants --token or its PeerId in allow_peers',
  CONNECTION_FAILED: 'the relay could not reach the other peer, or shuts down',
  NO_RESERVATION: 'the other peer is offline: it has no reservation on this relay; start it, and take the address it prints',
  MALFORMED_MESSAGE: 'the relay did not understand the request',
  UNEXPECTED_MESSAGE: 'the relay did not expect the request'
}

/** The relay said no: `doing` is what was asked of it. Returns nothing when the error is none of the relay's. */
export function refusal (doing: string, err: unknown): ClientError | undefined {
  const status = /with status ([A-Z_]+)/.exec(textOf(err))?.[1]

  return status == null
    ? undefined
    : new ClientError(`${doing}: refused with ${status} (${MEANINGS[status] ?? 'a status this client does not know'})`, { status, cause: err })
}

/** Makes one sentence of whatever was thrown. */
export function explain (err: unknown): Error {
  return err instanceof ClientError ? err : new Error(textOf(err), { cause: err })
}

/** The first line of the message, with those of the errors that are folded into it. */
export function textOf (err: unknown): string {
  if (err instanceof AggregateError) {
    return err.errors.map(textOf).join('; ')
  }

  if (!(err instanceof Error)) {
    return String(err)
  }

  // libp2p puts a listener's error, stack and all, into the message
  const lines = err.message.split('\n').map(line => line.trim()).filter(line => line !== '' && !line.startsWith('at '))

  return lines.join(' ') === '' ? err.name : lines.join(' ')
}
