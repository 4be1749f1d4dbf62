import type { RouterHealth } from './health-menus.ts';
import type { RouterOsVersion } from './router-versions.ts';

/** A router of the demonstration. */
export interface Site {
  readonly name: string;
  readonly version: RouterOsVersion;
  readonly board: string;
  readonly serial: string;
  readonly uptimeDays: number;
  /** The router by which it is reached; `null`: directly. */
  readonly parent: string | null;
  /** Whether its configuration is backed up over SSH. */
  readonly hasSsh: boolean;
  readonly tags: readonly string[];
  readonly health: Partial<RouterHealth>;
  /** A port of it that gives power, and the router on it. */
  readonly poe?: { readonly port: string; readonly router: string };
}

const DIRECT = { parent: null, hasSsh: false } as const;
const BEHIND_HILLTOP = { parent: 'hilltop', hasSsh: false, tags: ['radio'], version: '7.12.1' } as const;

export const SITES: readonly Site[] = [
  {
    ...{ ...DIRECT, name: 'office', version: '6.49.18', board: 'RB4011iGS+', serial: 'B8950A1C2D3E', uptimeDays: 34 },
    ...{ hasSsh: true, tags: ['core'], health: { wan: 'pppoe', address: '198.51.100.24' } },
  },
  {
    ...{ ...DIRECT, name: 'isp', version: '7.20.1', board: 'CCR2116-12G-4S+', serial: 'HCS084X1F7Q', uptimeDays: 12 },
    ...{ hasSsh: true, tags: ['core'], health: { temperatureC: 47, address: '203.0.113.9' } },
  },
  {
    ...{ ...DIRECT, name: 'village', version: '6.40.9', board: 'RB2011UiAS', serial: '467B02A9911F', uptimeDays: 210 },
    ...{ tags: ['radio'], health: { wan: 'lte', address: '100.70.3.8', freeMemoryBytes: 402_653_184 } },
  },
  {
    ...{ ...DIRECT, name: 'hilltop', version: '7.12.1', board: 'RB5009UPr+S+', serial: 'HE108XQ2M4Z', uptimeDays: 71 },
    ...{ hasSsh: true, tags: ['radio', 'tower'], health: { voltageV: 26.8, temperatureC: 38 } },
    poe: { port: 'ether6', router: 'harbour' },
  },
  {
    ...{ ...BEHIND_HILLTOP, name: 'farm', board: 'RB951Ui-2HnD', serial: '8A77091D5C21', uptimeDays: 71 },
    health: { wan: 'dhcp', address: '10.40.1.2', temperatureC: 35 },
  },
  {
    ...{ ...BEHIND_HILLTOP, name: 'quarry', board: 'RB750Gr3', serial: 'CC210F3E11B7', uptimeDays: 18 },
    health: { wan: 'dhcp', address: '10.40.2.2', temperatureC: 44 },
  },
  {
    ...{
      ...BEHIND_HILLTOP,
      tags: ['radio', 'poe'],
      name: 'harbour',
      board: 'RB952Ui-5ac2nD',
      serial: 'D4CA6D7711E0',
      uptimeDays: 55,
    },
    health: { wan: 'dhcp', address: '10.40.3.2', temperatureC: 40 },
  },
];

/** A device of another kind: it is only seen whether its port answers. */
export const SWITCH = 'switch';
