import type { Device } from '../../src/devices/ports.ts';
import type { Figures } from '../../src/health/observation.ts';
import type { DeviceRecord } from '../../src/health/ports.ts';
import { createSpanSums, type KeptValues } from '../../src/health/spans.ts';
import type { State, TimeKind, Transition } from '../../src/health/state.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { deviceOf, serverOf } from './devices.ts';
import { recordOf, writeHealth } from './health-site.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Of so many devices one is not well. */
const SHARE = 7;
/** Each in its way; a small fleet has the first of these. */
const ILL: readonly Readonly<Partial<DeviceRecord['health']>>[] = [
  { state: 'down', reason: 'answers ping, but not its API', downSince: 1 },
  { state: 'unreachable', reason: 'tower-1 is down' },
  { state: 'up', reason: 'the login is refused' },
  { state: 'suspect', reason: 'does not answer' },
  { state: 'unknown', reason: 'our own line is down' },
  { state: 'maintenance' },
];

/** A fleet of so many devices: towers with routers behind them, and a server among ten. */
export function fleetOf(count: number): Device[] {
  return Array.from({ length: count }, (_, index) => {
    const isTower = index % 10 === 0;
    const name = isTower ? `tower-${index / 10 + 1}` : `edge-${index}`;
    const tower = `tower-${Math.floor(index / 10) + 1}`;
    const common = { host: `10.${index >> 8}.${index & 255}.1`, tags: [index % 2 === 0 ? 'north' : 'south'] };
    if (index % 10 === 9) return serverOf(name, { ...common, parent: tower });
    return deviceOf(name, { ...common, parent: isTower ? null : tower, isPaused: index % 97 === 96 });
  });
}

/** What a router of twelve interfaces says of itself; `seed` makes it like no other. */
function figuresOf(seed: number, host: string): Figures {
  const wobble = (size: number) => (seed * 7919) % size;
  return {
    ...{ identity: `id-${seed}`, version: '7.20.1', board: 'RB5009UG+S+', serial: `HF${seed}` },
    ...{ uptimeSeconds: 86_400 + wobble(9_000_000), cpuPercent: wobble(90), memoryPercent: 20 + wobble(60) },
    ...{ diskPercent: 30, temperatureC: 35 + wobble(30), voltageV: 24.1, sensors: [] },
    wan: [
      { interface: 'ether1', kind: 'pppoe', address: '100.64.1.9', publicAddress: '198.51.100.7', behindNat: true },
    ],
    interfaces: Array.from({ length: 12 }, (_, index) => ({
      ...{ id: `*${index + 1}`, name: `ether${index + 1}`, isRunning: index < 9, isDisabled: index === 11 },
      ...{ downloadBps: index * 1_000_000 + wobble(90_000_000), uploadBps: wobble(9_000_000), linkDowns: wobble(9) },
      ...{ lastLinkUp: null, sessionSeconds: null },
    })),
    ...{ webfig: `http://${host}/`, certificateEndsAt: null },
  };
}

/** How each of a fleet is at an instant. */
export function recordsOf(devices: readonly Device[], at: number): DeviceRecord[] {
  return devices.map((device, index) => {
    const ill = index % SHARE === 1 ? ILL[Math.floor(index / SHARE) % ILL.length] : undefined;
    const since = ill === undefined ? at - 3 * 24 * HOUR_MS - index * MINUTE_MS : at - (5 + index) * MINUTE_MS;
    const moment = { at: at - 10 * SECOND_MS, monotonicMs: null };
    const state: State = device.isPaused ? 'paused' : 'up';
    const known = recordOf(device.name, at - 40 * 24 * HOUR_MS, {
      ...{ state, since, latencyMs: 2 + (index % 40), checks: 'u'.repeat(21) },
      ...{ lookedAt: moment, answeredAt: ill === undefined ? moment : { ...moment, at: since }, ...ill },
    });
    return {
      ...known,
      warnings: index % 31 === 3 ? { temperatureC: { isOn: true, since, otherForMs: null } } : {},
      figures: device.api === null ? null : figuresOf(index, device.host),
      figuresAt: device.api === null ? null : at - 10 * SECOND_MS,
    };
  });
}

/** A week of one device up to `at`: `kindAt` says what its time was, `null` for time that nobody saw. */
export function weekOf(device: string, at: number, kindAt: (at: number) => TimeKind | null) {
  const sums = createSpanSums(createCalendar('Asia/Karachi'));
  const step = 5 * MINUTE_MS;
  for (let endsAt = at - 7 * 24 * HOUR_MS; endsAt <= at; endsAt += step) {
    const kind = kindAt(endsAt);
    if (kind === null) continue;
    sums.time(device, { endsAt, ms: step, kind });
    if (kind === 'up') sums.values(device, endsAt - MINUTE_MS, valuesAt(endsAt));
  }
  return sums.take();
}

function valuesAt(at: number): KeptValues {
  const wave = (size: number, hours: number) => size * (1 + Math.sin(at / (hours * HOUR_MS)));
  const spike = Math.floor(at / (7 * HOUR_MS)) % 3 === 0 ? 20 : 0;
  return {
    ...{ latencyMs: 4 + wave(3, 3) + spike, cpuPercent: 5 + wave(20, 4) + spike, memoryPercent: 40 + wave(5, 20) },
    ...{ diskPercent: 30, temperatureC: 38 + wave(6, 4), voltageV: 24 },
    ...{ downloadBps: wave(40_000_000, 4), uploadBps: wave(6_000_000, 4) },
  };
}

/** A fall and a rise of a device, an hour apart. */
export function fallOf(device: string, at: number): Transition[] {
  const reason = 'does not answer';
  return [
    { device, at: at - HOUR_MS, from: 'up', to: 'suspect', reason, latencyMs: null },
    { device, at: at - HOUR_MS + MINUTE_MS, from: 'suspect', to: 'down', reason, latencyMs: null },
    { device, at, from: 'down', to: 'up', reason: null, latencyMs: 12 },
  ];
}

/** A device that is hot, and whose week was up, down and not seen in turns. */
export async function noteBadWeek(database: Database, at: number, name: string): Promise<void> {
  const warnings = { temperatureC: { isOn: true, since: at, otherForMs: null } };
  const records = recordsOf([deviceOf(name)], at).map((record) => ({ ...record, warnings }));
  const kindAt = (then: number) => (then % (2 * HOUR_MS) === 0 ? 'down' : then % (HOUR_MS / 4) === 0 ? null : 'up');
  await writeHealth(database, { at, records, parts: weekOf(name, at, kindAt), transitions: fallOf(name, at) });
}
