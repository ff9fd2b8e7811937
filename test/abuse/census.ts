import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { AbstractMessageStream } from '@libp2p/utils'

/** Live objects of this process, after garbage collection: what is reachable and should not be is left over. */
export interface Census {
  rssBytes: number
  heapBytes: number
  /** Buffers outside of the heap. */
  externalBytes: number
  /** Of the operating system: handles that are open, by libuv's names. */
  handles: Record<string, number>
  /** Node's own Timeout objects, also those that do not keep the process alive. */
  timers: number
  /** Registrations on any EventTarget: libp2p's emitters and abort signals are all of them EventTargets. */
  listeners: number
  abortSignals: number
  sockets: number
  /** libp2p's streams, connections, and what they are made of. */
  messageStreams: number
}

type Constructor = new (...args: never[]) => unknown

/** `AbortSignal.timeout` and others outlive their use by some turns. */
export async function census (): Promise<Census> {
  for (let i = 0; i < 2; i++) {
    // the flavour that V8 keeps for the last moment also gives its free pages back
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await turn()
  }

  const { rss, heapUsed, external } = process.memoryUsage()
  const handles: Record<string, number> = {}

  for (const name of process.getActiveResourcesInfo()) {
    handles[name] = (handles[name] ?? 0) + 1
  }

  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    handles,
    timers: count(timerConstructor()),
    listeners: count(listenerConstructor()),
    abortSignals: count(AbortSignal),
    sockets: count(Socket),
    messageStreams: count(AbstractMessageStream)
  }
}

/** Objects with the constructor's prototype in their chain; the prototypes of subclasses are among them, and cancel out once all are loaded. */
function count (constructor: object): number {
  return Number(queryObjects(constructor as Constructor))
}

function timerConstructor (): object {
  const timer = setTimeout(() => {}, 0)

  clearTimeout(timer)

  return timer.constructor
}

/** Node keeps each registration on an EventTarget in an object of a class that it does not export. */
function listenerConstructor (): object {
  const target = new EventTarget()

  target.addEventListener('x', () => {})

  // a map of a class of Node's own
  const events = Object.getOwnPropertySymbols(target).map(symbol => Reflect.get(target, symbol) as { get?: (name: string) => { next?: object } } | undefined)
  const root = events.find(value => typeof value?.get === 'function')?.get?.('x')

  if (root?.next == null) {
    throw new Error('this Node.js keeps the listeners of an EventTarget in another way')
  }

  return root.next.constructor
}
