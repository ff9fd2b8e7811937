/** A place in a TOML document: names of keys, positions in lists. */
export type KeyPath = ReadonlyArray<string | number>

/** Line numbers (from 1) of the keys of a TOML document. */
export interface Locator {
  /** The line of the key, else that of the nearest thing around it that has one. */
  line (path: KeyPath): number | undefined
}

const BARE = /[A-Za-z0-9_-]+/y
const SPACE = /[ \t]*/y
const VOID = /(?:[ \t\r\n]|#[^\n]*)*/y
const SCALAR = /[^,\]}#\n]*/y
const REST = /[^\n]*\n?/y
const STRINGS = [
  /"""(?:[^\\]|\\[^])*?"{3,5}/y,
  /'''[^]*?'{3,5}/y,
  /"(?:[^"\\\n]|\\.)*"/y,
  /'[^'\n]*'/y
]

/**
 * Finds the lines of all keys, since the parser gives positions for syntax errors only. The document must have
 * been parsed without an error: what is no TOML is skipped line by line, never thrown at.
 */
export function locateKeys (toml: string): Locator {
  const lines = new Scanner(toml).scan()

  return {
    line (path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(id(path.slice(0, length)))

        if (line !== undefined) {
          return line
        }
      }

      return undefined
    }
  }
}

class Scanner {
  private position = 0
  private counted = 0
  private lineNumber = 1
  private readonly lines = new Map<string, number>()
  /** Length of each list of tables that was begun with [[…]]. */
  private readonly lists = new Map<string, number>()

  constructor (private readonly text: string) {}

  scan (): Map<string, number> {
    let table: KeyPath = []

    if (this.text.startsWith('\uFEFF')) {
      this.position++
    }

    for (this.take(VOID); this.position < this.text.length; this.take(VOID)) {
      if (this.text[this.position] === '[') {
        table = this.header()
      } else {
        this.pair(table)
      }

      this.take(REST)
    }

    return this.lines
  }

  private header (): KeyPath {
    const line = this.line()
    const isList = this.text[++this.position] === '['
    this.position += isList ? 1 : 0

    const names = this.key()
    const path: Array<string | number> = []

    for (const [index, name] of names.entries()) {
      path.push(name)
      const length = this.lists.get(id(path))

      if (isList && index === names.length - 1) {
        this.mark(path, line)
        this.lists.set(id(path), (length ?? 0) + 1)
        path.push(length ?? 0)
      } else if (length !== undefined) {
        path.push(length - 1)
      }

      this.mark(path, line)
    }

    return path
  }

  private pair (table: KeyPath): void {
    const line = this.line()
    let path = table

    for (const name of this.key()) {
      path = [...path, name]
      this.mark(path, line)
    }

    this.take(SPACE)

    if (this.text[this.position] === '=') {
      this.position++
      this.take(SPACE)
      this.value(path)
    }
  }

  private key (): string[] {
    const names: string[] = []

    do {
      this.position += names.length === 0 ? 0 : 1
      this.take(SPACE)
      const quoted = this.takeString(STRINGS.slice(2))
      names.push(quoted === undefined ? this.take(BARE) : unquote(quoted))
      this.take(SPACE)
    } while (this.text[this.position] === '.')

    return names
  }

  private value (path: KeyPath): void {
    const first = this.text[this.position]

    if (first === '[') {
      this.list(path)
    } else if (first === '{') {
      this.inlineTable(path)
    } else if (this.takeString(STRINGS) === undefined) {
      this.take(SCALAR)
    }
  }

  private list (path: KeyPath): void {
    let before = this.position++

    // an entry that takes no text is no TOML: the list is over
    for (let index = 0; before !== this.position && this.more(']'); index++) {
      const entry = [...path, index]
      before = this.position
      this.mark(entry, this.line())
      this.value(entry)
      this.comma()
    }
  }

  private inlineTable (path: KeyPath): void {
    let before = this.position++

    while (before !== this.position && this.more('}')) {
      before = this.position
      this.pair(path)
      this.comma()
    }
  }

  /** Whether another entry comes; the closing bracket is taken. */
  private more (close: string): boolean {
    this.take(VOID)

    if (this.position >= this.text.length) {
      return false
    }

    if (this.text[this.position] === close) {
      this.position++

      return false
    }

    return true
  }

  private comma (): void {
    const before = this.position
    this.take(VOID)

    if (this.text[this.position] === ',' || (this.position === before && !']}'.includes(this.text[this.position] ?? ']'))) {
      this.position++
    }
  }

  private takeString (patterns: readonly RegExp[]): string | undefined {
    for (const pattern of patterns) {
      const taken = this.take(pattern)

      if (taken !== '') {
        return taken
      }
    }

    return undefined
  }

  private take (pattern: RegExp): string {
    pattern.lastIndex = this.position
    const taken = pattern.exec(this.text)?.[0] ?? ''
    this.position += taken.length

    return taken
  }

  /** The line of the position; each newline is counted once. */
  private line (): number {
    for (; this.counted < this.position; this.counted++) {
      this.lineNumber += this.text[this.counted] === '\n' ? 1 : 0
    }

    return this.lineNumber
  }

  private mark (path: KeyPath, line: number): void {
    const key = id(path)

    if (!this.lines.has(key)) {
      this.lines.set(key, line)
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b', '"': '"', '\\': '\\' }

function unquote (quoted: string): string {
  const inner = quoted.slice(1, -1)

  return quoted.startsWith("'")
    ? inner
    : inner.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gi, (_, x?: string, u?: string, U?: string, char?: string) =>
      char === undefined ? String.fromCodePoint(Math.min(parseInt(x ?? u ?? U ?? '0', 16), 0x10ffff)) : ESCAPES[char] ?? char)
}

function id (path: KeyPath): string {
  return JSON.stringify(path)
}
