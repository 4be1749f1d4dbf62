import { type Clock, requireClock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createLoop } from '../runtime/loop.ts';
import { advance, type Change, type Scope, type Worker } from './advance.ts';
import type { Attempt } from './attempt.ts';
import { decide } from './decide.ts';
import { act, prepare } from './perform.ts';
import type { HealingBook, OpenShell, RunEnd, Tell } from './ports.ts';
import { type Rule, wayFor } from './rule.ts';
import { ailingIn, ailingOf, type Seen } from './sight.ts';
import { OTHER_WAY_REASON, otherAction } from './waiting.ts';

export interface HealerDeps {
  readonly rules: readonly Rule[];
  readonly book: HealingBook;
  /** How the devices are now. Rejects with a `TroubleError`. */
  readonly look: () => Promise<Seen>;
  readonly openShell: OpenShell;
  readonly tell: Tell;
  /** Keeps in the audit what became of an attempt. Rejects with a `TroubleError`. */
  readonly record: (attempt: Attempt, end: RunEnd) => Promise<void>;
  /** There may be new notices. */
  readonly onTold: () => void;
  /** Random, of this process. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onBug: (error: unknown) => void;
}

/** Applies the rules. */
export interface Healer {
  readonly part: Part;
  readonly worker: Worker;
  /** One step; what it begins goes on by itself. Rejects with a `TroubleError`. */
  pass(scope?: Scope): Promise<void>;
  /** Runs the commands of an attempt that this process holds. Only a bug rejects; trouble with the database leaves the verdict to the probe. */
  perform(attempt: Attempt): Promise<void>;
  /** Resolves when nothing goes on any more that `pass` began. */
  settled(): Promise<void>;
}

const EVERY_MS = 5_000;
/** From the decision to the first command, and from there to the last one. */
export const LEASE_MS = 120_000;
/** Commands get less than the lease: who is late must not act any more. */
const COMMANDS_MS = 90_000;
const STOP_WITHIN_MS = 3_000;

export function createHealer(deps: HealerDeps): Healer {
  const { rules, book, look, openShell, tell, holder, clock, logger, onBug } = deps;
  const worker: Worker = { holder, leaseMs: LEASE_MS };
  const conditions = rules.map(({ condition }) => condition);
  const going = new Map<number, Promise<void>>();
  let stop = new AbortController();

  async function once(scope: Scope): Promise<void> {
    const seen = await look();
    const step = (standing: Parameters<typeof advance>[0], now: number): Change =>
      advance(standing, { rules, seen, now, worker, scope });
    // Most of the time there is nothing to do: then nothing is written either.
    const ailing = ailingIn(seen, conditions);
    const ahead = await book.read(ailing);
    if (isEmpty(step(ahead.standing, ahead.now)) && !ahead.standing.attempts.some((each) => isOurs(each, ahead.now)))
      return;
    const { attempts, now } = await book.change(step, tell, ailing);
    deps.onTold();
    if (scope === 'verdicts') return;
    for (const attempt of attempts) if (isOurs(attempt, now)) begin(attempt);
  }

  /** Not begun, and nobody else may: also one whose commit was acknowledged late. */
  function isOurs({ id, state, holder: held, beganAt, ranAt, leaseUntil }: Attempt, now: number): boolean {
    return (
      state === 'running' && held === holder && beganAt === null && ranAt === null && leaseUntil > now && !going.has(id)
    );
  }

  function begin(attempt: Attempt): void {
    const work = perform(attempt)
      .catch(onBug)
      .finally(() => void going.delete(attempt.id));
    going.set(attempt.id, work);
  }

  async function perform(attempt: Attempt): Promise<void> {
    const { signal } = stop;
    try {
      const end = await tryIt(attempt, signal);
      if (end === null) return;
      if (await book.end(attempt.id, holder, end, tell)) deps.onTold();
      await deps.record(attempt, end);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TroubleError)) throw error;
      logger.warn({ code: error.code, attempt: attempt.id }, 'what became of a healing action could not be kept');
    }
  }

  /** `null`: it is not ours any more. Nothing is sent before the attempt is noted as begun. */
  async function tryIt(attempt: Attempt, signal: AbortSignal): Promise<RunEnd | null> {
    const rule = rules.find(({ name }) => name === attempt.rule);
    if (rule === undefined) return over('refused', 'its rule is not in the configuration any more');
    const late = new AbortController();
    const cancel = clock.after(COMMANDS_MS, () => late.abort(lateTrouble()));
    try {
      const to = { device: attempt.via, credential: rule.credential, prefers: wayFor(rule.action) };
      const shell = await openShell(to, AbortSignal.any([signal, late.signal]));
      try {
        const prepared = await prepare(shell, rule.action);
        if (prepared.is !== 'ready') {
          return over(prepared.is === 'refused' ? 'refused' : 'failed', prepared.reason);
        }
        const changed = whyNot(attempt, rule, await look());
        if (changed !== null) return over('refused', changed);
        const askedMs = clock.monotonicMs();
        // A process that was stopped in between is not to act when others have judged already.
        const isInTime = () => clock.monotonicMs() - askedMs < COMMANDS_MS;
        if (!(await book.begin(attempt.id, holder, LEASE_MS)) || !isInTime()) return null;
        return await act(shell, rule.action, prepared.commands, isInTime);
      } finally {
        shell.close();
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof TroubleError)) throw error;
      return over('failed', error.message);
    } finally {
      cancel();
    }
  }

  async function passQuietly(): Promise<void> {
    try {
      requireClock(clock);
      await once('all');
    } catch (error) {
      if (error instanceof TroubleError) logger.debug({ code: error.code }, 'no healing now');
      else onBug(error);
    }
  }

  async function settled(): Promise<void> {
    await Promise.all(going.values());
  }

  const loop = createLoop({ everyMs: EVERY_MS, work: passQuietly, clock });
  return {
    worker,
    perform,
    pass: (scope = 'all') => once(scope),
    settled,
    part: {
      name: 'healing',
      start() {
        stop = new AbortController();
        loop.start();
      },
      async stop() {
        await loop.stop();
        stop.abort(new Error('the worker stops'));
        const late = Promise.withResolvers<void>();
        const cancel = clock.after(STOP_WITHIN_MS, late.resolve);
        await Promise.race([settled(), late.promise]);
        cancel();
      },
    },
  };
}

function lateTrouble(): TroubleError {
  return new TroubleError('HEALING_LATE', 'the device took too long', 'Check the connection to the device.');
}

function isEmpty({ add, set, notes }: Change): boolean {
  return add.length + set.length + notes.length === 0;
}

function over(state: 'failed' | 'refused', reason: string): RunEnd {
  return { output: null, end: { state, reason } };
}

/** The state, read once more: why it is not to be done after all; `null`: it is. The limits were held when it was decided. */
function whyNot(attempt: Attempt, rule: Rule, seen: Seen): string | null {
  const other = otherAction(attempt, rule);
  if (other !== null) return other;
  const device = seen.devices.find(({ name }) => name === attempt.device);
  if (device === undefined) return 'the device is not known any more';
  const ailing = ailingOf(rule.condition, seen.sights.get(attempt.device) ?? null, attempt.outageAt);
  const decision = decide({ rule, device, seen, ailing, attempts: [], now: 0, wish: 'person' });
  if (decision.do !== 'act') return decision.reason;
  if (decision.via !== attempt.via) return OTHER_WAY_REASON;
  return decision.outageAt === attempt.outageAt ? null : 'it had recovered in between';
}
