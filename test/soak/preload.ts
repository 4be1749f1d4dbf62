import { Socket } from 'node:net';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { HeldReading } from './growth.ts';

// Loaded into the worker's process before the worker: its wall clock is the machine's plus an offset that the soak sets, ports of the
// network can be silent, it can be made to die at its next commit, and it tells what memory it holds. The worker knows nothing of it.

/** What the soak tells a worker. */
export type Order =
  | { readonly offsetMs: number }
  | { readonly dieAtCommit: 'before' | 'after' }
  | { readonly silentPorts: readonly number[] };

/** What a worker tells the soak, every ten seconds. */
export type Held = Pick<HeldReading, 'heapMib' | 'restMib'>;

export const OFFSET_VARIABLE = 'SOAK_CLOCK_OFFSET_MS';
/** As JSON. */
export const SILENT_VARIABLE = 'SOAK_SILENT_PORTS';
/** Where its connections come from, so that others can tell workers apart; unset: wherever the system takes them from. */
export const ADDRESS_VARIABLE = 'SOAK_LOCAL_ADDRESS';

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
  const localAddress = process.env[ADDRESS_VARIABLE];
  Socket.prototype.connect = function connectWatched(this: Socket, ...given: unknown[]): Socket {
    const options = optionsOf(given[0]);
    if (silentPorts.includes(options?.port)) return this;
    if (localAddress !== undefined && options?.host === '127.0.0.1') options.localAddress = localAddress;
    return Reflect.apply(connect, this, given);
  };
}

/** `connect` of `node:net` gives its arguments as a list. */
function optionsOf(given: unknown): { readonly port?: unknown; readonly host?: unknown; localAddress?: string } | null {
  const options: unknown = Array.isArray(given) ? given[0] : given;
  return typeof options === 'object' ? options : null;
}

const TELL_EVERY_MS = 10_000;
const MIB = 1024 * 1024;

/** Without garbage: how much of that there is depends on when it was collected last. */
function tellWhatIsHeld(): void {
  setInterval(() => {
    globalThis.gc?.();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const held: Held = { heapMib: (heapUsed + external) / MIB, restMib: (rss - heapTotal) / MIB };
    process.send?.(held);
  }, TELL_EVERY_MS).unref();
}

if (process.env[OFFSET_VARIABLE] !== undefined) {
  Reflect.set(globalThis, 'Date', SteppedDate);
  watchCommits();
  watchConnections();
  tellWhatIsHeld();
  process.on('message', (order: Order) => {
    if ('offsetMs' in order) offsetMs = order.offsetMs;
    else if ('silentPorts' in order) silentPorts = order.silentPorts;
    else dieAtCommit = order.dieAtCommit;
  });
  // A soak that is gone needs no worker any more.
  process.on('disconnect', () => process.exit(3));
  process.channel?.unref();
}
