import type { Figures, Sensor } from '../observation.ts';
import { textOf } from './words.ts';

const MOST_SENSORS = 64;

/** By the name that version 6 gives a sensor; names differ by board. */
const UNITS_BY_NAME: readonly (readonly [RegExp, Sensor['unit']])[] = [
  [/temperature/, 'C'],
  [/voltage/, 'V'],
  [/current$/, 'A'],
  [/consumption/, 'W'],
  [/^(?:psu-|psu\d-)?fan\d*-speed$/, 'RPM'],
];

/** What no sensor of a router that runs can show. */
const LIMITS: Readonly<Record<Sensor['unit'], readonly [number, number]>> = {
  C: [-60, 200],
  V: [0, 1_000],
  A: [-1_000, 1_000],
  W: [0, 100_000],
  RPM: [0, 100_000],
};

/** One row of `/system/health`, as pairs of name and value: one sensor on version 7, all of them on version 6. */
export function sensorsOf(pairs: readonly (readonly [name: string, value: string])[]): Sensor[] {
  const row = new Map(pairs);
  const [name, value] = [row.get('name'), row.get('value')];
  const readings = name !== undefined && value !== undefined ? [[name, value, row.get('type')] as const] : pairs;
  return readings.flatMap(([each, text, type]) => sensorOf(each, text, type) ?? []).slice(0, MOST_SENSORS);
}

function sensorOf(givenName: string, value: string, type: string | undefined): Sensor | null {
  const name = textOf(givenName);
  const unit = unitOf(type) ?? (type === undefined || type === '' ? unitByName(givenName) : null);
  const match = /^(-?\d{1,6}(?:\.\d{1,3})?) ?(?:C|V|A|W|RPM)?$/.exec(value);
  if (name === null || unit === null || match === null) return null;
  const number = Number(match[1]);
  const [least, most] = LIMITS[unit];
  return number < least || number > most ? null : { name, value: number, unit };
}

function unitOf(type: string | undefined): Sensor['unit'] | null {
  switch (type) {
    case 'C':
    case 'V':
    case 'A':
    case 'W':
    case 'RPM':
      return type;
    default:
      return null;
  }
}

function unitByName(name: string): Sensor['unit'] | null {
  return UNITS_BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** The hottest temperature, and the voltage that the device runs on: `voltage`, else the highest of its supplies. */
export function extremesOf(sensors: readonly Sensor[]): Pick<Figures, 'temperatureC' | 'voltageV'> {
  const valuesOf = (unit: Sensor['unit']) => sensors.filter((each) => each.unit === unit).map(({ value }) => value);
  const own = sensors.find(({ name, unit }) => name === 'voltage' && unit === 'V');
  return { temperatureC: highest(valuesOf('C')), voltageV: own?.value ?? highest(valuesOf('V')) };
}

function highest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
