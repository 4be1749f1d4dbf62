import { type Around, type Assessed, assess, type Rules } from './assess.ts';
import { NO_LINKS, reconnectsOfDay, withReconnects } from './links.ts';
import { consequencesOf, type IncidentChange, type News } from './news.ts';
import type { Observation } from './observation.ts';
import type { DeviceRecord } from './ports.ts';
import { newHealth, type Slice, type Transition } from './state.ts';
import { type Warning, type WarnRule, warningText, withFigures } from './thresholds.ts';

/** Everything that follows from one look. */
export interface Judged {
  readonly record: DeviceRecord;
  readonly transitions: readonly Transition[];
  readonly slices: readonly Slice[];
  readonly incidents: readonly IncidentChange[];
  readonly news: readonly News[];
}

/** What is known of a device that nobody has looked at. */
export function newRecord(device: string, at: number): DeviceRecord {
  return { health: newHealth(device, at), firstAt: at, warnings: {}, links: NO_LINKS, figures: null, figuresAt: null };
}

/** What a change of health, made at `at`, means for all that is kept of the device. */
export function withHealth(before: DeviceRecord, { health, transition, slices }: Assessed, at: number): Judged {
  return {
    record: { ...before, health },
    transitions: transition === null ? [] : [transition],
    slices,
    ...consequencesOf(before.health, health, at),
  };
}

/**
 * What one look at a device means for all that is kept of it. `warnRules`: those that hold for the device; `elapsedMs`: since it last gave
 * figures in this process, 0 when it did not.
 */
export function judge(
  before: DeviceRecord,
  look: Observation,
  around: Around,
  {
    rules,
    warnRules,
    elapsedMs,
  }: { readonly rules: Rules; readonly warnRules: readonly WarnRule[]; readonly elapsedMs: number },
): Judged {
  const judged = withHealth(before, assess(before.health, look, around, rules), look.at);
  const { figures, at } = look;
  if (figures === null) return judged;
  const links = withReconnects(before.links, figures, look);
  const measured = { figures, reconnectsOfDay: reconnectsOfDay(links, at), at, elapsedMs };
  const warnings: Record<string, Warning> = {};
  const incidents: IncidentChange[] = [];
  const news: News[] = [];
  for (const rule of warnRules) {
    const was = before.warnings[rule.key] ?? null;
    const is = around.isInMaintenance ? was : withFigures(was, rule, measured);
    if (is === null) continue;
    warnings[rule.key] = is;
    if (is.isOn === (was?.isOn ?? false)) continue;
    const said = warningText(rule, measured);
    incidents.push(warningChange(before, rule.key, is.isOn, at, said));
    const event = is.isOn ? 'warning' : 'cleared';
    const since = is.isOn ? at : (was?.since ?? at);
    news.push({ device: look.device, event, at, since, incident: `warning.${rule.key}`, reason: said });
  }
  // A rule that is gone warns no more.
  for (const [key, { isOn }] of Object.entries(before.warnings)) {
    if (isOn && warnings[key] === undefined) incidents.push(warningChange(before, key, false, at, 'no longer watched'));
  }
  return {
    ...judged,
    record: { ...judged.record, links, warnings, figures, figuresAt: at },
    incidents: [...judged.incidents, ...incidents],
    news: [...judged.news, ...news],
  };
}

/** Closes what is open of a device that is watched no more. */
export function withoutWarnings(before: DeviceRecord, at: number): Pick<Judged, 'record' | 'incidents'> {
  const on = Object.entries(before.warnings).filter(([, { isOn }]) => isOn);
  return {
    record: { ...before, warnings: {} },
    incidents: on.map(([key]) => warningChange(before, key, false, at, 'no longer watched')),
  };
}

function warningChange(
  { health }: DeviceRecord,
  key: string,
  isOn: boolean,
  at: number,
  summary: string,
): IncidentChange {
  return { kind: `warning.${key}`, subject: health.device, is: isOn ? 'open' : 'closed', at, summary };
}
