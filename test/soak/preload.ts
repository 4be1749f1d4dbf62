import { DatabaseSync, type StatementSync } from 'node:sqlite';

// Loaded into the worker's process before the worker: its wall clock is the machine's plus an offset that the soak sets, and it can be
// made to die at its next commit. The worker knows nothing of it.

/** What the soak tells a worker. */
export type Order = { readonly offsetMs: number } | { readonly dieAtCommit: 'before' | 'after' };

export const OFFSET_VARIABLE = 'SOAK_CLOCK_OFFSET_MS';

let offsetMs = Number(process.env[OFFSET_VARIABLE] ?? 0);
let dieAtCommit: 'before' | 'after' | null = null;

const RealDate = Date;

class SteppedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    super(...((given.length === 0 ? [SteppedDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RealDate;
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** MySQL's commits go through the soak's proxy; SQLite's are seen here. */
function watchCommits(): void {
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function prepareWatched(this: DatabaseSync, ...given): StatementSync {
    const statement = prepare.apply(this, given);
    if (given[0] !== 'commit') return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      if (dieAtCommit === 'before') die();
      const result = run();
      if (dieAtCommit === 'after') die();
      return result;
    };
    return statement;
  };
}

if (process.env[OFFSET_VARIABLE] !== undefined) {
  Reflect.set(globalThis, 'Date', SteppedDate);
  watchCommits();
  process.on('message', (order: Order) => {
    if ('offsetMs' in order) offsetMs = order.offsetMs;
    else dieAtCommit = order.dieAtCommit;
  });
  // A soak that is gone needs no worker any more.
  process.on('disconnect', () => process.exit(3));
  process.channel?.unref();
}
