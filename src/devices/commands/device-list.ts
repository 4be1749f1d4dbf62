import type { OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { CredentialEntry } from '../credentials.ts';
import { settingsState } from '../device-state.ts';
import type { DeviceEntry } from '../entries.ts';

const KEYS = [
  ...(['name', 'host', 'model', 'apiPort', 'apiTls', 'apiCredential', 'sshPort', 'sshCredential'] as const),
  ...(['terminalCredential', 'username', 'parent', 'tags', 'usage', 'backup', 'paused', 'source', 'version'] as const),
];

/** What `device list` and `device show` print. */
export function printDevices(entries: readonly DeviceEntry[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => cellOf(entry[key])))]);
  if (entries.length === 0) return 'There are no devices.\n';
  return renderTable(
    {
      columns: [
        { title: 'Device', align: 'left', shrinksTo: 8 },
        { title: 'Host', align: 'left', shrinksTo: 8 },
        { title: 'Model', align: 'left' },
        { title: 'Login', align: 'left', shrinksTo: 6 },
        { title: 'Tags', align: 'left', shrinksTo: 6 },
        { title: 'Source', align: 'left' },
        { title: 'State', align: 'left' },
      ],
      rows: entries.map((entry) => [
        { text: readableName(entry.name) },
        { text: entry.apiPort === null ? entry.host : `${entry.host}:${entry.apiPort}` },
        { text: entry.model },
        { text: entry.apiCredential ?? entry.username ?? entry.sshCredential ?? '' },
        { text: entry.tags.join(', ') },
        { text: entry.source },
        { text: settingsState(entry) },
      ]),
    },
    screen.width,
  );
}

function cellOf(value: DeviceEntry[keyof DeviceEntry]): string | number | boolean | null {
  return Array.isArray(value) ? value.join(';') : (value as string | number | boolean | null);
}

/** What `device show` prints for people. */
export function printDevice(entry: DeviceEntry): string {
  const lines = KEYS.map((key): [string, string] => [key, String(cellOf(entry[key]) ?? '')]);
  const width = Math.max(...lines.map(([key]) => key.length));
  return lines
    .map(([key, value]) => `${key.padEnd(width)}  ${readableName(value)}`.trimEnd())
    .join('\n')
    .concat('\n');
}

const CREDENTIAL_KEYS = [
  'name',
  'username',
  'hasPassword',
  'hasPrivateKey',
  'devices',
  'version',
  'changedAt',
] as const;

/** What `credential list` prints. */
export function printCredentials(entries: readonly CredentialEntry[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    return csvRows([CREDENTIAL_KEYS, ...entries.map((entry) => CREDENTIAL_KEYS.map((key) => entry[key]))]);
  }
  if (entries.length === 0) return 'There are no credentials.\n';
  return renderTable(
    {
      columns: [
        { title: 'Credential', align: 'left', shrinksTo: 8 },
        { title: 'User name', align: 'left', shrinksTo: 8 },
        { title: 'Has', align: 'left' },
        { title: 'Devices', align: 'right' },
      ],
      rows: entries.map(({ name, username, hasPassword, hasPrivateKey, devices }) => [
        { text: readableName(name) },
        { text: readableName(username) },
        { text: [hasPassword ? 'password' : '', hasPrivateKey ? 'key' : ''].filter((word) => word !== '').join(', ') },
        { text: String(devices) },
      ]),
    },
    screen.width,
  );
}
