import pino from 'pino'
import { EVENT_FIELDS, messageOf } from './events.js'
import { fileSink } from './file-sink.js'
import { banner, prettyLines } from './pretty.js'
import { streamSink } from './stream-sink.js'
import type { Sink } from './sink.js'
import type { EventFields, EventName, LogFields, NodeLog } from './types.js'
import type { Config } from '../config/index.js'
import type { Writable } from 'node:stream'

type Level = Config['logging']['level']

export interface CreateLogOptions {
  /** @default process.stdout */
  stdout?: Writable & { isTTY?: boolean }
  /** Shown in the banner of the pretty format. @default 'enigma-node' */
  name?: string
  /** Shown in the banner of the pretty format. @default '' */
  version?: string
  /**
   * Pretty lines wait until the banner of `ready` is out (or the log is flushed), so that it is the first thing seen.
   *
   * @default false
   */
  holdUntilReady?: boolean
}

/** More lines than a start ever writes; the next one lets them all out. */
const MAX_HELD_LINES = 1000
/** Fields that only debug and trace lines may have, and only with `log_ip_addresses`. */
const IP_FIELDS: ReadonlySet<string> = new Set(['remote_addr'])
/** Keys of every line: a field of the same name would make two of it. */
const RESERVED: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'event'])

/**
 * The log of a node: JSON lines or lines for people on standard output, and the same in `logging.file`.
 * What the format is, and what no line holds, is in the contract ("Log lines that scripts wait for").
 * Nothing here throws after it is made: a full disk or a reader that is gone costs lines, not the node.
 *
 * @throws LogFileError when `logging.file` cannot be opened
 */
export function createLog (logging: Config['logging'], options: CreateLogOptions = {}): NodeLog {
  const stdout = options.stdout ?? process.stdout
  const pretty = logging.log_format === 'pretty'
  const render = pretty ? prettyLines(false) : undefined
  const renderTerminal = pretty ? prettyLines(stdout.isTTY === true && process.env.NO_COLOR == null) : undefined
  const addressesShown = logging.log_ip_addresses && (logging.level === 'debug' || logging.level === 'trace')

  const own = (level: Level, msg: string, fields: LogFields = {}): string =>
    JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg }) + '\n'
  const lost = (lines: number): string => {
    const line = own('warn', 'log lines were lost', { lines })
    return render?.(line) ?? line
  }

  const out = streamSink(stdout, lost)
  const file = logging.file === ''
    ? undefined
    : fileSink({
      path: logging.file,
      lost,
      onFailure: reason => {
        const line = own('error', 'the log file cannot be written, lines are lost until it can be', { file: logging.file, reason })
        out.write(renderTerminal?.(line) ?? line)
      }
    })
  const sinks: Sink[] = file == null ? [out] : [out, file]

  let held: string[] | undefined = pretty && options.holdUntilReady === true ? [] : undefined
  let closed = false

  const emit = (line: string): void => {
    out.write(renderTerminal?.(line) ?? line)
    file?.write(render?.(line) ?? line)
  }

  const release = (): void => {
    const lines = held ?? []
    held = undefined
    lines.forEach(emit)
  }

  const take = (line: string): void => {
    if (held != null && held.push(line) <= MAX_HELD_LINES) {
      return
    }
    if (held != null) {
      release()
      return
    }

    emit(line)
  }

  const logger = pino({
    level: logging.level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) }
  }, { write: take })

  const write = (level: Level, msg: string, fields: LogFields = {}, event?: EventName): void => {
    if (closed || !logger.isLevelEnabled(level)) {
      return
    }

    const record: Record<string, LogFields[string]> = event == null ? {} : { event }
    const addressesAllowed = addressesShown && (level === 'debug' || level === 'trace')

    for (const [key, value] of Object.entries(fields)) {
      if (!RESERVED.has(key) && (addressesAllowed || !IP_FIELDS.has(key))) {
        record[key] = value
      }
    }

    logger[level](record, msg)
  }

  const event = <E extends EventName>(name: E, fields: EventFields[E]): void => {
    if (pretty && name === 'ready') {
      const text = banner(options.name ?? 'enigma-node', options.version ?? '', fields as EventFields['ready'])

      if (!closed) {
        sinks.forEach(sink => sink.write(text))
      }

      release()
      return
    }
    // the banner has them
    if (pretty && name === 'listening') {
      return
    }

    const known = Object.fromEntries(EVENT_FIELDS[name].map(key => [key, fields[key]])) as LogFields
    write(addressesShown && known.remote_addr != null ? 'debug' : 'info', messageOf(name), known, name)
  }

  return {
    trace: (msg, fields) => write('trace', msg, fields),
    debug: (msg, fields) => write('debug', msg, fields),
    info: (msg, fields) => write('info', msg, fields),
    warn: (msg, fields) => write('warn', msg, fields),
    error: (msg, fields) => write('error', msg, fields),
    event,
    flush: async () => {
      release()
      await Promise.all(sinks.map(async sink => sink.flush()))
    },
    close: async () => {
      if (!closed) {
        release()
        closed = true
        await Promise.all(sinks.map(async sink => sink.close()))
      }
    }
  }
}
