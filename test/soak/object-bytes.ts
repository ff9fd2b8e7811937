import { readFile } from 'node:fs/promises'

interface HeapSnapshot {
  snapshot: { meta: { node_fields: string[], node_types: [string[], ...unknown[]] } }
  nodes: number[]
}

/**
 * Types of nodes that are V8's own: code and what it learns about code, shapes of objects, lists of weak references. They grow for as long as
 * code is run that had not been run as often, and their lists in steps; nothing that a program keeps is among them.
 */
const OF_V8 = ['hidden', 'code', 'object shape']
/** Counted as what lies outside of the heap. */
const OUTSIDE = ['native', 'synthetic']

/** Bytes of what the program itself keeps on the heap, by a heap snapshot (`writeHeapSnapshot`): objects, arrays, closures, strings, numbers. */
export async function objectBytes (path: string): Promise<number> {
  // its format is documented as JSON of this shape
  const { snapshot: { meta }, nodes } = JSON.parse(await readFile(path, 'utf8')) as HeapSnapshot
  const [types] = meta.node_types
  const type = meta.node_fields.indexOf('type')
  const size = meta.node_fields.indexOf('self_size')
  const isOurs = types.map(name => !OF_V8.includes(name) && !OUTSIDE.includes(name))
  let sum = 0

  if (type === -1 || size === -1 || !OF_V8.every(name => types.includes(name))) {
    throw new Error('this V8 writes heap snapshots in another way')
  }

  for (let at = 0; at < nodes.length; at += meta.node_fields.length) {
    if (isOurs[nodes[at + type] ?? -1] === true) {
      sum += nodes[at + size] ?? 0
    }
  }

  return sum
}
