import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { requireOwnStore } from '../../src/cli/own-store.js'
import { levelStore } from '../../src/storage/index.js'
import { bytesOf, indexOf } from '../../src/storage/registry-conformance.js'
import { withFolder } from '../storage/folder.js'
import { Home } from './command.js'

describe('a data folder that was put back', () => {
  let home: Home
  let meshnet: string

  beforeEach(async () => {
    home = await Home.make()
    meshnet = join(home.path, '.meshnet')
  })

  afterEach(async () => {
    await home.remove()
  })

  /** What the node warns of between its start and its end. */
  async function warnings (): Promise<string[]> {
    const node = home.start(['-c', await home.config()])

    await node.event('ready')
    node.proc.kill('SIGTERM')
    assert.equal((await node.exit).code, 0)

    return node.log().filter(({ level }) => level === 'warn').map(({ msg }) => String(msg))
  }

  it('without the key file: the node says that nobody finds the identities in it, until that is back', async () => {
    const usual = await warnings()
    const key = join(meshnet, 'relay_keypair.bin')
    const store = await levelStore(join(meshnet, 'data'))

    await store.registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('sealed') }, { now: Date.now() })
    await store.close()
    await rename(key, `${key}.old`)
    assert.deepEqual((await warnings()).filter(warning => !usual.includes(warning)), ['the identities in storage.path were registered while identity.key_file was another one: nobody finds them until it is that one again'])
    await rename(`${key}.old`, key)
    assert.deepEqual(await warnings(), usual)
  })

  it('that belongs to another user is left alone by what opens the store of a stopped node', async () => {
    await withFolder(async folder => {
      await requireOwnStore(folder)
      await (await levelStore(folder)).close()
      await requireOwnStore(folder)

      const me = process.geteuid?.() ?? 0

      await assert.rejects(requireOwnStore(folder, me + 1), { code: 'usage', message: new RegExp(`belongs to user ${me}: run this as that user`) })
    })
  })
})
