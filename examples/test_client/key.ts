import { readFile, writeFile } from 'node:fs/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { ClientError, textOf } from './errors.js'
import type { PrivateKey } from '@libp2p/interface'

/** The key in the file, which is made when there is none. Without a file a key that is forgotten at the end. */
export async function loadOrCreateKey (file: string | undefined): Promise<PrivateKey> {
  if (file == null) {
    return generateKeyPair('Ed25519')
  }

  try {
    return privateKeyFromProtobuf(await readFile(file))
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'ENOENT')) {
      throw new ClientError(`cannot use the key file ${file}: ${textOf(err)}`, { cause: err })
    }
  }

  const key = await generateKeyPair('Ed25519')

  try {
    await writeFile(file, privateKeyToProtobuf(key), { mode: 0o600, flag: 'wx' })
  } catch (err) {
    throw new ClientError(`cannot write the key file ${file}: ${textOf(err)}`, { cause: err })
  }

  return key
}
