// Browser-safe: what the streams' protocols have in common in how their messages are read.
import { BYTES, MalformedRequestError, VARINT, WireReader } from './wire-reader.js'

/** Of `Failure.details`; what comes after them is dropped. */
const MAX_DETAILS = 16

/** Fields of one message from a node, with all that is in it: its longest lists have as many entries of a few fields. */
const MAX_FIELDS = 262_144

/** What is read of a request that cannot be taken: its id where that could be read, else 0. */
export class RequestError extends MalformedRequestError {
  readonly id: bigint

  constructor (id: bigint, message: string) {
    super(message)
    this.id = id
  }
}

/** Readers of messages by the number of their field. */
export type MessageReaders<T> = Record<number, (reader: WireReader) => T>

export interface ReadMessageOptions<Beside> {
  /** Fields that do not take each other's place. */
  beside?: MessageReaders<Beside>
  /** With all that is in them. @default 262144 */
  maxFields?: number
}

/**
 * A message with its id as field 1 and at most one of many others: the last one in the frame. Those before it are skipped, not read.
 *
 * @throws MalformedRequestError when it is no such message, or has too many fields
 */
export function readMessage<One extends object, Beside extends object> (bytes: Uint8Array, ones: MessageReaders<One>, { beside = {}, maxFields = MAX_FIELDS }: ReadMessageOptions<Beside> = {}): { id: bigint } & Partial<One> & Partial<Beside> {
  const reader = new WireReader(bytes, { left: maxFields })
  let id = 0n
  let read: ((reader: WireReader) => One) | undefined
  let one: WireReader | undefined
  let others: Partial<Beside> | undefined

  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === VARINT) {
      id = reader.uint64()
    } else if (reader.wireType === BYTES && ones[reader.field] != null) {
      read = ones[reader.field]
      one = reader.message()
    } else if (reader.wireType === BYTES && beside[reader.field] != null) {
      others = { ...others, ...beside[reader.field]?.(reader.message()) }
    } else {
      reader.skip()
    }
  }

  const found: Partial<One> = one == null ? {} : read?.(one) ?? {}

  // it is nobody else's
  return Object.assign(found, others, { id })
}

/** The same for a request. @throws RequestError when it is none */
export function readRequest<One extends object, Beside extends object> (bytes: Uint8Array, calls: MessageReaders<One>, options: ReadMessageOptions<Beside> & { maxFields: number }): { id: bigint } & Partial<One> & Partial<Beside> {
  try {
    return readMessage(bytes, calls, options)
  } catch (err) {
    throw new RequestError(idOf(bytes, options.maxFields), err instanceof MalformedRequestError ? err.message : 'not a request')
  }
}

/** The id of a frame that is broken elsewhere; 0 when it cannot be read either. */
function idOf (bytes: Uint8Array, maxFields: number): bigint {
  const reader = new WireReader(bytes, { left: maxFields })
  let id = 0n

  try {
    while (reader.next()) {
      if (reader.field === 1 && reader.wireType === VARINT) {
        id = reader.uint64()
      } else {
        reader.skip()
      }
    }
  } catch {
    // what was read so far is what can be read
  }

  return id
}

export type FieldReaders = Record<number, () => void>

/** Reads a message whose known fields are given by `number` and `bytes`. */
export function readFields (reader: WireReader, fields: FieldReaders): void {
  while (reader.next()) {
    const read = fields[reader.field << 3 | reader.wireType]

    if (read == null) {
      reader.skip()
    } else {
      read()
    }
  }
}

export const number = (field: number): number => field << 3 | VARINT
export const bytes = (field: number): number => field << 3 | BYTES

/** `Failure`, the same in all protocols. */
export function readFailure (reader: WireReader): { code: string, message: string, retryAfterMs: number, details: Map<string, string> } {
  const failure = { code: '', message: '', retryAfterMs: 0, details: new Map<string, string>() }

  readFields(reader, {
    [bytes(1)]: () => { failure.code = reader.string() },
    [bytes(2)]: () => { failure.message = reader.string() },
    [number(3)]: () => { failure.retryAfterMs = reader.uint() },
    [bytes(4)]: () => {
      const [key, value] = readEntry(reader.message())

      if (failure.details.size < MAX_DETAILS) {
        failure.details.set(key, value)
      }
    }
  })

  return failure
}

function readEntry (reader: WireReader): [key: string, value: string] {
  const entry: [string, string] = ['', '']

  readFields(reader, {
    [bytes(1)]: () => { entry[0] = reader.string() },
    [bytes(2)]: () => { entry[1] = reader.string() }
  })

  return entry
}

/** libp2p hands out memory of its own, never shared with another thread: what protons' types ask for. */
export function owned (part: Uint8Array): Uint8Array<ArrayBuffer> {
  return part as Uint8Array<ArrayBuffer>
}
