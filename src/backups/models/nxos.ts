import { plainModel } from './plain.ts';

/** Cisco NX-OS: its configuration has no last line of its own, so one is asked for. */
export const nxos = plainModel({
  name: 'nxos',
  commands: [{ command: (nonce) => `show running-config ; echo ns-end-${nonce}`, end: 'nonce' }],
  noise: ['!Command', '!Running', '!Time', '!No configuration change', '!'],
  secrets: [
    /^(\s*username \S{1,64} password (?:\d )?)\S.*$/,
    /^(\s*snmp-server (?:community|user \S{1,64}.{0,40} auth \w{1,10}) )\S.*$/,
    /^(\s*(?:radius|tacacs)-server .{0,200}?key (?:\d )?)\S.*$/,
    /^(\s*(?:key-string|password|ip ospf (?:authentication|message-digest)-key) (?:\d )?)\S.*$/,
  ],
  readVersion: (text) => /^version (\S{1,40})/m.exec(text)?.[1] ?? null,
});
