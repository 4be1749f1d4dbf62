import type { RouterLine } from '../../platform/routeros/line.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { clip } from '../../runtime/format.ts';
import type { Visit, Visitor } from '../../runtime/rounds.ts';
import type { Resource, ShowResource } from '../ports.ts';

const PROPERTIES = ['uptime', 'version', 'board-name', 'cpu-load', 'free-memory', 'total-memory'] as const;
/** Of what the router calls itself. */
const LONGEST_WORD = 64;

/** Reads `/system/resource` of one router over its line, and shows what it says; `null` when it could not be read. */
export function createResourceReader(deps: {
  readonly line: RouterLine;
  readonly clock: Clock;
  /** Whether the usage poll reads the router. */
  readonly isRead: () => boolean;
  readonly show: ShowResource;
}): Visitor<void> {
  const { line, clock, isRead, show } = deps;

  function read(visit: Visit): Promise<Resource | null> {
    return line.use(visit, async ({ client, deadlineMs }) => {
      const [resource = null] = await client.print('/system/resource', PROPERTIES, {
        toResult: resourceOf,
        totalTimeoutMs: deadlineMs - clock.monotonicMs(),
      });
      // The answer is all there is to read: the place is left at once.
      await visit.enter();
      return resource;
    });
  }

  return {
    async visit(visit) {
      if (!isRead()) {
        // Another try to connect would only make the line rest when the usage poll is due. It is no sign of silence either.
        await visit.enter();
        show(line.target.name, null);
        return;
      }
      try {
        show(line.target.name, await read(visit));
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        // The usage poll over the same line tells of it.
        show(line.target.name, null);
      }
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
