import { parseArgs } from 'node:util'
import { withFolder } from '../folder.js'
import { nodeCrashRounds } from './node-rounds.js'
import { crashRounds } from './rounds.js'

// npm run test:crash -- [--rounds 50] [--store]
// Kills relay-server under writers on libp2p; with --store a process that writes straight to the store, which is more kills a minute.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, store: { type: 'boolean', default: false } } })
const rounds = Number(values.rounds)
const say = (line: string): void => { console.log(line) }

if (values.store) {
  await withFolder(async folder => {
    const { pushed, acked, unanswered, registry, registryUnanswered } = await crashRounds(folder, rounds, say)

    say(`${rounds} kills: ${pushed} answered pushes, 0 lost, 0 twice; ${acked} answered acks, 0 undone; ${unanswered} stored without an answer; ${registry} answered calls of the registry, 0 lost, 0 halved, ${registryUnanswered} done without an answer; counters equal contents`)
  })
} else {
  const begun = performance.now()
  const { kills, duringStart, duringStop, unclean, ledger, book } = await nodeCrashRounds(rounds, say)

  say(`${kills} kills of relay-server (${duringStart} as it started, ${duringStop} as it stopped; ${unclean} left the store open) in ${Math.round((performance.now() - begun) / 1000)} s:
${ledger.pushed} answered pushes, 0 lost, 0 twice; ${ledger.acked} answered acks, 0 undone; ${ledger.expired} expired and collected;
${ledger.retriesDuplicate + ledger.retriesStored} pushes sent again after a kill: ${ledger.retriesDuplicate} had been stored, ${ledger.retriesStored} had not;
${book.calls} answered changes of the registry, 0 lost, 0 undone, 0 halved (${Object.entries(book.answered).map(([step, count]) => `${step} ${count}`).join(', ')}); ${book.unanswered} done without an answer;
${book.prizes} handles that eight wanted at once, each with one owner (${book.contested} tries, ${book.refused} refused); ${book.resolved} resolved as they were answered; ${book.keyCount} envelope keys, ${book.rotations} of them made and told under load, all accepted to the end;
counters equal contents after each kill, and verify found nothing`)
}
