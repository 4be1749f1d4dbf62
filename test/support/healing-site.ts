import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { SitePart } from '../../src/capability.ts';
import type { Attempt, NewAttempt } from '../../src/healing/attempt.ts';
import { createHealingDesk, type HealingDesk } from '../../src/healing/desk.ts';
import { createHealer } from '../../src/healing/healer.ts';
import type { OpenShell } from '../../src/healing/ports.ts';
import { createHealingSite } from '../../src/healing/routes.ts';
import type { Rule } from '../../src/healing/rule.ts';
import type { Seen } from '../../src/healing/sight.ts';
import { createHealingStore } from '../../src/healing/store/healing-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { NIGHT, placed, ruleOf, seenOf, sightOf } from './healing.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';

export interface HealingSite {
  /** Pages and API. */
  readonly part: SitePart;
  readonly desk: HealingDesk;
  readonly clock: ManualClock;
  /** Keeps an attempt. */
  add(attempt: NewAttempt): Promise<Attempt>;
  /** From now on the devices are like this. */
  see(seen: Seen): void;
}

const NO_SHELL: OpenShell = () => Promise.reject(new TroubleError('HEALING_NO_WAY', 'there is no way in', 'None.'));

/** What people see of healing, over a database: one rule that asks, a tower that is down since `NIGHT`, and the switch beside it. */
export function healingSiteOn(
  database: Database,
  {
    rules = [ruleOf({ mode: 'ask' })],
    openShell = NO_SHELL,
  }: { readonly rules?: readonly Rule[]; readonly openShell?: OpenShell } = {},
): HealingSite {
  const clock = createManualClock(NIGHT + 60_000);
  let seen = seenOf(
    [placed('tower', { tags: ['tower'] }), placed('tower-sw')],
    [sightOf('tower', 'down', NIGHT), sightOf('tower-sw', 'up', NIGHT)],
  );
  const book = createHealingStore({ database, notices: createNoticeWriter({ database }), clock });
  const look = async () => seen;
  const healer = createHealer({
    ...{ rules, book, look, openShell, clock, logger: createMemoryLogger(), holder: 'worker-1' },
    ...{ tell: () => [], record: async () => {}, onTold: () => {} },
    onBug(error) {
      throw error;
    },
  });
  const { record } = createAudit({ book: createAccountBooks({ database }).audit, clock });
  const desk = createHealingDesk({ rules, book, healer, devices: async () => seen.devices, look, record, clock });
  const timeZone = 'Asia/Karachi';
  return {
    ...{ desk, clock },
    part: createHealingSite({ desk, timeZone, hasRules: true }),
    async add(attempt) {
      const { changed } = await book.change(
        () => ({ add: [attempt], set: [], notes: [] }),
        () => [],
        [],
      );
      const [added] = changed;
      if (added === undefined) throw new Error('the attempt was not kept');
      return added;
    },
    see(next) {
      seen = next;
    },
  };
}
