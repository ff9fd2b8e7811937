import { parseArgs } from 'node:util'
import { withFolder } from '../folder.js'
import { crashRounds } from './rounds.js'

// npm run test:crash -- [--rounds 50]

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } })

await withFolder(async folder => {
  const { rounds, pushed, acked, unanswered } = await crashRounds(folder, Number(values.rounds), line => { console.log(line) })

  console.log(`${rounds} kills: ${pushed} answered pushes, 0 lost, 0 twice; ${acked} answered acks, 0 undone; ${unanswered} stored without an answer; counters equal contents`)
})
