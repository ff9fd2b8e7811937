/** Commands of the contract that later versions have. Each exits 2 and says so. */
export const PLANNED: Readonly<Record<string, string>> = {
  status: 'live figures from a running node',
  doctor: 'checks ports, clock, disk and certificates',
  backup: 'copies the data folder of a running node',
  restore: 'puts a backup back',
  export: 'writes the stored data as text',
  import: 'reads what export wrote',
  ban: 'bans a peer or an address',
  unban: 'lifts a ban',
  bans: 'lists the bans',
  token: 'mints and revokes tokens',
  reload: 'makes a running node read its configuration again',
  drain: 'makes a running node take nothing new'
}
