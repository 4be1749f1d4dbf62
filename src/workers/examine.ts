import { asTyped, startCommand } from '../runtime/command-name.ts';
import type { Examine } from '../runtime/examination.ts';
import { about, ok, orTrouble, type PartFinding, warning } from '../runtime/finding.ts';
import { formatCount } from '../runtime/format.ts';
import type { WorkerEntry } from './entries.ts';

export interface WorkersExamineDeps {
  readonly list: () => Promise<readonly WorkerEntry[]>;
  /** What the server does when its memory is full. */
  readonly evictionPolicy: () => Promise<string | null>;
}

/** Redis, and the workers that share the routers. */
export function createWorkersExamine({ list, evictionPolicy }: WorkersExamineDeps): Examine {
  return async ({ database }) => {
    if (!(await database)) return [];
    const work = async () => [...judge(await list()), ...judgePolicy(await evictionPolicy())];
    return about('workers', await orTrouble('Redis', work));
  };
}

function judge(entries: readonly WorkerEntry[]): PartFinding[] {
  const active = entries.filter(({ state }) => state === 'active');
  const unread = entries.flatMap(({ state, routers }) => (state === 'lost' ? routers : []));
  if (active.length === 0) return [warning('workers', 'no worker is running', `Start one: \`${startCommand()}\``)];
  if (unread.length > 0) {
    const said = `${formatCount(unread.length, 'router', 'routers')} of a lost worker not polled by another worker yet`;
    return [
      warning(
        'workers',
        said,
        `Other workers take them over within 45 s. See who polls what: \`${asTyped('workers')}\``,
      ),
    ];
  }
  return [ok('workers', `${formatCount(active.length, 'worker', 'workers')} active`)];
}

function judgePolicy(policy: string | null): PartFinding[] {
  if (policy === null || policy === 'noeviction') return [];
  return [
    warning(
      'Redis',
      `may drop keys when its memory is full (maxmemory-policy ${policy})`,
      'Set maxmemory-policy noeviction. Dropped keys are made again, but routers may move between workers.',
    ),
  ];
}
