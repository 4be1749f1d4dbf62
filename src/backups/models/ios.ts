import { plainModel } from './plain.ts';

/** Cisco IOS and IOS XE: the configuration ends with `end`. */
export const ios = plainModel({
  name: 'ios',
  commands: [{ command: () => 'show running-config', end: { lastLine: 'end' } }],
  noise: [
    'Building configuration',
    'Current configuration',
    '! Last configuration change',
    '! NVRAM config last updated',
    '! No configuration change',
    'ntp clock-period',
    '!',
  ],
  secrets: [
    /^(\s*(?:enable (?:secret|password)|username \S{1,64}.{0,60}? (?:secret|password))(?: level \d{1,2})?(?: \d)? )\S.*$/,
    /^(\s*(?:password|secret|key-string|key|ppp chap password|pre-shared-key|wpa-psk ascii|authentication-key)(?: \d)? )\S.*$/,
    /^(\s*snmp-server community )\S+/,
    /^(\s*snmp-server host .{1,200} )\S+$/,
    /^(\s*snmp-server user .{1,100} (?:md5|sha) )\S.*$/,
    /^(\s*(?:radius|tacacs)-server .{0,200}?key (?:\d )?)\S.*$/,
    /^(\s*crypto isakmp key (?:\d )?)\S+/,
    /^(\s*neighbor \S{1,64} password (?:\d )?)\S.*$/,
    /^(\s*(?:ip ospf (?:authentication|message-digest)-key|standby .{1,40} authentication|ntp authentication-key).{0,40}? )\S+$/,
  ],
  readVersion: (text) => /^version (\S{1,40})/m.exec(text)?.[1] ?? null,
});
