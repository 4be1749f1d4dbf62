import { formatDuration, readableName } from '../../runtime/format.ts';
import type { StatusEntry } from '../status.ts';
import type { Level, WallEntry } from '../wall.ts';

/** What levels are called where people read them. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  down: 'down',
  unreachable: 'unreachable',
  suspect: 'suspect',
  warn: 'warning',
  unknown: 'unknown',
  maintenance: 'maintenance',
  paused: 'paused',
  up: 'up',
};

/** For how long it has been in its state; empty where nobody knows. */
export function lasted({ since }: Pick<StatusEntry, 'since'>, now: number): string {
  return since === null ? '' : formatDuration(Math.max(0, now - Date.parse(since)));
}

/** All that ails a device, in one line; empty where nothing does. */
export function ailsText({ status, level, ails }: WallEntry): string {
  const reasons = [level === 'paused' ? '' : (status.reason ?? ''), ...ails].filter((text) => text !== '');
  return readableName(reasons.join(' · '));
}

export function latencyText(latencyMs: number): string {
  return latencyMs < 10 ? `${Number(latencyMs.toFixed(1))} ms` : `${Math.round(latencyMs)} ms`;
}

export function percentText(percent: number): string {
  return `${Math.round(percent)}%`;
}

export function temperatureText(degrees: number): string {
  return `${Math.round(degrees)} °C`;
}
