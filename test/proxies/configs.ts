import { readFileSync } from 'node:fs'

const DOCS = new URL('../../../docs/http.md', import.meta.url)

/** A block of docs/http.md by the comment before it, with parts of it replaced: each of them must be there. */
export function configOf (name: string, replace: Readonly<Record<string, string>>): string {
  const [, block] = new RegExp(`<!-- ci: ${name} -->\n\`\`\`\\w*\n([\\s\\S]*?)\`\`\``).exec(readFileSync(DOCS, 'utf8')) ?? []

  if (block == null) {
    throw new Error(`docs/http.md has no block ${name}`)
  }

  return Object.entries(replace).reduce((text, [from, to]) => {
    if (!text.includes(from)) {
      throw new Error(`the block ${name} of docs/http.md does not hold ${from}`)
    }

    return text.replaceAll(from, to)
  }, block)
}
