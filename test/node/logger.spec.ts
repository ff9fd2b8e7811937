import assert from 'node:assert/strict'
import { libp2pLogger } from '../../src/node/logger.js'

describe('node: libp2p\'s log', () => {
  for (const debug of ['', ' ']) {
    it(`makes nothing for a connection or a stream while DEBUG is ${JSON.stringify(debug)}`, () => {
      const log = libp2pLogger(debug).forComponent('libp2p:tcp:connection')

      assert.equal(log.enabled, false)
      assert.equal(log.newScope('inbound:1'), log)
      log('nothing')
      log.error('nothing')
      log.trace('nothing')
    })
  }

  it('is libp2p\'s own when DEBUG asks for it', () => {
    const log = libp2pLogger('libp2p:*').forComponent('libp2p:tcp:connection')

    assert.notEqual(log.newScope('inbound:1'), log)
  })
})
