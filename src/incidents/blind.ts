import type { Condition } from '../devices/ports.ts';
import type { Composition } from '../notices/letter.ts';
import type { MakeMail } from '../notices/mails.ts';
import type { PageLinks, Postman } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { blindLetter, blindsLetter, type SeenRouter, seenLetter } from './blind-letter.ts';
import { type Blindness, blindnessOf } from './blind-rule.ts';
import type { RouterWatch, RouterWatches } from './ports.ts';

/** From this many routers at once, one mail covers all: the network is the likely cause. */
const ROUTERS_FOR_ONE_MAIL = 4;
const LOOK_EVERY_MS = 60_000;

export interface BlindWatchDeps {
  /** Of the routers that are polled at present. */
  readonly conditions: () => readonly Condition[];
  readonly blindAfterMs: number;
  /** General addressees; `null` when the configuration has no `mail`. */
  readonly mailTo: readonly string[] | null;
  readonly watches: RouterWatches;
  readonly makeMail: MakeMail;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly calendar: Calendar;
  readonly postman: Postman;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BlindWatch {
  /** Looks at all routers once and writes mails about those that have become blind or are read again. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Reports once when a router has not been read for too long, and once when it is read again. */
export function createBlindWatch(deps: BlindWatchDeps): BlindWatch {
  const { watches, clock, logger } = deps;
  let isRunning = false;
  let cancelTimer = () => {};
  let current: Promise<unknown> = Promise.resolve();

  function look(): Promise<void> {
    const pass = current.then(() => runJob(deps, 'blind-watch', lookOnce));
    current = pass.catch(() => undefined);
    return pass;
  }

  async function lookOnce() {
    const now = clock.now();
    const conditions = deps.conditions();
    const known = await watches.watch(
      conditions.map(({ router }) => router),
      now,
    );
    const unblind = new Set(known.flatMap(({ router, blindSince }) => (blindSince === null ? router : [])));
    const { blindAfterMs } = deps;
    const blind = conditions
      .filter(({ router }) => unblind.has(router))
      .map((condition) => blindnessOf(condition, { now, blindAfterMs }))
      .filter((each) => each !== null);
    const seen = known.flatMap(readAgain);
    if (blind.length + seen.length === 0) return;
    const changes = [
      ...blind.map(({ router }) => ({ router, from: null, to: now })),
      ...seen.map(({ router, blindSince }) => ({ router, from: blindSince, to: null })),
    ];
    const mails = deps.mailTo === null ? [] : mailsAbout(blind, seen, deps.mailTo, now);
    // When another worker was quicker it has also written the mail.
    if (await watches.change(changes, mails)) deps.postman.wake();
  }

  function mailsAbout(blind: readonly Blindness[], seen: readonly SeenRouter[], to: readonly string[], now: number) {
    const context = { now, timeZone: deps.calendar.timeZone, pages: deps.pages };
    const letters: Composition[] =
      blind.length >= ROUTERS_FOR_ONE_MAIL
        ? [blindsLetter(blind, context)]
        : blind.map((one) => blindLetter(one, context));
    if (seen.length >= ROUTERS_FOR_ONE_MAIL) letters.push(seenLetter(seen, context));
    else letters.push(...seen.map((one) => seenLetter([one], context)));
    const periodEnd = deps.calendar.dayOf(now);
    return letters.map((composition) => deps.makeMail(composition, { to, now, periodEnd }));
  }

  async function lookAndSleep() {
    try {
      await look();
    } catch (error) {
      if (error instanceof TroubleError)
        logger.debug({ code: error.code }, 'no check of unread routers: database unavailable');
      else logger.error({ err: error }, 'check of unread routers failed');
    }
    schedule();
  }

  function schedule() {
    if (isRunning) cancelTimer = clock.after(LOOK_EVERY_MS, () => void lookAndSleep());
  }

  return {
    look,
    start() {
      isRunning = true;
      schedule();
    },
    async stop() {
      isRunning = false;
      cancelTimer();
      await current;
    },
  };
}

function readAgain({ router, blindSince, lastReadAt }: RouterWatch): SeenRouter[] {
  if (blindSince === null || lastReadAt === null || lastReadAt < blindSince) return [];
  return [{ router, blindSince, lastReadAt }];
}
