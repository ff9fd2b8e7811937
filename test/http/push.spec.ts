import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { gzipSync, deflateSync, brotliCompressSync } from 'node:zlib'
import { errorOf, HttpRig, post, pushBody } from './rig.js'

const UUID = '67e55044-10b1-426f-9247-bb680e5fe0c8'

/** specs/mailbox.md, Part II, §1.1, POST /push. */
describe('http: /push', () => {
  const rig = new HttpRig()

  it('answers stored with exactly the fields of enigma-relay, and ours after them', async () => {
    const door = await rig.door()
    const { status, headers, text, json } = await post(door, '/push', pushBody('alice'))

    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.match(text, /^\{"stored":true,"queue_len":1,"queue_bytes":2,"seq":1,"deadline_ms":\d{13}\}$/)
    assert.ok(Math.abs(Number(json.deadline_ms) - Date.now() - 1_209_600_000) < 60_000)
  })

  it('answers duplicate for the same key, and differs for other content', async () => {
    const door = await rig.door()
    const push = pushBody('alice')

    await post(door, '/push', push)
    assert.match((await post(door, '/push', push)).text, /^\{"stored":false,"duplicate":true,"queue_len":1,"queue_bytes":2,"seq":1,"deadline_ms":\d+\}$/)
    assert.match((await post(door, '/push', { ...push, ciphertext_b64: 'aGkh' })).text, /^\{"stored":false,"duplicate":true,.*,"differs":true\}$/)
  })

  for (const [what, body, message] of [
    ['a blank recipient', pushBody(' \t\u3000'), 'recipient required'],
    ['an empty recipient', pushBody(''), 'recipient required'],
    ['a recipient of white space that only Rust sees', pushBody('\u0085'), 'recipient required'],
    ['a chunk_count of 0', pushBody('a', {}, { chunk_count: 0 }), 'chunk_count must be positive'],
    ['a chunk_index at chunk_count', pushBody('a', {}, { chunk_index: 1 }), 'chunk_index out of range'],
    ['a blank kind', pushBody('a', {}, { kind: ' ' }), 'kind required'],
    ['base64 without padding', pushBody('a', { ciphertext_b64: 'aGk' }), 'invalid base64'],
    ['base64 with bits to spare', pushBody('a', { ciphertext_b64: 'aGl=' }), 'invalid base64'],
    ['base64 with white space', pushBody('a', { ciphertext_b64: 'aG k=' }), 'invalid base64'],
    ['the alphabet for URLs', pushBody('a', { ciphertext_b64: '-_-_' }), 'invalid base64'],
    // in the order of the checks
    ['everything wrong', pushBody(' ', { ciphertext_b64: '!' }, { chunk_count: 0, kind: '' }), 'recipient required'],
    ['all but the recipient wrong', pushBody('a', { ciphertext_b64: '!' }, { chunk_count: 0, kind: '' }), 'chunk_count must be positive'],
    ['kind and base64 wrong', pushBody('a', { ciphertext_b64: '!' }, { kind: '' }), 'kind required']
  ] as const) {
    it(`refuses ${what} with "${message}"`, async () => {
      const { status, text } = await post(await rig.door(), '/push', body)

      assert.deepEqual([status, text], [400, `{"error":{"code":"invalid_input","message":"${message}"}}`])
    })
  }

  for (const [what, body, place] of [
    ['a missing field', { ...pushBody('a'), recipient: undefined }, 'recipient'],
    ['null for a required field', pushBody('a', { ciphertext_b64: null }), 'ciphertext_b64'],
    ['a missing meta', { ...pushBody('a'), meta: undefined }, 'meta'],
    ['a missing field of meta', pushBody('a', {}, { total_len: undefined }), 'meta'],
    ['a negative number', pushBody('a', {}, { sent_ms: -1 }), 'meta.sent_ms'],
    ['text for a number', pushBody('a', {}, { sent_ms: '1' }), 'meta.sent_ms'],
    ['a chunk_index of more than 32 bits', pushBody('a', {}, { chunk_index: 4_294_967_296 }), 'meta.chunk_index'],
    ['an array in place of the body', [], 'the body'],
    ['an array in place of meta', { ...pushBody('a'), meta: ['opaque', 2, 0, 1, 7] }, 'meta'],
    ['a body that is no object', '"a"', 'the body'],
    ['an id that is no UUID', pushBody('a', { message_id: 'x' }), 'message_id'],
    ['a kind over 256 bytes', pushBody('a', {}, { kind: 'ä'.repeat(129) }), 'kind'],
    ['a recipient over 256 bytes', pushBody('a'.repeat(257)), 'mailbox']
  ] as const) {
    it(`refuses ${what} and says where`, async () => {
      const answer = await post(await rig.door(), '/push', body)

      assert.equal(answer.status, 400)
      assert.equal(errorOf(answer).code, 'invalid_input')
      assert.ok(errorOf(answer).message.includes(place), errorOf(answer).message)
    })
  }

  for (const [what, literal] of [['1.0', '1.0'], ['1e3', '1e3'], ['-0', '-0'], ['2^64', '18446744073709551616']] as const) {
    it(`refuses ${what} for a number of 64 bits`, async () => {
      const text = JSON.stringify(pushBody('a', {}, { sent_ms: 12345 })).replace('12345', literal)

      assert.equal((await post(await rig.door(), '/push', text)).status, 400)
    })
  }

  it('takes and gives back numbers of 64 bits exactly, ids in any spelling in one, and empty bodies', async () => {
    const door = await rig.door()

    for (const [n, id] of [UUID.toUpperCase(), UUID.replaceAll('-', ''), `urn:uuid:${UUID}`, `{${UUID}}`, '00000000-0000-0000-0000-000000000000'].entries()) {
      const text = JSON.stringify(pushBody(`box ${n}`, { message_id: id, ciphertext_b64: '' }, { total_len: 1, sent_ms: 22222, kind: 'ä' }))
        .replace('"total_len":1', '"total_len":18446744073709551615').replace('22222', '9007199254740993')

      assert.equal((await post(door, '/push', text)).status, 200)

      const pulled = await post(door, '/pull', { recipient: `box ${n}` })

      assert.match(pulled.text, new RegExp(`"message_id":"${n === 4 ? '00000000-0000-0000-0000-000000000000' : UUID}","ciphertext_b64":"","meta":\\{"kind":"ä","total_len":18446744073709551615,"chunk_index":0,"chunk_count":1,"sent_ms":9007199254740993\\}`))
    }
  })

  it('ignores fields that it does not know, at every level', async () => {
    assert.equal((await post(await rig.door(), '/push', pushBody('a', { x: [1, { y: 1.5 }] }, { z: null }))).status, 200)
  })

  it('takes a ttl, cut to the node\'s own', async () => {
    const door = await rig.door({ rules: { ttlSeconds: 100, now: () => 5000 } })

    assert.equal((await post(door, '/push', pushBody('a', { ttl_seconds: 7 }))).json.deadline_ms, 12_000)
    assert.equal((await post(door, '/push', pushBody('b', { ttl_seconds: 1000 }))).json.deadline_ms, 105_000)
    assert.equal((await post(door, '/push', pushBody('c', { ttl_seconds: null }))).json.deadline_ms, 105_000)
    assert.equal((await post(door, '/push', JSON.stringify(pushBody('d', { ttl_seconds: 33333 })).replace('33333', '18446744073709551615'))).json.deadline_ms, 105_000)
    assert.equal((await post(door, '/push', pushBody('e', { ttl_seconds: -1 }))).status, 400)
  })

  it('refuses over the quota of items or bytes with 409, and duplicates not', async () => {
    const door = await rig.door({ rules: { maxQueueItems: 2, maxQueueBytes: 1000 } })
    const push = pushBody('a')

    await post(door, '/push', push)
    assert.equal((await post(door, '/push', pushBody('a'))).status, 200)

    const refused = await post(door, '/push', pushBody('a'))

    assert.deepEqual([refused.status, refused.text], [409, '{"error":{"code":"quota_exceeded","message":"recipient quota exceeded"}}'])
    assert.equal((await post(door, '/push', push)).json.duplicate, true)
    await post(door, '/push', pushBody('b', { ciphertext_b64: Buffer.alloc(999).toString('base64') }))
    assert.equal((await post(door, '/push', pushBody('b'))).status, 409)
  })

  it('takes a message of exactly max_message_bytes, and says so when it is larger (R4)', async () => {
    const door = await rig.door()
    const most = Buffer.alloc(8_388_608, 7).toString('base64')
    const over = await post(door, '/push', pushBody('a', { ciphertext_b64: Buffer.alloc(8_388_609).toString('base64') }))

    assert.equal((await post(door, '/push', pushBody('a', { ciphertext_b64: most }))).json.queue_bytes, 8_388_608)
    assert.equal(over.status, 400)
    assert.deepEqual(errorOf(over), { code: 'invalid_input', message: 'message too large', details: { code: 'message_too_large', max_message_bytes: '8388608' } })
  })

  it('keeps each byte of large messages, whatever their bodies are encoded with', async () => {
    const door = await rig.door()

    for (const [n, size] of [49_000, 200_000, 1_000_000, 3_000_001].entries()) {
      const message = randomBytes(size)
      const text = JSON.stringify(pushBody(`box ${n}`, { x: 'é\n"\\'.repeat(100_000), ciphertext_b64: message.toString('base64') }))

      assert.equal((await post(door, '/push', text)).json.queue_len, 1)
      assert.equal((await post(door, '/push', gzipSync(text.replace('"x"', '"message_id2"'), { level: 1 }), { 'content-encoding': 'gzip' })).json.duplicate, true)

      const [item] = (await post(door, '/pull', { recipient: `box ${n}` })).json.items as Array<{ ciphertext_b64: string }>

      assert.ok(message.equals(Buffer.from(item?.ciphertext_b64 ?? '', 'base64')))
    }
  })

  it('takes gzip, deflate and br, and counts decoded bytes', async () => {
    const door = await rig.door({ rules: { maxMessageBytes: 1000 } })
    const text = JSON.stringify(pushBody('a'))
    const bomb = JSON.stringify(pushBody('a', { x: ' '.repeat(30_000_000) }))

    for (const [encoding, encode] of [['gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync]] as const) {
      assert.equal((await post(door, '/push', encode(text), { 'content-encoding': encoding })).status, 200, encoding)
      assert.equal(errorOf(await post(door, '/push', encode(bomb), { 'content-encoding': encoding })).code, 'message_too_large', encoding)
      assert.equal((await post(door, '/push', encode(text).subarray(0, 60), { 'content-encoding': encoding })).status, 400, encoding)
    }

    assert.equal((await post(door, '/push', text, { 'content-encoding': 'zstd' })).status, 415)
  })
})
