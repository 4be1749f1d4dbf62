import type { App } from '../assemble.ts';
import { formatCount } from '../runtime/format.ts';
import { compareBooks } from './books.ts';
import type { Happening } from './happenings.ts';
import type { DemoView } from './screen.ts';
import { LOOK_EVERY_SECONDS, TIME_ZONE } from './settings.ts';
import { SITES } from './sites.ts';
import { findBackupMismatches, findHealthMismatches, type KeptText } from './verdict.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { DemoWorld } from './world.ts';

export interface LookDeps {
  readonly app: App;
  readonly world: DemoWorld;
  readonly clock: VirtualClock;
  readonly happenings: readonly Happening[];
  readonly pagesUrl: string | null;
}

/** More than there are. */
const MOST_TRANSITIONS = 100_000;

/** What is to be seen now. */
export function createLook({ app, world, clock, happenings, pagesUrl }: LookDeps): () => Promise<DemoView> {
  const firstDay = dayOf(clock.now());
  return async () => {
    // Booked bytes are read first, so that the true bytes cannot be fewer.
    const days = await app.archive.queueDays({ fromDay: firstDay, toDay: dayOf(clock.now()) });
    const routers = [...world.routers.values()];
    const lines = compareBooks(days, new Map(routers.map(({ name, device }) => [name, device.truth()])));
    const records = await app.health.archive.records();
    const devices = records.map(({ health }) => ({ name: health.device, state: health.state }));
    return { at: clock.now(), timeZone: TIME_ZONE, devices, lines, happenings, pagesUrl };
  };
}

/** What the worker noted of devices and configurations, held against the truth. */
export interface Judgement {
  /** What was not so, in words. */
  readonly faults: readonly string[];
  /** How much was compared, in words. */
  readonly checked: string;
}

/** `endsAt`: when the worker looked last, Unix ms. */
export async function judgeNotes(app: App, world: DemoWorld, endsAt: number): Promise<Judgement> {
  const { archive } = app.health;
  const transitions = await archive.transitions({ most: MOST_TRANSITIONS });
  const parents = new Map(SITES.map(({ name, parent }) => [name, parent]));
  const everyMs = LOOK_EVERY_SECONDS * 1000;
  const versions = await versionsOf(app, world);
  const faults = [
    ...findHealthMismatches(
      { transitions, times: await archive.times(0) },
      { ...world.network.truth(), ...{ parents, everyMs, endsAt } },
    ),
    ...findBackupMismatches(versions, world.configurations()),
  ];
  const compared = [
    formatCount(transitions.length, 'change of state', 'changes of state'),
    formatCount(versions.length, 'stored configuration', 'stored configurations'),
  ].join(' and ');
  return {
    faults,
    checked: `${compared} compared with the truth: ${faults.length === 0 ? 'all true' : 'not all true'}`,
  };
}

async function versionsOf(app: App, world: DemoWorld): Promise<KeptText[]> {
  const desk = app.backups.desk();
  const kept: KeptText[] = [];
  for (const device of world.configurations().keys()) {
    for (const { version } of await desk.list(device)) {
      if (version === null) continue;
      const text = await desk.show(device, version, { reveal: true });
      kept.push({ device, version, text: text.toString('latin1') });
    }
  }
  return kept;
}

function dayOf(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TIME_ZONE).toPlainDate().toString();
}
