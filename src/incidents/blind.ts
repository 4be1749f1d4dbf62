import type { Condition } from '../devices/ports.ts';
import type { Composition } from '../notices/letter.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeEvent, OutgoingNotice } from '../notices/notice.ts';
import type { PageLinks, Postman, Recipients } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import { createLoop } from '../runtime/loop.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { blindLetter, blindsLetter, type SeenRouter, seenLetter } from './blind-letter.ts';
import { type Blindness, blindnessOf } from './blind-rule.ts';
import type { Incidents, RouterWatch, RouterWatches } from './ports.ts';

/** From this many routers at once, one notice covers all: the network is the likely cause. */
const ROUTERS_FOR_ONE_NOTICE = 4;
const LOOK_EVERY_MS = 60_000;

export interface BlindWatchDeps {
  /** Of the routers that are polled at present. */
  readonly conditions: () => readonly Condition[];
  /** Whether a router that has no condition is surely not polled any more. */
  readonly areAllKnown: () => boolean;
  readonly blindAfterMs: number;
  /** Nobody when the configuration has no channel. */
  readonly recipients: Recipients;
  readonly watches: RouterWatches;
  readonly incidents: Incidents;
  readonly makeNotice: MakeNotice;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly calendar: Calendar;
  readonly postman: Postman;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BlindWatch {
  /** Looks at all routers once: raises an incident for each that has become blind, and clears that of each that is read again. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Who polls a router notes each poll within a minute. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Reports once when a router has not been read for too long, and once when it is read again. */
export function createBlindWatch(deps: BlindWatchDeps): BlindWatch {
  const { watches, incidents, clock, logger } = deps;
  let current: Promise<unknown> = Promise.resolve();

  function look(): Promise<void> {
    const pass = current.then(() => runJob(deps, 'blind-watch', lookOnce));
    current = pass.catch(() => undefined);
    return pass;
  }

  async function lookOnce() {
    const now = clock.now();
    const conditions = deps.conditions();
    if (deps.areAllKnown()) await closeOfOthers(conditions, now);
    const known = await watches.watch(
      conditions.map(({ router }) => router),
      now,
    );
    const context = { now, timeZone: deps.calendar.timeZone, pages: deps.pages };
    const unblind = new Set(known.flatMap(({ router, blindSince }) => (blindSince === null ? router : [])));
    const { blindAfterMs } = deps;
    const blind = conditions
      .filter(({ router }) => unblind.has(router))
      .map((condition) => blindnessOf(condition, { now, blindAfterMs }))
      .filter((each) => each !== null);
    // When another worker was quicker it has also written the notices.
    if (blind.length > 0) {
      const letters =
        blind.length >= ROUTERS_FOR_ONE_NOTICE
          ? [{ about: blind, letter: blindsLetter(blind, context) }]
          : blind.map((one) => ({ about: [one], letter: blindLetter(one, context) }));
      const raised = blind.map((one) => ({
        subject: one.router,
        summary: `not read: ${one.trouble.message}`,
        openedAt: firstFailureOf(one, now),
      }));
      await incidents.raise('blind', raised, noticesOf('device.unread', letters, now));
    }
    const seen = known.flatMap(readAgain);
    if (seen.length > 0) {
      const letters =
        seen.length >= ROUTERS_FOR_ONE_NOTICE
          ? [{ about: seen, letter: seenLetter(seen, context) }]
          : seen.map((one) => ({ about: [one], letter: seenLetter([one], context) }));
      const cleared = { subjects: seen.map(({ router }) => router), closedAt: now };
      await incidents.clear('blind', cleared, noticesOf('device.read', letters, now));
    }
    // Not only when we were the quickest: the answer to a commit of ours may have been lost.
    if (blind.length + seen.length > 0) deps.postman.wake();
  }

  /**
   * Of routers that are removed or paused nobody will learn whether they can be read again, and there is nothing to tell. Another worker
   * may still poll one that this one does not know: then it stays open.
   */
  async function closeOfOthers(conditions: readonly Condition[], closedAt: number) {
    const polled = new Set(conditions.map(({ router }) => router));
    const others = (await watches.abandoned(closedAt - ABANDONED_AFTER_MS)).filter((router) => !polled.has(router));
    for (const router of others) await incidents.clear('blind', { subjects: [router], closedAt }, []);
  }

  function noticesOf(event: NoticeEvent, letters: readonly Telling[], now: number): OutgoingNotice[] {
    const periodEnd = deps.calendar.dayOf(now);
    return letters.flatMap(({ about, letter }) => {
      const devices = about.map(({ router }) => router);
      const to = deps.recipients.of('blind', { devices });
      return to.length === 0 ? [] : [deps.makeNotice(letter, { kind: 'blind', event, devices, to, now, periodEnd })];
    });
  }

  async function lookQuietly() {
    try {
      await look();
    } catch (error) {
      if (error instanceof TroubleError)
        logger.debug({ code: error.code }, 'no check of unread routers: database unavailable');
      else logger.error({ err: error }, 'check of unread routers failed');
    }
  }

  const loop = createLoop({ everyMs: LOOK_EVERY_MS, work: lookQuietly, clock });
  return {
    look,
    start: loop.start,
    async stop() {
      await loop.stop();
      // A look that was asked for besides.
      await current;
    },
  };
}

/** A letter, and the routers it is about. */
interface Telling {
  readonly about: readonly { readonly router: string }[];
  readonly letter: Composition;
}

function readAgain({ router, blindSince, lastReadAt }: RouterWatch): SeenRouter[] {
  if (blindSince === null || lastReadAt === null || lastReadAt < blindSince) return [];
  return [{ router, blindSince, lastReadAt }];
}

/** The first failed poll since the last reading; where that cannot be, the clock was set: it is observed now. */
function firstFailureOf({ lastReadAt, failingSince }: Blindness, now: number): number {
  return failingSince > now || failingSince <= (lastReadAt ?? Number.NEGATIVE_INFINITY) ? now : failingSince;
}
