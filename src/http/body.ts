import { decoderOf, tooLarge } from './decoders.js'
import { HttpError } from './errors.js'
import type { Deadlines } from './deadlines.js'
import type { Decoders } from './decoders.js'
import type { JsonIntake } from './json-intake.js'
import type { HeldShare } from './shares.js'
import type { IncomingMessage } from 'node:http'

/** Bodies of this size are read whatever others hold, as frames on a stream are. */
const SMALL_BYTES = 64 * 1024

/** What has come and is not read stops the rest. */
const MAX_BACKLOG_BYTES = 128 * 1024

export interface ReadBodyOptions {
  /** Bodies of one caller wait for each other. */
  caller: string
  /** Of decoded bytes. */
  limit: number
  held: HeldShare
  deadlines: Deadlines
  decoders: Decoders
  /** Makes what takes more than a small body. */
  intake: () => JsonIntake
}

/**
 * A small body, decoded, or the intake of a large one, which has been given all of it. Counts what has arrived, and reads on only while there is
 * room for it; whoever gets it says that it is whole. Not `async`: a promise less for each request.
 *
 * @throws HttpError `message_too_large`, `unsupported_media_type`, `invalid_input` (broken encoding, body that ends early), `rate_limited`; JsonError;
 * at once, or by the promise
 */
export function readBody (request: IncomingMessage, { caller, limit, held, deadlines, decoders, intake }: ReadBodyOptions): Promise<Uint8Array | JsonIntake> {
  const { headers, httpVersionMajor } = request
  const declared = Number(headers['content-length'] ?? 0)
  const decoder = decoderOf(headers['content-encoding'])

  if (declared > limit) {
    throw tooLarge(limit)
  }

  if (decoder != null) {
    const isGone = (): boolean => request.socket.destroyed

    return new Arrival(request, { limit, held, deadlines, isSmall: false }).chunks()
      .then(chunks => decoders.decode(chunks, { decoder, limit, caller, held, intake, isGone }))
  }

  const isSmall = declared > 0 && declared <= SMALL_BYTES

  if (isSmall && httpVersionMajor === 1) {
    // HTTP/1 has its own deadline for a request (server/create.ts)
    return readSmall(request, declared, held)
  }

  return new Arrival(request, { limit, held, deadlines, isSmall }).into(intake)
}

type ArrivalInit = Omit<ReadBodyOptions, 'caller' | 'decoders' | 'intake'> & { isSmall: boolean }

/** A body on its way in. */
class Arrival {
  readonly #request: IncomingMessage
  readonly #init: ArrivalInit
  readonly #begun: ReturnType<HeldShare['share']['begin']> | undefined
  readonly #come = Promise.withResolvers<void>()
  readonly #chunks: Buffer[] = []
  #length = 0
  #makeIntake: (() => JsonIntake) | undefined
  #intake: JsonIntake | undefined
  #isOver = false

  constructor (request: IncomingMessage, init: ArrivalInit) {
    const { held, isSmall, deadlines } = init

    this.#request = request
    this.#init = init
    this.#begun = isSmall ? undefined : held.share.begin(() => { this.#end(new HttpError('rate_limited', 'too much is on its way in, and this body began first')) })
    request.on('data', this.#onData)
    request.on('end', this.#onEnd)
    request.on('close', this.#onClose)
    deadlines.add(this.#onLate)
  }

  async chunks (): Promise<readonly Buffer[]> {
    await this.#come.promise

    return this.#chunks
  }

  /** Whole when it is small enough to be read at once. */
  async into (intake: () => JsonIntake): Promise<Buffer | JsonIntake> {
    this.#makeIntake = intake
    await this.#come.promise

    return this.#intake ?? Buffer.concat(this.#chunks, this.#length)
  }

  readonly #onData = (chunk: Buffer): void => {
    const { held, limit, isSmall } = this.#init

    this.#length += chunk.byteLength
    held.add(chunk.byteLength)

    if (this.#length > limit) {
      this.#end(tooLarge(limit))
      return
    }

    this.#chunks.push(chunk)

    if (this.#length > SMALL_BYTES) {
      this.#giveAway()

      if (!isSmall && !this.#mayGoOn()) {
        this.#request.pause()
        this.#goOn()
      }
    }
  }

  #giveAway (): void {
    this.#intake ??= this.#makeIntake?.()

    if (this.#intake != null) {
      for (const chunk of this.#chunks.splice(0)) {
        this.#intake.read(chunk).then(this.#goOn, this.#end)
      }
    }
  }

  #mayGoOn (): boolean {
    return (this.#intake?.backlog ?? 0) <= MAX_BACKLOG_BYTES && this.#init.held.share.hasRoom(this.#begun?.isFirst())
  }

  readonly #goOn = (): void => {
    if (this.#isOver || !this.#request.isPaused()) {
      return
    }

    if (this.#mayGoOn()) {
      this.#request.resume()
    } else if (!this.#init.held.share.hasRoom(this.#begun?.isFirst())) {
      this.#init.held.share.whenRoom(this.#goOn)
    }
  }

  readonly #onEnd = (): void => { this.#end() }

  readonly #onClose = (): void => {
    if (!this.#request.complete) {
      this.#end(new HttpError('invalid_input', 'the body ended early'))
    }
  }

  readonly #onLate = (): void => { this.#end(new HttpError('request_timeout', 'the body did not come to its end in time')) }

  readonly #end = (err?: unknown): void => {
    if (this.#isOver) {
      return
    }

    this.#isOver = true
    this.#begun?.done()
    this.#init.held.share.forget(this.#goOn)
    this.#init.deadlines.delete(this.#onLate)
    this.#request.off('data', this.#onData)
    this.#request.off('end', this.#onEnd)
    this.#request.off('close', this.#onClose)

    if (err == null) {
      this.#come.resolve()
    } else {
      this.#intake?.stop()
      this.#request.resume()
      this.#come.reject(err)
    }
  }
}

/** What most bodies are, with as little as it takes; Node.js does not give more than was declared. */
function readSmall (request: IncomingMessage, declared: number, held: HeldShare): Promise<Uint8Array> {
  return new Promise<Uint8Array>((resolve, reject) => {
    let whole: Buffer | undefined
    let rest: Buffer[] | undefined

    request.on('data', (chunk: Buffer) => {
      held.add(chunk.byteLength)

      if (whole == null) {
        whole = chunk
      } else {
        rest ??= [whole]
        rest.push(chunk)
      }
    })
    request.on('end', () => {
      resolve(rest == null ? whole ?? Buffer.alloc(0) : Buffer.concat(rest, declared))
    })
    request.on('close', () => {
      if (!request.complete) {
        reject(new HttpError('invalid_input', 'the body ended early'))
      }
    })
  })
}
