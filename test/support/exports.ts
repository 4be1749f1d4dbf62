/** A RouterOS export as a router sends it. */
export interface TestExport {
  readonly version?: string;
  readonly time?: string;
  readonly serial?: string | null;
  /** Menus with their rows, in order. */
  readonly menus?: Readonly<Record<string, readonly string[]>>;
}

/** A small configuration with secrets, wraps and names of all kinds. */
export const MENUS: Readonly<Record<string, readonly string[]>> = {
  '/interface bridge': ['add comment=defconf name=bridge'],
  '/interface wireguard peers': [
    'add allowed-address=10.9.0.2/32 comment="ali\'s phone" interface=wg1 preshared-key="c2VjcmV0LXByZXNoYXJlZC1rZXktMTIzNDU2Nzg5MDE=" public-key="cHVibGljLWtleS1vZi10aGUtcGhvbmUtMDEyMzQ1Njc4OTA="',
  ],
  '/ppp secret': [
    'add name=bob password=hunter2-bob service=pppoe',
    'add name="big \\"al\\"" password="a b\\$c" service=pppoe',
    'add name=carol password=hunter2-carol service=pppoe',
  ],
  '/ip address': ['add address=192.0.2.1/24 interface=bridge network=192.0.2.0'],
  '/ip firewall filter': [
    'add action=accept chain=input comment="defconf: accept established, related, untracked and whatever else is in here" connection-state=established,related',
    'add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN',
  ],
  '/snmp community': ['set [ find default=yes ] name=snmp-community-secret'],
  '/system identity': ['set name=edge-1'],
  '/system script': ['add name=beep source="/tool fetch url=\\"https://bob:url-secret@example.net/\\"; :beep"'],
};

/** Ends its lines as an exec of RouterOS does. */
export function exportText({
  version = '7.20.8',
  time = '2026-11-26 03:00:00',
  serial = 'HGQ09ABCDEF',
  menus = MENUS,
}: TestExport = {}): string {
  const head = [`# ${time} by RouterOS ${version}`, '# software id = 1234-ABCD', '#', '# model = RB5009UG+S+'];
  const lines = [...head, ...(serial === null ? [] : [`# serial number = ${serial}`])];
  for (const [menu, rows] of Object.entries(menus)) if (rows.length > 0) lines.push(menu, ...rows.flatMap(wrapped));
  return lines.map((line) => `${line}\r\n`).join('');
}

/** A line as RouterOS breaks it: none longer than 79 characters, the next ones after four blanks. */
export function wrapped(line: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > (lines.length === 0 ? 79 : 75)) {
    const width = lines.length === 0 ? 78 : 74;
    lines.push(`${rest.slice(0, width)}\\`);
    rest = rest.slice(width);
  }
  return [...lines, rest].map((part, index) => (index === 0 ? part : `    ${part}`));
}
