import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatCursor, parseCursor } from '../../src/http/mailbox/cursor.js'
import { formatUuid, parseUuid } from '../../src/http/mailbox/uuid.js'

describe('http: ids and cursors', () => {
  it('takes ids in the four spellings of the reference, and cursors that it made', () => {
    fc.assert(fc.property(fc.uuid(), id => {
      for (const text of [id, id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `urn:uuid:${id}`]) {
        assert.equal(formatUuid(parseUuid(text) as Uint8Array), id)
      }

      for (const text of [`{${id}`, `${id}}`, `URN:UUID:${id}`, `urn:uuid:${id.replaceAll('-', '')}`, `${id} `, id.slice(1), id.replace('-', '_')]) {
        assert.equal(parseUuid(text), undefined, text)
      }
    }))
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).filter(text => text.isWellFormed()), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (recipient, seq) => {
      assert.equal(parseCursor(formatCursor(recipient, seq), recipient), seq)
    }))
  })
})
