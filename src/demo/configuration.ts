import type { RouterOsVersion } from './router-versions.ts';

/** Menus with their rows, in order, as `/export` writes them unwrapped. */
export type Configuration = Readonly<Record<string, readonly string[]>>;

export interface ExportFacts {
  readonly version: RouterOsVersion;
  readonly board: string;
  readonly serial: string;
  /** The router's own clock, Unix ms as if it were UTC. */
  readonly at: number;
  readonly showsSecrets: boolean;
  /** A menu that it fails to export; `null`: none. */
  readonly failedMenu: string | null;
}

/** What a small router has, secrets among it. */
export function usualConfiguration(identity: string): Configuration {
  return {
    '/interface bridge': ['add comment=defconf name=bridge'],
    '/interface wireguard': [
      'add listen-port=13231 name=wg1 private-key="eW91LXdpbGwtbm90LWd1ZXNzLXRoaXMtcHJpdmF0ZWs="',
    ],
    '/ppp secret': [
      'add name=bob password=hunter2-bob profile=default service=pppoe',
      'add name="big \\"al\\"" password="al\'s pass\\$word" profile=default service=pppoe',
    ],
    '/ip address': ['add address=192.0.2.1/24 interface=bridge network=192.0.2.0'],
    '/ip firewall filter': [
      'add action=accept chain=input comment="defconf: accept established, related, untracked" connection-state=established,related,untracked',
      'add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN',
    ],
    '/system identity': [`set name=${identity}`],
  };
}

/** The output of `/export`, lines ended as over SSH. */
export function exportOf(configuration: Configuration, facts: ExportFacts): string {
  const { version, board, serial, showsSecrets, failedMenu } = facts;
  const lines = [
    `# ${exportTime(facts.at, version)} by RouterOS ${version}`,
    ...['# software id = AB12-CD34', '#', `# model = ${board}`, `# serial number = ${serial}`],
  ];
  for (const [menu, rows] of Object.entries(configuration)) {
    if (menu === failedMenu) lines.push(failureLine(menu, version));
    else if (rows.length > 0)
      lines.push(menu, ...rows.flatMap((row) => wrap(showsSecrets ? row : withoutSecrets(row))));
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `2026-11-26 03:00:00` since 7.10, before `nov/26/2026 03:00:00`. */
export function exportTime(at: number, version: RouterOsVersion): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  if (version.startsWith('7.')) return `${day} ${time}`;
  const [year, month, date] = day.split('-');
  return `${MONTHS[Number(month) - 1]}/${date}/${year} ${time}`;
}

function failureLine(menu: string, version: RouterOsVersion): string {
  return version.startsWith('7.')
    ? `#error exporting "${menu.replaceAll(' ', '/')}" (timeout)`
    : `#error exporting ${menu}`;
}

/** RouterOS leaves the whole argument out. */
const SECRET = / [\w-]*(?:password|passphrase|secret|-key|pin)=(?:"(?:[^"\\]|\\.)*"|[^\s"]+)/g;

function withoutSecrets(row: string): string {
  return row.replace(SECRET, '');
}

/** A line as RouterOS breaks it: none longer than 79 characters with its `\`, the next ones after four blanks. */
function wrap(row: string): string[] {
  const lines: string[] = [];
  let rest = row;
  let room = 79;
  while (rest.length > room) {
    lines.push(`${rest.slice(0, room - 1)}\\`);
    rest = rest.slice(room - 1);
    room = 75;
  }
  return [...lines, rest].map((part, index) => (index === 0 ? part : `    ${part}`));
}
