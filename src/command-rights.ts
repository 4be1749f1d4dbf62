import type { Right } from './runtime/rights.ts';

/**
 * What each command does, in the rights of the pages and the API. The command line itself asks nobody: whoever can read the configuration
 * and its secrets may do everything, and is in the audit with the user name of the machine. The list says which commands a rule of the
 * machine (sudo) may give to whom; a test holds it against the commands there are, and docs/accounts.md against it.
 */
export const COMMAND_RIGHTS: Readonly<Record<string, Right>> = {
  demo: 'public',
  health: 'public',

  alerts: 'view',
  'credential list': 'view',
  'device export': 'view',
  'device list': 'view',
  'device show': 'view',
  explain: 'view',
  'incidents list': 'view',
  usage: 'view',

  'channel test': 'operate',
  check: 'operate',
  collect: 'operate',
  'device discover': 'operate',
  'device test': 'operate',
  'incidents ack': 'operate',
  report: 'operate',

  audit: 'administer',
  'channel list': 'administer',
  copy: 'administer',
  'credential add': 'administer',
  'credential remove': 'administer',
  'credential set': 'administer',
  'device add': 'administer',
  'device import': 'administer',
  'device pause': 'administer',
  'device remove': 'administer',
  'device resume': 'administer',
  'device set': 'administer',
  hardening: 'administer',
  init: 'administer',
  'key new': 'administer',
  'key rotate': 'administer',
  migrate: 'administer',
  purge: 'administer',
  run: 'administer',
  'token add': 'administer',
  'token list': 'administer',
  'token remove': 'administer',
  'user add': 'administer',
  'user list': 'administer',
  'user logout': 'administer',
  'user remove': 'administer',
  'user sessions': 'administer',
  'user set': 'administer',
};
