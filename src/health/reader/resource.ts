import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Figures } from '../observation.ts';
import { countOf, textOf, usedPercent } from './words.ts';

export const RESOURCE_PROPERTIES = [
  ...['uptime', 'version', 'board-name', 'cpu-load'],
  ...['free-memory', 'total-memory', 'free-hdd-space', 'total-hdd-space'],
] as const;

export type Resource = Pick<
  Figures,
  'version' | 'board' | 'uptimeSeconds' | 'cpuPercent' | 'memoryPercent' | 'diskPercent'
>;

/** The row of `/system/resource`. What cannot be understood is not known; nothing is made up for it. */
export function resourceOf(row: Row): Resource {
  const uptimeMs = parseUptime(row.get('uptime') ?? '');
  const version = textOf(row.get('version'));
  const board = textOf(row.get('board-name'));
  const cpuPercent = countOf(row.get('cpu-load'));
  const share = (kind: string) => usedPercent(countOf(row.get(`free-${kind}`)), countOf(row.get(`total-${kind}`)));
  return {
    version,
    board,
    uptimeSeconds: uptimeMs === null ? null : uptimeMs / 1000,
    cpuPercent: cpuPercent === null || cpuPercent > 100 ? null : cpuPercent,
    memoryPercent: share('memory'),
    diskPercent: share('hdd-space'),
  };
}
