import { plainModel, shellCommand } from './plain.ts';

const FILES = [
  ...['/etc/hostname', '/etc/hosts', '/etc/fstab', '/etc/resolv.conf', '/etc/sysctl.conf', '/etc/network/interfaces'],
  ...[
    '/etc/netplan/*.yaml',
    '/etc/systemd/network/*',
    '/etc/nftables.conf',
    '/etc/ssh/sshd_config',
    '/etc/frr/frr.conf',
  ],
  ...['/etc/bird/bird.conf', '/etc/wireguard/*.conf', '/etc/dnsmasq.conf', '/etc/crontab'],
];
const HEADING = '=== ';

/** Linux: files of its network by `cat`. One that is there and may not be read is an error, so that nothing is left out in silence. */
export const linux = plainModel({
  name: 'linux',
  commands: [
    shellCommand(
      `for f in ${FILES.join(' ')}; do if [ -e "$f" ]; then echo "${HEADING}$f"; cat -- "$f" || exit 1; echo; fi; done`,
    ),
  ],
  noise: [],
  secrets: [/^(\s*[\w.-]{0,40}(?:password|secret|key|psk|token|passphrase)[\w.-]{0,20}\s{0,4}[:=]?\s{1,4})\S.*$/i],
  blockOf: (line) => (line.startsWith(HEADING) ? line.slice(HEADING.length) : null),
});
