import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Device } from '../devices/ports.ts';
import type { Actor, RecordChange } from '../incidents/ports.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeWriter, PageLinks, Postman, Recipients } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Attempt } from './attempt.ts';
import { createHealingDesk, type HealingDesk } from './desk.ts';
import { createHealingExamine } from './examine.ts';
import { holdingIn } from './forget.ts';
import { createHealer, type Healer } from './healer.ts';
import { letterOf } from './letters.ts';
import { createLook } from './look.ts';
import type { OpenShell, ProbeReader, RunEnd, Tell } from './ports.ts';
import { createOpenShell } from './reader/open-shell.ts';
import { type RecordedChange, rehearse } from './rehearse.ts';
import { type HealingSettings, rulesOf } from './settings.ts';
import { createHealingStore } from './store/healing-store.ts';

export interface HealingNeeds {
  readonly roster: { devices(): readonly Device[]; named(name: string): Device | null };
  /** All that are known of every source, as the database has them now. */
  readonly allKnown: () => Promise<readonly Device[]>;
  readonly probe: ProbeReader & {
    transitions(query: { readonly fromAt: number; readonly most: number }): Promise<RecordedChange[]>;
  };
  /** How often devices are looked at, ms. */
  readonly everyMs: number;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly makeNotice: MakeNotice;
  readonly recipients: Recipients;
  readonly postman: Postman;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly record: (change: Parameters<RecordChange>[0] | WorkerNote) => Promise<void>;
  /** Takes the place of the database's own clock where time is simulated; `null`: nothing does. */
  readonly storeClock: Clock | null;
  /** Stands between this and the devices that are acted through. */
  readonly wrapShell?: ((open: OpenShell) => OpenShell) | undefined;
}

type WorkerNote = Omit<Actor, 'kind'> & {
  readonly kind: 'worker';
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
};

export interface HealingConfig {
  readonly healing: HealingSettings;
  readonly health: { readonly witnesses: readonly string[] };
  readonly retention: { readonly auditDays: number };
}

/** Acts on devices that are ill, by the rules of the configuration. */
export interface Healing extends Capability {
  readonly desk: HealingDesk;
  readonly healer: Healer;
  /** What the rules would have done on the transitions of the last days. Rejects with a `TroubleError`. */
  rehearse(days: number): Promise<ReturnType<typeof rehearse>>;
}

const DAY_MS = 86_400_000;
const MOST_TRANSITIONS = 200_000;

export async function createHealing(base: Base, config: HealingConfig, needs: HealingNeeds): Promise<Healing> {
  const { database, calendar, clock, registry, ssh } = base;
  const { roster, record, recipients, makeNotice, pages, probe, wrapShell = (open: OpenShell) => open } = needs;
  const { healing, health, retention } = config;
  const rules = rulesOf(healing);
  const { timeZone } = calendar;
  const book = createHealingStore({ database, notices: needs.notices, clock: needs.storeClock });
  const openShell = wrapShell(createOpenShell({ named: roster.named, ...healing, ssh, clock }));
  const lookAt = (devices: () => readonly Device[]) => createLook({ probe, devices, everyMs: needs.everyMs });

  const tell: Tell = (changed, now) =>
    changed.flatMap((attempt) => {
      const rule = rules.find(({ name }) => name === attempt.rule) ?? null;
      const told = letterOf(attempt, rule, { timeZone, page: pages?.healing(attempt.id) });
      const devices = [attempt.device];
      const to = told === null ? [] : recipients.of('healing', { devices });
      if (told === null || to.length === 0) return [];
      const { event, composition } = told;
      return [makeNotice(composition, { kind: 'healing', event, devices, to, now, periodEnd: calendar.dayOf(now) })];
    });

  const healer = createHealer({
    ...base,
    ...{ rules, book, openShell, tell, onTold: needs.postman.wake, holder: randomUUID() },
    look: lookAt(roster.devices),
    record: (attempt, end) => record(noteOf(attempt, end)),
  });
  const desk = createHealingDesk({
    ...{ rules, book, healer, record, clock, devices: needs.allKnown },
    async look() {
      const known = await needs.allKnown();
      return await lookAt(() => known)();
    },
  });

  /** Which of what was said holds still: without rules nothing does. */
  async function whatHolds(): Promise<(attempt: Attempt) => boolean> {
    if (rules.length === 0) return () => false;
    const known = await needs.allKnown();
    const { standing } = await book.read([]);
    return holdingIn(rules, await lookAt(() => known)(), standing.notes);
  }

  const metrics =
    registry === null || rules.length === 0
      ? null
      : (await import('./metrics.ts')).createHealingMetrics(registry, { ...desk, clock });

  return {
    desk,
    healer,
    async rehearse(days) {
      const now = clock.now();
      const known = await needs.allKnown();
      const changes = await probe.transitions({ fromAt: now - days * DAY_MS, most: MOST_TRANSITIONS });
      return rehearse(rules, known, changes, now);
    },
    site: async () => (await import('./routes.ts')).createHealingSite({ desk, timeZone, hasRules: rules.length > 0 }),
    parts: rules.length === 0 ? [] : [healer.part],
    ...(metrics === null ? {} : { metrics }),
    examine: createHealingExamine({
      ...{ rules, openShell, hasWitnesses: health.witnesses.length > 0 },
      devices: async () =>
        (await needs.allKnown()).map(({ name, parent, tags, model, api, ssh: access }) => ({
          ...{ name, parent, tags, isRouter: model === 'routeros', hasApi: api !== null, hasSsh: access !== null },
        })),
    }),
    async forget(_limit, dryRun) {
      if (!dryRun) await book.forgetBefore(clock.now() - retention.auditDays * DAY_MS, await whatHolds());
      return [];
    },
  };
}

/** What the audit says of an attempt that was carried out or refused on the way. */
function noteOf({ id, rule, device, by }: Attempt, { end }: RunEnd): WorkerNote {
  return {
    ...{ who: 'worker', kind: 'worker', from: by ?? '', action: 'healing.act' },
    ...{ subject: `${id} ${rule} ${device}`, outcome: end === 'ran' ? 'ok' : end.state },
  };
}
