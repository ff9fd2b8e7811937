import { statfs } from 'node:fs/promises'

/** The file system is asked at most once in this many milliseconds. */
const INTERVAL_MS = 1000

export interface SpaceInit {
  path: string
  /** Below it there is no room for pushes. 0 = no limit. */
  minFreeBytes: number
  /** Monotonic, in milliseconds. @default performance.now */
  now?: () => number
  /** Free bytes of the file system. @default statfs */
  free?: (path: string) => Promise<number>
}

/** Tells whether the disk has room, from what the file system said last and what was written since. */
export class Space {
  readonly #path: string
  readonly #minFreeBytes: number
  readonly #now: () => number
  readonly #read: (path: string) => Promise<number>
  #free = Number.POSITIVE_INFINITY
  #written = 0
  #readAt = Number.NEGATIVE_INFINITY

  constructor ({ path, minFreeBytes, now = () => performance.now(), free = freeBytes }: SpaceInit) {
    this.#path = path
    this.#minFreeBytes = minFreeBytes
    this.#now = now
    this.#read = free
  }

  get isStale (): boolean {
    return this.#minFreeBytes > 0 && this.#now() - this.#readAt >= INTERVAL_MS
  }

  /** As the file system said last, less what was written since; undefined when it was never asked. */
  get freeBytes (): number | undefined {
    return Number.isFinite(this.#free) ? Math.max(0, this.#free - this.#written) : undefined
  }

  async refresh (): Promise<void> {
    this.#readAt = this.#now()
    this.#written = 0

    try {
      this.#free = await this.#read(this.#path)
    } catch {
      // a file system that cannot say goes on as it was: a write that fails is what tells
    }
  }

  wrote (bytes: number): void {
    this.#written += bytes
  }

  get hasRoom (): boolean {
    return this.#minFreeBytes === 0 || this.#free - this.#written >= this.#minFreeBytes
  }
}

async function freeBytes (path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)

  return bavail * bsize
}
