import { z } from 'zod';
import type { Row } from '../../platform/store/bulk.ts';
import { ImpossibleValueError, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Figures } from '../observation.ts';
import type { DeviceRecord } from '../ports.ts';
import { type Health, STATES } from '../state.ts';

const moment = z
  .object({ at: z.number() })
  .transform(({ at }) => ({ at, monotonicMs: null }))
  .nullable();

/** Another version may have written it: what is missing is as at the beginning, and what is not known is left out. */
const storedMemory = z.object({
  health: z.object({
    code: z
      .enum(['API_SHUT', 'REFUSED', 'DEAD', 'NAME_UNKNOWN', 'MUTE', 'LOGIN_REFUSED', 'MENU_REFUSED', 'TLS_REFUSED'])
      .nullable()
      .catch(null),
    reason: z.string().nullable(),
    latencyMs: z.number().nullable(),
    lookedAt: moment,
    answeredAt: moment,
    failures: z.int().nonnegative(),
    failingSince: moment,
    answers: z.int().nonnegative(),
    unseen: z.int().nonnegative(),
    held: z.array(z.object({ endsAt: z.number(), ms: z.int().nonnegative() })),
    checks: z.string().regex(/^[ud]{0,21}$/),
    flappingSince: z.number().nullable(),
    downSince: z.number().nullable(),
    illSince: z.number().nullable(),
  }),
  warnings: z.record(z.string(), z.object({ isOn: z.boolean(), since: z.number(), otherForMs: z.number().nullable() })),
  links: z.object({
    uptimeSeconds: z.number().nullable(),
    readAt: moment.catch(null),
    wan: z.record(
      z.string(),
      z.object({
        linkDowns: z.number().nullable(),
        lastLinkUp: z.string().nullable(),
        sessionSeconds: z.number().nullable(),
        reconnects: z.int().nonnegative(),
      }),
    ),
    hours: z.array(z.tuple([z.number(), z.number()])),
  }),
  figuresAt: z.number().nullable(),
});

const text = z.string().nullable();
const number = z.number().nullable();

const storedFigures: z.ZodType<Figures> = z.object({
  identity: text,
  version: text,
  board: text,
  serial: text,
  uptimeSeconds: number,
  cpuPercent: number,
  memoryPercent: number,
  diskPercent: number,
  temperatureC: number,
  voltageV: number,
  sensors: z.array(z.object({ name: z.string(), value: z.number(), unit: z.enum(['C', 'V', 'A', 'W', 'RPM']) })),
  wan: z
    .array(
      z.object({
        interface: z.string(),
        kind: z.enum(['ethernet', 'dhcp', 'pppoe', 'lte', 'other']),
        address: text,
        publicAddress: text,
        behindNat: z.boolean().nullable(),
      }),
    )
    .nullable(),
  interfaces: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        isRunning: z.boolean(),
        isDisabled: z.boolean(),
        downloadBps: number,
        uploadBps: number,
        linkDowns: number,
        lastLinkUp: text,
        sessionSeconds: number,
      }),
    )
    .nullable(),
  webfig: text,
  certificateEndsAt: number,
});

export const RECORD_COLUMNS = ['device', 'state', 'since_at', 'first_at', 'seen_at', 'memory', 'figures'] as const;

/** A concentrator may have thousands of interfaces: so many are kept, those of the internet lines among them. */
const MOST_INTERFACES = 64;

/** A row of `health_states`, in the order of its columns. */
export function rowOfRecord({ health, firstAt, warnings, links, figures, figuresAt }: DeviceRecord, at: number): Row {
  const { device, state, since, ...rest } = health;
  const memory = JSON.stringify({ health: rest, warnings, links, figuresAt });
  const [sinceAt, began, seenAt] = [since, firstAt, at].map((each) => BigInt(Math.round(each)));
  const said = figures === null ? null : JSON.stringify(kept(figures));
  return [device, state, sinceAt ?? 0n, began ?? 0n, seenAt ?? 0n, memory, said];
}

function kept(figures: Figures): Figures {
  if (figures.interfaces === null || figures.interfaces.length <= MOST_INTERFACES) return figures;
  const wan = new Set(figures.wan?.map(({ interface: name }) => name));
  const isWan = ({ name }: { readonly name: string }) => wan.has(name);
  const others = figures.interfaces.filter((each) => !isWan(each));
  return { ...figures, interfaces: [...figures.interfaces.filter(isWan), ...others].slice(0, MOST_INTERFACES) };
}

/** Throws an `ImpossibleValueError` for a row that this program never writes. */
export function recordOfRow(row: Readonly<Record<(typeof RECORD_COLUMNS)[number], unknown>>): DeviceRecord {
  const { health, ...memory } = parse('health_states.memory', textOf('health_states.memory', row.memory), storedMemory);
  const said = nullable(textOf, 'health_states.figures', row.figures);
  const known: Health = {
    ...health,
    device: textOf('health_states.device', row.device),
    state: wordOf('health_states.state', row.state, STATES),
    since: integerOf('health_states.since_at', row.since_at),
  };
  return {
    ...memory,
    health: known,
    firstAt: integerOf('health_states.first_at', row.first_at),
    figures: said === null ? null : parse('health_states.figures', said, storedFigures),
  };
}

function parse<Value>(column: string, json: string, schema: z.ZodType<Value>): Value {
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    throw new ImpossibleValueError(`the database holds an impossible value in ${column}`);
  }
}
