import { Socket } from 'node:net';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

// Loaded into the worker's process before the worker: its wall clock is the machine's plus an offset that the soak sets, ports of the
// network can be silent, and it can be made to die at its next commit. The worker knows nothing of it.

/** What the soak tells a worker. */
export type Order =
  | { readonly offsetMs: number }
  | { readonly dieAtCommit: 'before' | 'after' }
  | { readonly silentPorts: readonly number[] };

export const OFFSET_VARIABLE = 'SOAK_CLOCK_OFFSET_MS';
/** As JSON. */
export const SILENT_VARIABLE = 'SOAK_SILENT_PORTS';

let offsetMs = Number(process.env[OFFSET_VARIABLE] ?? 0);
let silentPorts: readonly unknown[] = JSON.parse(process.env[SILENT_VARIABLE] ?? '[]');
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

/** As with a cable that is cut: whoever connects hears nothing. */
function watchConnections(): void {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function connectWatched(this: Socket, ...given: unknown[]): Socket {
    return silentPorts.includes(portOf(given[0])) ? this : Reflect.apply(connect, this, given);
  };
}

/** `connect` of `node:net` gives its arguments as a list. */
function portOf(given: unknown): unknown {
  const options: unknown = Array.isArray(given) ? given[0] : given;
  return typeof options === 'object' && options !== null && 'port' in options ? options.port : null;
}

if (process.env[OFFSET_VARIABLE] !== undefined) {
  Reflect.set(globalThis, 'Date', SteppedDate);
  watchCommits();
  watchConnections();
  process.on('message', (order: Order) => {
    if ('offsetMs' in order) offsetMs = order.offsetMs;
    else if ('silentPorts' in order) silentPorts = order.silentPorts;
    else dieAtCommit = order.dieAtCommit;
  });
  // A soak that is gone needs no worker any more.
  process.on('disconnect', () => process.exit(3));
  process.channel?.unref();
}
