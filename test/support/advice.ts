import assert from 'node:assert/strict';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { type Dialect, dialect } from './rsc/dialect.ts';
import { parseScript } from './rsc/parse.ts';

const QUEUE = ['comment', 'disabled', 'dst', 'max-limit', 'name', 'packet-marks', 'parent', 'queue', 'target', 'time'];

/** Menus that advice names beyond those of the hardening script, as in MikroTik's command lists. */
const MORE_MENUS: Dialect['commands'] = {
  '/queue/simple': {
    add: [...QUEUE, 'place-before'],
    set: [...QUEUE, 'numbers'],
    move: ['destination', 'numbers'],
    find: ['where'],
    enable: ['numbers'],
  },
  '/ip/route': { print: [] },
  '/ip/address': { print: [] },
  '/interface/list/member': { add: ['comment', 'copy-from', 'disabled', 'interface', 'list'], print: [] },
  '/certificate': {
    add: ['common-name', 'days-valid', 'key-usage', 'name'],
    sign: ['ca', 'name', 'number'],
    find: ['where'],
  },
  '/system/package/update': { set: ['channel'], install: [] },
};
const NTP_CLIENT = { 6: ['enabled', 'mode', 'server-dns-names'], 7: ['enabled', 'mode', 'servers', 'vrf'] };

function dialectOf(version: RouterOsVersion): Dialect {
  const known = version.startsWith('6') ? '6.49' : version.startsWith('7.12') ? '7.12.2' : '7.24';
  const base = dialect(known);
  const ntp = { '/system/ntp/client': { set: NTP_CLIENT[known === '6.49' ? 6 : 7] } };
  const script = { '/system/script': { ...base.commands['/system/script'], edit: ['number', 'value-name'] } };
  return { ...base, commands: { ...base.commands, ...MORE_MENUS, ...ntp, ...script } };
}

/** Fails unless every command between backticks is one that this RouterOS takes, or one of ours. */
export function assertTypable(advice: string, version: RouterOsVersion): void {
  for (const [, command = ''] of advice.matchAll(/`([^`]*)`/g)) {
    if (command.startsWith('/')) parseScript(command, dialectOf(version));
    else assert.match(command, /^(npm run -s netsentinel -- [a-z]+|timedatectl$|users$|mail$)/, advice);
  }
  // A command that is not set off cannot be told from the sentence around it.
  assert.doesNotMatch(advice.replaceAll(/`[^`]*`/g, ''), /(^|\s)\/[a-z]+ [a-z]/, advice);
}
