import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { parseWords } from '../../src/access/ip.js'
import type { RemoteInfo, Socket } from 'node:dgram'

const TYPES = { A: 1, TXT: 16, AAAA: 28 } as const

export type RecordType = keyof typeof TYPES

/** `address:port` of it goes to a resolver. */
export class DnsServer {
  /** Each as `A name`, in the order in which they came. */
  readonly asked: string[] = []
  readonly #socket: Socket
  readonly #answers = new Map<string, string[][]>()

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.on('message', (query, from) => { this.#answer(query, from) })
  }

  static async start (): Promise<DnsServer> {
    const socket = createSocket('udp4')

    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')

    return new DnsServer(socket)
  }

  get address (): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  /** What is answered the first time, the second time and so on; the last one for ever. Names that were not set have nothing. */
  set (type: RecordType, name: string, ...answers: string[][]): void {
    this.#answers.set(`${type} ${name}`, answers)
  }

  async stop (): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  /** RFC 1035, 4.1: the question comes back as it was, each answer points at its name. */
  #answer (query: Buffer, from: RemoteInfo): void {
    const labels: string[] = []
    let at = 12

    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += 1 + length
    }

    const code = query.readUInt16BE(at + 1)
    const type = (Object.keys(TYPES) as RecordType[]).find(type => TYPES[type] === code)
    const key = `${type ?? code} ${labels.join('.').toLowerCase()}`
    const answers = this.#answers.get(key)
    const records = (answers != null && answers.length > 1 ? answers.shift() : answers?.[0]) ?? []
    const head = Buffer.alloc(12)

    this.asked.push(key)
    head.writeUInt16BE(query.readUInt16BE(0), 0)
    head.writeUInt16BE(0x8180, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(records.length, 6)
    this.#socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...records.map(record => recordOf(code, record))]), from.port, from.address)
  }
}

function recordOf (code: number, text: string): Buffer {
  const data = code === TYPES.TXT
    ? Buffer.concat((text.match(/.{1,255}/g) ?? ['']).map(part => Buffer.concat([Buffer.of(part.length), Buffer.from(part)])))
    : addressOf(text)
  const head = Buffer.alloc(12)

  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(code, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.byteLength, 10)

  return Buffer.concat([head, data])
}

function addressOf (text: string): Buffer {
  return Buffer.from((parseWords(text) ?? []).flatMap(word => [word >> 8, word & 0xff]))
}
