import { joinedLines } from '../backups/routeros/normal-form.ts';
import type { DeviceTime } from '../health/ports.ts';
import type { Transition } from '../health/state.ts';
import { formatDuration, readableName } from '../runtime/format.ts';
import type { Configuration } from './configuration.ts';
import type { NetworkTruth, Span } from './network.ts';

/** What the worker has noted of the devices. */
export interface NotedHealth {
  readonly transitions: readonly Transition[];
  readonly times: readonly DeviceTime[];
}

export interface HealthTruth extends NetworkTruth {
  /** By device, the one in front of it. */
  readonly parents: ReadonlyMap<string, string | null>;
  readonly everyMs: number;
  /** When the demonstration ended, Unix ms. */
  readonly endsAt: number;
}

/** A device that is cut off for so many intervals has to be noted as down. */
const INTERVALS_TO_NOTICE = 6;
/** At each end of an outage it is seen this late at most, in intervals. */
const INTERVALS_LATE = 2;

/** In words, what was noted of the devices and was not so, and what was so and was not noted; none is as it should be. */
export function findHealthMismatches({ transitions, times }: NotedHealth, truth: HealthTruth): string[] {
  const { cuts, lineCuts, parents, everyMs, endsAt } = truth;
  const cutsOf = (device: string | null | undefined) => cuts.get(device ?? '') ?? [];
  const stray = transitions.filter(({ device, from, to, at }) => {
    switch (to) {
      case 'down':
        return !isWithin(cutsOf(device), at);
      case 'unreachable':
        return !isWithin(cutsOf(parents.get(device)), at);
      case 'unknown':
        return from !== 'unknown' && !isWithin(lineCuts, at);
      default:
        return false;
    }
  });
  const missed = [...cuts].flatMap(([device, spans]) =>
    spans
      .filter((span) => {
        const isLong = lengthOf(span, endsAt) >= INTERVALS_TO_NOTICE * everyMs;
        const downs = transitions.filter((each) => each.device === device && each.to === 'down');
        return (
          isLong && !lineCuts.some((cut) => overlap(cut, span, endsAt)) && !downs.some(({ at }) => isWithin([span], at))
        );
      })
      .map(({ fromAt }) => ({ device, fromAt })),
  );
  const wrongTimes = [...cuts].flatMap(([device, spans]) => {
    const downMs = times.find((each) => each.device === device)?.downMs ?? 0;
    const trueMs = spans.reduce((sum, span) => sum + lengthOf(span, endsAt), 0);
    const tolerance = spans.reduce((sum, span) => {
      const ms = lengthOf(span, endsAt);
      return sum + (ms >= INTERVALS_TO_NOTICE * everyMs ? INTERVALS_LATE * everyMs : ms);
    }, 0);
    return Math.abs(downMs - trueMs) <= tolerance ? [] : [{ device, downMs, trueMs }];
  });
  return [
    ...stray.map(({ device, to, at }) => `${device} was noted as ${to} at ${isoOf(at)}, and was not`),
    ...missed.map(({ device, fromAt }) => `${device} was down from ${isoOf(fromAt)} on, which was not noted`),
    ...wrongTimes.map(
      ({ device, downMs, trueMs }) =>
        `${device} was noted as down for ${formatDuration(downMs)}, in truth for ${formatDuration(trueMs)}`,
    ),
  ].map(readableName);
}

function isWithin(spans: readonly Span[], at: number): boolean {
  return spans.some(({ fromAt, toAt }) => at >= fromAt && (toAt === null || at <= toAt));
}

function overlap(one: Span, other: Span, endsAt: number): boolean {
  return one.fromAt < (other.toAt ?? endsAt) && other.fromAt < (one.toAt ?? endsAt);
}

function lengthOf({ fromAt, toAt }: Span, endsAt: number): number {
  return (toAt ?? endsAt) - fromAt;
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

/** A stored version, as text. */
export interface KeptText {
  readonly device: string;
  readonly version: number;
  readonly text: string;
}

/** In words, which versions are no configuration that their router ever had; none is as it should be. */
export function findBackupMismatches(
  kept: readonly KeptText[],
  configurations: ReadonlyMap<string, readonly Configuration[]>,
): string[] {
  return kept
    .filter(({ device, text }) => {
      const rows = joinedLines(text)
        .filter(({ isComment, text: line }) => !isComment && line !== '')
        .map(({ text: line }) => line)
        .join('\n');
      return !(configurations.get(device) ?? []).some((each) => rowsOf(each) === rows);
    })
    .map(({ device, version }) => readableName(`version ${version} of ${device} is no configuration that it ever had`));
}

function rowsOf(configuration: Configuration): string {
  return Object.entries(configuration)
    .flatMap(([menu, rows]) => (rows.length === 0 ? [] : [menu, ...rows]))
    .join('\n');
}
