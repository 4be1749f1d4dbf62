import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Ledger } from './ledger.ts';
import type { HealthBatch, HealthBook, MaintenanceBook } from './ports.ts';
import type { Watch } from './watch.ts';

export interface KeeperDeps {
  readonly book: HealthBook;
  readonly windows: Pick<MaintenanceBook, 'list'>;
  readonly watch: Watch;
  readonly ledger: Ledger;
  /** How many there are that are not paused. */
  readonly routers: () => number;
  readonly tell: Parameters<HealthBook['commit']>[2];
  /** There may be a new notice. */
  readonly onTold: () => void;
  /** Random and unique texts. */
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onBug: (error: unknown) => void;
}

/** Takes the turn, and writes what the watch notes. */
export interface Keeper extends Part {
  /** Something is to be written soon. */
  wake(): void;
  /** Writes what there is now, or tries to get the turn. Rejects with a `TroubleError`. */
  pass(): Promise<void>;
}

/** Who was killed is followed by another worker after this. */
const LEASE_MS = 20_000;
const EVERY_MS = 5_000;
/** Changes of a few moments are written together. */
const SOON_MS = 250;
const STOP_WITHIN_MS = 2_000;

export function createKeeper(deps: KeeperDeps): Keeper {
  const { book, watch, ledger, clock, logger } = deps;
  const holder = deps.newId();
  let hasTurn = false;
  /** What was given to the database and not acknowledged: it may be there. */
  let unsettled: HealthBatch | null = null;
  let state: 'made' | 'running' | 'stopped' = 'made';
  let cancelTimer = () => {};
  let dueMs = Number.POSITIVE_INFINITY;
  let current: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  function pass(): Promise<void> {
    const next = current.then(once);
    current = next.catch(() => {});
    return next;
  }

  async function once(): Promise<void> {
    if (clockTrouble(clock) !== null) return;
    if (!hasTurn) await takeTurn();
    if (!hasTurn) return;
    watch.setWindows(await deps.windows.list());
    await watch.sweep(stopping.signal);
    if (unsettled !== null && !(await settle(unsettled))) return;
    // The clock may have been lost while the database was asked.
    if (clockTrouble(clock) !== null) return;
    await settle({
      id: deps.newId(),
      holder,
      at: clock.now(),
      blindSince: watch.blindSince(),
      routers: deps.routers(),
      ...ledger.take(),
    });
  }

  async function takeTurn(): Promise<void> {
    const turn = await book.claim(holder, clock.now(), LEASE_MS);
    if (turn === null) return;
    watch.begin(turn, await book.load());
    hasTurn = true;
  }

  /** `false`: the turn was lost, and with it what was noted meanwhile. */
  async function settle(batch: HealthBatch): Promise<boolean> {
    unsettled = batch;
    const isWritten = await book.commit(batch, LEASE_MS, deps.tell).catch((error: unknown) => {
      // What the database never takes must not keep out all that comes later: then all begins anew with what is stored.
      if (!(error instanceof TroubleError)) giveUp();
      throw error;
    });
    unsettled = null;
    if (!isWritten) {
      giveUp();
      logger.info('another worker watches the devices now');
    }
    deps.onTold();
    return isWritten;
  }

  function giveUp(): void {
    unsettled = null;
    hasTurn = false;
    watch.end();
  }

  async function passAndPlan(): Promise<void> {
    cancelTimer();
    dueMs = Number.POSITIVE_INFINITY;
    try {
      await pass();
    } catch (error) {
      if (error instanceof TroubleError) logger.debug({ code: error.code }, 'the state of the devices cannot be saved');
      else deps.onBug(error);
    }
    plan(EVERY_MS);
  }

  function plan(delayMs: number): void {
    const atMs = clock.monotonicMs() + delayMs;
    if (state !== 'running' || atMs >= dueMs) return;
    cancelTimer();
    dueMs = atMs;
    cancelTimer = clock.after(delayMs, () => void passAndPlan());
  }

  /** Writes what is left and gives the turn away. A database that keeps one waiting is not asked again: another worker follows by itself. */
  async function leave(untilMs: number): Promise<void> {
    const isLate = () => clock.monotonicMs() >= untilMs;
    await current;
    if (isLate()) return;
    await pass();
    if (hasTurn && !isLate()) await book.release(holder);
  }

  return {
    name: 'health keeper',
    pass,
    wake: () => plan(SOON_MS),
    async start() {
      state = 'running';
      await passAndPlan();
    },
    async stop() {
      state = 'stopped';
      cancelTimer();
      stopping.abort();
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(STOP_WITHIN_MS, late.resolve);
      await Promise.race([
        leave(clock.monotonicMs() + STOP_WITHIN_MS).catch(
          (error: unknown) => void (error instanceof TroubleError || deps.onBug(error)),
        ),
        late.promise,
      ]);
      cancel();
    },
  };
}
