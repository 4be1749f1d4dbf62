import { z } from 'zod';
import { line } from '../platform/config/fields.ts';
import { type Contradiction, fieldIn, listIn } from '../platform/config/written.ts';
import { parseWitness } from './reader/witness.ts';
import { findStatusPageContradictions, statusPages } from './settings/status-pages.ts';
import type { WarnRule, Watched } from './thresholds.ts';

const DEFAULT_EVERY_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 5;

const percent = z.number().min(1).max(100).exactOptional();

/** What one rule may watch. */
const watched = {
  cpuPercent: percent,
  memoryPercent: percent,
  diskPercent: percent,
  temperatureC: z.number().min(-50).max(200).exactOptional(),
  voltageV: z.number().min(1).max(500).exactOptional(),
  reconnects: z.int().min(1).max(100_000).exactOptional(),
  interface: line.exactOptional(),
  wan: z.literal('lost').exactOptional(),
  certificateDays: z.int().min(1).max(365).exactOptional(),
};
const WATCHED = Object.keys(watched);

const warnRule = z
  .strictObject({
    ...watched,
    forMinutes: z.number().min(0).max(1440).default(0),
    tags: z.array(line).default([]),
  })
  .refine(
    (rule) => WATCHED.filter((key) => fieldIn(rule, key) !== undefined).length === 1,
    `must have exactly one of ${WATCHED.join(', ')}`,
  );

/** How the devices are watched. */
export const healthSettings = z
  .strictObject({
    everySeconds: z.int().min(1).max(3600).default(DEFAULT_EVERY_SECONDS),
    timeoutSeconds: z.int().min(1).max(60).exactOptional(),
    failures: z.int().min(1).max(20).default(3),
    answers: z.int().min(1).max(20).default(1),
    witnesses: z
      .array(
        line.refine(
          (text) => parseWitness(text) !== null,
          "must be an address or a host name, with a port or without, like '192.0.2.1' or '198.51.100.1:443'",
        ),
      )
      .max(10)
      .default([]),
    warn: z.array(warnRule).max(100).default([]),
    statusPages,
  })
  .transform((given) => ({
    ...given,
    timeoutSeconds: given.timeoutSeconds ?? Math.min(DEFAULT_TIMEOUT_SECONDS, given.everySeconds),
  }))
  .prefault({});

export type HealthSettings = z.output<typeof healthSettings>;

/** A check has to be over before the next one; a witness counts once; for `statusPages` see there. */
export function findHealthContradictions(config: unknown): Contradiction[] {
  const health = fieldIn(config, 'health');
  const everySeconds = fieldIn(health, 'everySeconds') ?? DEFAULT_EVERY_SECONDS;
  const timeoutSeconds = fieldIn(health, 'timeoutSeconds');
  const isTooLong =
    typeof everySeconds === 'number' && typeof timeoutSeconds === 'number' && timeoutSeconds > everySeconds;
  const message = `must not be longer than the interval (health.everySeconds: ${String(everySeconds)})`;
  const witnesses = listIn(fieldIn(health, 'witnesses'));
  return [
    ...(isTooLong ? [{ path: ['health', 'timeoutSeconds'], message }] : []),
    ...witnesses.flatMap((witness, index) =>
      witnesses.indexOf(witness) === index
        ? []
        : [{ path: ['health', 'witnesses', index], message: 'is there already' }],
    ),
    ...findStatusPageContradictions(config),
  ];
}

/** The rules as they are applied; each has a name of its own. */
export function warnRulesOf({ warn }: Pick<HealthSettings, 'warn'>): WarnRule[] {
  const used = new Map<string, number>();
  return warn.flatMap((rule) => {
    const given = watchedOf(rule);
    if (given === null) return [];
    const [word = ''] = Object.keys(given);
    const count = (used.get(word) ?? 0) + 1;
    used.set(word, count);
    const key = count === 1 ? word : `${word}.${count}`;
    return [{ key, watched: given, forMinutes: rule.forMinutes, tags: rule.tags }];
  });
}

function watchedOf(rule: HealthSettings['warn'][number]): Watched | null {
  if (rule.cpuPercent !== undefined) return { cpuPercent: rule.cpuPercent };
  if (rule.memoryPercent !== undefined) return { memoryPercent: rule.memoryPercent };
  if (rule.diskPercent !== undefined) return { diskPercent: rule.diskPercent };
  if (rule.temperatureC !== undefined) return { temperatureC: rule.temperatureC };
  if (rule.voltageV !== undefined) return { voltageV: rule.voltageV };
  if (rule.reconnects !== undefined) return { reconnects: rule.reconnects };
  if (rule.interface !== undefined) return { interface: rule.interface };
  if (rule.wan !== undefined) return { wan: rule.wan };
  return rule.certificateDays === undefined ? null : { certificateDays: rule.certificateDays };
}
