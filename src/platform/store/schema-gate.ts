import { type Clock, pause } from '../../runtime/clock.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';

/** Keeps the worker from using the database until its schema is up to date. */
export interface SchemaGate {
  /** Brings the schema up to date; gives the names of the migrations that ran. Rejects with a `TroubleError`. */
  open(): Promise<string[]>;
  /** Like `open`, but a database that cannot be used now (`DATABASE_…`) gives `false` and is logged. */
  tryOpen(): Promise<boolean>;
  /** Tries again until the schema is up to date or the signal comes; rejects only when it cannot be brought up to date. */
  waitOpen(signal: AbortSignal): Promise<void>;
  /** Until the schema is up to date, throws the last trouble. */
  enter(): void;
  /** A store whose methods do nothing until then and reject with the last trouble. */
  guard<Store extends AsyncMethods<Store>>(store: Store): Store;
}

type AsyncMethods<Store> = { readonly [Name in keyof Store]: (...args: never[]) => Promise<unknown> };

/** Is told when the database begins and ceases to be unusable. */
export interface SchemaOutage {
  began(trouble: TroubleError): void;
  ended(): void;
}

/** The database may come up after the worker, as in a compose file, or be read-only until a failover ends. */
const RETRY_MS = 2_000;

export function createSchemaGate(deps: {
  readonly migrate: () => Promise<string[]>;
  readonly clock: Clock;
  readonly outage: SchemaOutage;
}): SchemaGate {
  const { migrate, clock, outage } = deps;
  let closedBy: TroubleError | null = new TroubleError(
    'SCHEMA_NOT_READY',
    'the schema has not been checked yet',
    `Run \`${asTyped('migrate')}\`.`,
  );

  async function open(): Promise<string[]> {
    const applied = await migrate();
    closedBy = null;
    outage.ended();
    return applied;
  }

  async function tryOpen(): Promise<boolean> {
    try {
      await open();
      return true;
    } catch (error) {
      if (!(error instanceof TroubleError) || !error.code.startsWith('DATABASE_')) throw error;
      closedBy = error;
      outage.began(error);
      return false;
    }
  }

  async function waitOpen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await tryOpen())) await pause(clock, RETRY_MS, signal);
  }

  function enter(): void {
    if (closedBy !== null) throw closedBy;
  }

  return {
    open,
    tryOpen,
    waitOpen,
    enter,
    guard: (store) => guarded(store, enter),
  };
}

function guarded<Store extends AsyncMethods<Store>>(store: Store, enter: () => void): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        enter();
        return await method.apply(target, args);
      };
    },
  });
}
