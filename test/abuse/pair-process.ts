import { multiaddr } from '@multiformats/multiaddr'
import { acceptStop, openCircuit, reserveOver } from '../../bench/relay/hop-client.js'
import { createClientNode } from '../support/nodes.js'
import { STOP } from '../support/wire.js'
import { answer } from './process.js'
import type { ClientNode } from '../support/nodes.js'
import type { Stream } from '@libp2p/interface'

// Two peers that mean well: one transfer through one circuit for the whole run.

const CHUNK = new Uint8Array(65_536)

let stream: Stream | undefined
let received = 0
let failure: string | undefined
let stopping = new AbortController()
let running = Promise.resolve()
let target: ClientNode | undefined

const calls = {
  async connect (relay: string): Promise<string> {
    const [source, destination] = await Promise.all([createClientNode(), createClientNode()])

    target = destination
    await destination.handle(STOP, async leg => {
      await acceptStop(leg)
      leg.addEventListener('message', ({ data }) => { received += data.byteLength })
    })
    await reserveOver(await destination.dial(multiaddr(relay)))
    stream = await openCircuit(await source.dial(multiaddr(relay)), destination.peerId.toString())
    stream.addEventListener('close', ({ error }) => { failure = `the circuit ended: ${error?.message ?? 'in good order'}` })

    return destination.peerId.toString()
  },

  start (): void {
    stopping = new AbortController()
    running = pump(stopping.signal).catch((err: unknown) => { failure ??= String(err) })
  },

  /** Resolves when all that was sent has arrived or nothing more comes. */
  async stop (): Promise<void> {
    stopping.abort()
    await running

    for (let before = -1; before !== received;) {
      before = received
      await new Promise(resolve => { setTimeout(resolve, 100) })
    }
  },

  count (): { bytes: number, at: number, failure: string | undefined } {
    return { bytes: received, at: performance.now(), failure: failure ?? (target?.getConnections().length === 0 ? 'the target lost its connection' : undefined) }
  }
}

export type PairCalls = typeof calls

async function pump (signal: AbortSignal): Promise<void> {
  if (stream == null) {
    throw new Error('no circuit')
  }

  const source = stream

  while (!signal.aborted && source.status === 'open') {
    if (source.send(CHUNK)) {
      // others of this process want to read
      await new Promise<void>(resolve => { setImmediate(resolve) })
      continue
    }

    await new Promise<void>(resolve => {
      const go = (): void => {
        source.removeEventListener('drain', go)
        source.removeEventListener('close', go)
        resolve()
      }

      source.addEventListener('drain', go)
      source.addEventListener('close', go)
    })
  }
}

answer(calls)
