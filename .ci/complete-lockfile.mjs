// Run after npm has changed package-lock.json: adds the platform packages of @chainsafe/libp2p-quic that the registry at hand
// does not carry, so that npm ci finds an entry for each on any machine.
import { readFileSync, writeFileSync } from 'node:fs'
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const parent = lock.packages['node_modules/@chainsafe/libp2p-quic']
for (const [name, version] of Object.entries(parent.optionalDependencies)) {
  const key = `node_modules/${name}`
  if (lock.packages[key]) continue
  const [os, cpu, abi] = name.replace('@chainsafe/libp2p-quic-', '').split('-')
  lock.packages[key] = { version, cpu: [cpu], ...(os === 'linux' ? { libc: [abi === 'musl' ? 'musl' : 'glibc'] } : {}), license: 'MIT', optional: true, os: [os], engines: { node: '>= 10' } }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
writeFileSync('package-lock.json', JSON.stringify(lock, null, 2) + '\n')
