import { readFileSync, writeFileSync } from 'node:fs'
import { withDocsTable } from './docs.js'
import { renderConfig } from './render.js'

// writes relay.toml.example and the tables of docs/configuration.md; run from dist/src/config
const root = new URL('../../../', import.meta.url)
const docs = new URL('docs/configuration.md', root)

writeFileSync(new URL('relay.toml.example', root), renderConfig())
writeFileSync(docs, withDocsTable(readFileSync(docs, 'utf8')))
