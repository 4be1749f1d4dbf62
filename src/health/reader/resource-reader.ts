import type { RouterLine } from '../../platform/routeros/line.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { clip } from '../../runtime/format.ts';
import type { Visitor } from '../../runtime/rounds.ts';
import type { Resource, ShowResource } from '../ports.ts';

const PROPERTIES = ['uptime', 'version', 'board-name', 'cpu-load', 'free-memory', 'total-memory'] as const;
/** Of what the router calls itself. */
const LONGEST_WORD = 64;

/**
 * Reads `/system/resource` of one router over the connection of the usage poll, and shows what it says; `null` when it could not be read.
 * It never connects: each failure to connect would make the line rest when the usage poll is due.
 */
export function createResourceReader(deps: {
  readonly line: RouterLine;
  readonly clock: Clock;
  readonly show: ShowResource;
}): Visitor<void> {
  const { line, clock, show } = deps;

  async function read(signal: AbortSignal): Promise<Resource | null> {
    try {
      return await line.useOpen(signal, async ({ client, deadlineMs }) => {
        const [resource = null] = await client.print('/system/resource', PROPERTIES, {
          toResult: resourceOf,
          totalTimeoutMs: deadlineMs - clock.monotonicMs(),
        });
        return resource;
      });
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      // The usage poll over the same line tells of it.
      return null;
    }
  }

  return {
    async visit(visit) {
      const resource = await read(visit.signal);
      // Never counted as silent, so that the pauses of silent routers do not grow: one that hung has no connection left to be read over.
      await visit.enter();
      show(line.target.name, resource);
    },
    close() {
      line.close();
      show(line.target.name, null);
    },
  };
}

/** What cannot be parsed is not known; nothing is made up for it. */
function resourceOf(row: Row): Resource {
  const [free, total] = [countOf(row.get('free-memory')), countOf(row.get('total-memory'))];
  const cpuPercent = countOf(row.get('cpu-load'));
  const uptimeMs = parseUptime(row.get('uptime') ?? '');
  return {
    version: clip(row.get('version') ?? '', LONGEST_WORD),
    board: clip(row.get('board-name') ?? '', LONGEST_WORD),
    uptimeSeconds: uptimeMs === null ? null : uptimeMs / 1000,
    cpuRatio: cpuPercent === null || cpuPercent > 100 ? null : cpuPercent / 100,
    memoryUsedRatio: free === null || total === null || total === 0 || free > total ? null : 1 - free / total,
  };
}

function countOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
