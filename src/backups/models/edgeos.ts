import { plainModel, shellCommand } from './plain.ts';

/** Ubiquiti EdgeOS and VyOS: the running configuration as commands. */
export const edgeos = plainModel({
  name: 'edgeos',
  commands: [shellCommand('/opt/vyatta/bin/vyatta-op-cmd-wrapper show configuration commands')],
  noise: [],
  secrets: [
    /^(set .{0,300}?(?:password|passphrase|secret|private-key|psk|pre-shared-key|community|key|md5-key) )\S.*$/,
  ],
  // `set interfaces ethernet eth0 …`
  blockOf: (line) => line.split(' ').slice(0, 3).join(' '),
});
