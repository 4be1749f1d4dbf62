import type { MakeNotice } from '../notices/make-notice.ts';
import type { OutgoingNotice, Recipient } from '../notices/notice.ts';
import type { PageLinks, Postman, Recipients } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { isBreached, type QuotaPolicy, thresholdsOf, type Weekday } from '../usage/accounting/quota.ts';
import { breachesLetter, breachLetter, type LetterContext } from './breach-letter.ts';
import {
  type Crossing,
  crossingDay,
  LATE_DAYS,
  leastBreachBytes,
  needsEstimate,
  newCrossings,
  statesOf,
  watchedPeriods,
} from './breaches.ts';
import { readDetails } from './details.ts';
import type {
  Breach,
  BreachBook,
  BreachState,
  QuotaChange,
  QuotaHistory,
  RecordedBreach,
  UsageTotals,
  UserHistory,
} from './ports.ts';
import { type Candidate, heldWhenClosed, quotaListOf, quotasAt } from './quota-history.ts';
import { type Standing, standingsOf } from './standing.ts';

/** From this many breaches in one pass, one notice covers all. */
const BREACHES_FOR_ONE_NOTICE = 4;
/** Commits that come together are looked at together. */
const GATHER_MS = 1000;
const RETRY_MS = 30_000;
/** Another worker recorded a breach while we looked: look again, and hardly ever a third time. */
const MOST_ATTEMPTS = 5;

export interface AlertEvaluatorDeps {
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly calendar: Calendar;
  /** Nobody when the configuration has no channel. */
  readonly recipients: Recipients;
  readonly totals: UsageTotals;
  readonly history: UserHistory;
  readonly breaches: BreachBook;
  readonly quotaHistory: QuotaHistory;
  readonly makeNotice: MakeNotice;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly postman: Postman;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one pass found. */
export interface EvaluationRound {
  readonly breaches: number;
  readonly notices: number;
}

export interface AlertEvaluator {
  /** One pass over all routers, or some. Idempotent. Rejects with a `TroubleError` when the database is away. */
  evaluate(routers?: readonly string[]): Promise<EvaluationRound>;
  /** To be called after usage of a router was committed; it is evaluated within a moment. */
  wake(router: string): void;
  /** Begins with a pass over everything: a crash between commit and evaluation loses no breach. */
  start(): void;
  /** Waits for the pass under way. */
  stop(): Promise<void>;
}

/** Finds new breaches and stores them together with the notices about them. */
export function createAlertEvaluator(deps: AlertEvaluatorDeps): AlertEvaluator {
  const { quotas, calendar, recipients, totals, breaches, clock, logger } = deps;
  const present = quotaListOf(quotas, deps.weekStartsOn);
  // Not when they are first noted: the database may be away over a midnight.
  const madeAt = clock.now();
  let changes: readonly QuotaChange[] | null = null;
  /** Notices were handed to the database, and delivery has not been told: the answer to their commit may have been lost. */
  let mayBeWritten = false;
  const touched = new Set<string>();
  let allTouched = false;
  let isRunning = false;
  let cancelTimer: (() => void) | null = null;
  let current: Promise<unknown> = Promise.resolve();

  function evaluate(routers?: readonly string[]): Promise<EvaluationRound> {
    const pass = current.then(() => runJob(deps, 'evaluation', () => evaluateOnce(routers)));
    current = pass.catch(() => undefined);
    return pass;
  }

  async function evaluateOnce(routers?: readonly string[]): Promise<EvaluationRound> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const now = clock.now();
      const context = { now, today: calendar.dayOf(now), timeZone: calendar.timeZone, pages: deps.pages };
      const found = await findBreaches(routers, context);
      if (found.length === 0) break;
      const { rows, notices } = await writeUp(found, context);
      mayBeWritten ||= notices.length > 0;
      if (!(await breaches.record(rows, notices))) continue;
      logger.info({ breaches: rows.length, notices: notices.length }, 'quota breaches recorded');
      wakePostman();
      return { breaches: rows.length, notices: notices.length };
    }
    wakePostman();
    return { breaches: 0, notices: 0 };
  }

  function wakePostman() {
    if (mayBeWritten) deps.postman.wake();
    mayBeWritten = false;
  }

  async function findBreaches(routers: readonly string[] | undefined, context: LetterContext): Promise<Found[]> {
    const filter = routers === undefined ? {} : { routers };
    // As this worker found them: what others take up later is theirs.
    changes ??= await deps.quotaHistory.note(present, { madeAt, now: context.now });
    const exceeded: Candidate[] = [];
    for (const watched of watchedPeriods(quotas, context.today, deps.weekStartsOn)) {
      const { startDay, endDay } = watched.days;
      const isClosed = endDay < context.today;
      const list = isClosed ? quotasAt(changes, calendar.endOf(endDay)) : present;
      if (list === null) continue;
      const usersAbove = leastBreachBytes(quotas, watched);
      const sums = await totals.queueTotals({ fromDay: startDay, toDay: endDay, usersAbove, ...filter });
      const period = { ...watched, totals: sums };
      const standings = standingsOf(quotas, period).filter(isExceeded);
      exceeded.push(...(isClosed ? heldWhenClosed(standings, period, list) : standings.map(withAllThresholds)));
    }
    if (exceeded.length === 0) return [];
    const recorded = await breaches.recorded({ periodEndFrom: calendar.addDays(context.today, -LATE_DAYS), ...filter });
    const byUser = Map.groupBy(recorded, userKey);
    const found: Found[] = [];
    for (const candidate of exceeded) {
      const { standing } = candidate;
      const known = byUser.get(userKey(standing)) ?? [];
      const crossings = newCrossings(candidate, known);
      if (crossings.length > 0) found.push(...(await date(standing, crossings, known, context)));
    }
    return found;
  }

  async function date(
    standing: Standing,
    crossings: readonly Crossing[],
    known: readonly RecordedBreach[],
    { today }: LetterContext,
  ): Promise<Found[]> {
    const { router, user, days } = standing;
    const userDays = await deps.history.userDays({ router, user, fromDay: days.startDay, toDay: days.endDay });
    const isClosed = days.endDay < today;
    const judged = crossings.map((crossing) => ({
      ...crossing,
      isEstimated: isClosed && needsEstimate(crossing, userDays),
    }));
    const isTold = addresseesOf(standing).length > 0;
    const states = statesOf(judged, known, isTold);
    return crossings.map((crossing, index) => ({
      crossing,
      day: crossingDay(crossing, userDays),
      state: states[index] ?? 'estimated',
    }));
  }

  async function writeUp(found: readonly Found[], context: LetterContext) {
    const mailed = found.filter(({ state }) => state === 'mailed');
    const addressees = Map.groupBy(mailed, (one) => JSON.stringify(addresseesOf(one.crossing.standing)));
    const notices: OutgoingNotice[] = [];
    const noticeIds = new Map<Found, string>();
    for (const group of addressees.values()) {
      const batches = group.length >= BREACHES_FOR_ONE_NOTICE ? [group] : group.map((one) => [one]);
      for (const batch of batches) {
        const notice = await compose(batch, context);
        notices.push(notice);
        for (const one of batch) noticeIds.set(one, notice.id);
      }
    }
    return { rows: found.map((one) => toBreach(one, noticeIds.get(one) ?? null, context.now)), notices };
  }

  function addresseesOf({ router, policy }: Standing): readonly Recipient[] {
    return recipients.of('quota', { devices: [router], mailTo: policy.to });
  }

  async function compose(batch: readonly Found[], context: LetterContext): Promise<OutgoingNotice> {
    const [first] = batch;
    if (first === undefined) throw new Error('no notice without a breach');
    const composition =
      batch.length === 1
        ? breachLetter(first.crossing, await readDetails(first.crossing, first.day, deps), context)
        : breachesLetter(
            batch.map(({ crossing }) => crossing),
            context,
          );
    const ends = batch.map(({ crossing }) => crossing.standing.days.endDay).toSorted();
    const periodEnd = ends.at(-1) ?? context.today;
    return deps.makeNotice(composition, {
      ...{ kind: 'quota', event: 'quota.breach' },
      devices: [...new Set(batch.map(({ crossing }) => crossing.standing.router))],
      to: addresseesOf(first.crossing.standing),
      now: context.now,
      periodEnd,
    });
  }

  function schedule(delayMs: number) {
    if (!isRunning || cancelTimer !== null) return;
    cancelTimer = clock.after(delayMs, () => {
      cancelTimer = null;
      void evaluateTouched();
    });
  }

  async function evaluateTouched() {
    const routers = allTouched ? undefined : [...touched];
    const wasAll = allTouched;
    allTouched = false;
    touched.clear();
    try {
      await evaluate(routers);
    } catch (error) {
      allTouched ||= wasAll;
      for (const router of routers ?? []) touched.add(router);
      if (error instanceof TroubleError)
        logger.debug({ code: error.code }, 'no quota evaluation: database unavailable');
      else logger.error({ err: error }, 'quota evaluation failed');
      schedule(RETRY_MS);
    }
  }

  return {
    evaluate,
    wake(router) {
      touched.add(router);
      schedule(GATHER_MS);
    },
    start() {
      isRunning = true;
      allTouched = true;
      schedule(0);
    },
    async stop() {
      isRunning = false;
      cancelTimer?.();
      cancelTimer = null;
      await current;
    },
  };
}

/** A crossing with all that is written down of it. */
interface Found {
  readonly crossing: Crossing;
  readonly day: string;
  readonly state: BreachState;
}

function isExceeded(standing: Standing): boolean {
  return thresholdsOf(standing.policy).some((threshold) =>
    isBreached(standing.countedBytes, standing.limitBytes, threshold),
  );
}

function withAllThresholds(standing: Standing): Candidate {
  return { standing, thresholds: thresholdsOf(standing.policy) };
}

function userKey({ router, user }: { readonly router: string; readonly user: string }): string {
  return JSON.stringify([router, user]);
}

function toBreach({ crossing, day, state }: Found, noticeId: string | null, noticedAt: number): Breach {
  const { standing, threshold } = crossing;
  return {
    router: standing.router,
    user: standing.user,
    period: standing.period,
    periodStart: standing.days.startDay,
    periodEnd: standing.days.endDay,
    threshold,
    limitBytes: standing.limitBytes,
    countedBytes: standing.countedBytes,
    noticedAt,
    day,
    state,
    mailId: noticeId,
  };
}
