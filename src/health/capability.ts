import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Device, RouterDevice } from '../devices/ports.ts';
import type { DeviceStanding } from '../devices/readiness.ts';
import type { IncidentWriter, RecordChange } from '../incidents/ports.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeWriter, PageLinks, Postman, Recipients } from '../notices/ports.ts';
import { hasSameSettings } from '../platform/config/same-settings.ts';
import { createProber, type Prober } from '../platform/probe/prober.ts';
import type { RouterLine } from '../platform/routeros/line.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { systemClock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createDatabaseQuestion } from '../runtime/question.ts';
import { createRounds } from '../runtime/rounds.ts';
import { keepWork } from '../runtime/shared-work.ts';
import { createHealthExamine } from './examine.ts';
import { createKeeper } from './keeper.ts';
import { createLedger } from './ledger.ts';
import { createMaintenanceDesk, type MaintenanceDesk } from './maintenance-desk.ts';
import type { Observer } from './observation.ts';
import { createOwnLine } from './own-line.ts';
import type { HealthArchive, SharedEyes } from './ports.ts';
import { createObserverOf } from './reader/observers.ts';
import { createLookout, createSharedObserver, type SharedObserver } from './reader/shared-eyes.ts';
import { askWitness, parseWitness } from './reader/witness.ts';
import { type HealthSettings, warnRulesOf } from './settings.ts';
import { createHealthArchive, createMaintenanceStore } from './store/health-archive.ts';
import { forgetHealth } from './store/health-purger.ts';
import { createHealthStore } from './store/health-store.ts';
import { createPublicArchive } from './store/public-archive.ts';
import { createStanding } from './store/standing.ts';
import { createTeller } from './teller.ts';
import { readWanTraffic, type WanTraffic } from './wan-traffic.ts';
import { createWatch } from './watch.ts';

export interface HealthNeeds {
  readonly roster: {
    devices(): readonly Device[];
    named(name: string): Device | null;
    follow(listener: (devices: readonly Device[]) => Promise<void>): void;
  };
  /** All that are known of every source, as the database has them now. */
  readonly allKnown: () => Promise<readonly Device[]>;
  readonly lineOf: (device: RouterDevice) => RouterLine;
  /** Whether the usage of a device is read: its page says then what usage knows of it. */
  readonly isCounted: (device: Device) => boolean;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly incidents: IncidentWriter<DatabaseTransaction>;
  /** Keeps who added or removed a maintenance window. */
  readonly record: RecordChange;
  readonly recipients: Recipients;
  readonly makeNotice: MakeNotice;
  readonly postman: Postman;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  /** Called after each look at a device. */
  readonly onLook?: () => void;
  /** Takes the place of how devices are looked at; for tests. */
  readonly observerOf?: (device: Device) => Observer;
  /** Stands between a device and who looks at it. */
  readonly wrapObserver?: ((observer: Observer, device: Device) => Observer) | undefined;
  /** Asks hosts, in place of the sockets of this machine. */
  readonly prober?: Prober | undefined;
  /** Absent: this worker is alone. */
  readonly eyes?: SharedEyes | undefined;
}

/** How the devices are. */
export interface Health extends Capability {
  /** How they are and were, for commands and pages. */
  readonly archive: HealthArchive;
  readonly maintenance: MaintenanceDesk;
  /** How many devices are in which state; `null` while the database does not answer. Asked by many, read once in 5 s. */
  readonly standing: () => Promise<DeviceStanding | null>;
  readonly everyMs: number;
  /** What flowed over the internet lines of one router, or of all (`null`), up to `now`, Unix ms. */
  readonly wan: (router: string | null, now: number) => Promise<WanTraffic>;
}

/** Half an interval after the usage poll where both have the same, over the same connection. */
const PHASE = 0.5;
/** Devices that answer and are read at once. */
const PLACES = 64;
/** Probes have no password: however many ask, the database is asked seldom, and none of them waits long. */
const STANDING_MS = 5_000;
const STANDING_DEADLINE_MS = 1_000;
/** A stop does not wait for a look: none is needed. */
const GRACE_MS = 0;

/**
 * Looks at every device in its round, judges what it saw, keeps it and tells people. One worker judges, whose turn it is. Where several
 * share the devices, it looks through the eyes of the others; else each looks, for its metrics.
 */
export async function createHealth(
  base: Base,
  { health }: { readonly health: HealthSettings },
  needs: HealthNeeds,
): Promise<Health> {
  const { database, schema, registry, clock, calendar } = base;
  const { roster, recipients, makeNotice, pages, postman, eyes } = needs;
  let closeLookout = () => {};
  const sharing = new Set<SharedObserver>();
  let isJudge = false;
  const { timeZone } = calendar;
  const everyMs = health.everySeconds * 1000;
  const timeoutMs = health.timeoutSeconds * 1000;
  const { prober = createProber({ clock }), wrapObserver = (observer: Observer) => observer } = needs;
  const lookAt = needs.observerOf ?? createObserverOf({ ...needs, prober, clock });
  const observerOf = (device: Device) => wrapObserver(lookAt(device), device);
  const metrics = registry === null ? null : await import('./metrics.ts');
  const show = registry === null ? null : (metrics?.createFigureMetrics(registry) ?? null);

  const ledger = createLedger(calendar, (device, slice) => states?.time(device, slice));
  const states =
    registry === null
      ? null
      : (metrics?.createStateMetrics(registry, { records: ledger.records, blindSince: () => watch.blindSince() }) ??
        null);
  const ownLine = createOwnLine({ witnesses: health.witnesses.map(witnessOf), clock });
  const watch = createWatch({
    devices: roster.devices,
    find: roster.named,
    ledger,
    ownLine,
    rules: { everyMs, failures: health.failures, answers: health.answers },
    warnRules: warnRulesOf(health),
    ...{ timeoutMs, timeZone, clock, onChange: () => keeper.wake() },
  });
  const book = createHealthStore({ database, notices: needs.notices, incidents: needs.incidents });
  const windows = createMaintenanceStore({ database });
  const keeper = createKeeper({
    ...base,
    book: schema.guard(book),
    windows: schema.guard(windows),
    watch: {
      ...watch,
      begin(turn, records) {
        watch.begin(turn, records);
        setTurn(true);
      },
      end() {
        watch.end();
        setTurn(false);
      },
    },
    ...{ ledger, onTold: postman.wake, newId: randomUUID },
    routers: () => roster.devices().filter(({ api, isPaused }) => api !== null && !isPaused).length,
    tell: createTeller({
      devices: roster.devices,
      find: roster.named,
      records: ledger.records,
      noticeOf(composition, { event, devices, now }) {
        const kind = event === 'blind' ? 'blind' : 'device';
        const about = event === 'blind' ? [] : devices;
        const to = recipients.of(kind, { devices: about });
        if (to.length === 0) return null;
        const name = event === 'blind' ? 'collector.blind' : (`device.${event}` as const);
        return makeNotice(composition, { kind, event: name, devices: about, to, now, periodEnd: calendar.dayOf(now) });
      },
      ...{ pages, everyMs, timeZone, clock },
    }),
  });

  function witnessOf(text: string) {
    const witness = parseWitness(text);
    return {
      name: text,
      answers: async (withinMs: number, signal: AbortSignal) =>
        witness === null || (await askWitness(witness, { timeoutMs: withinMs, signal }, prober)) !== false,
    };
  }

  /** Of several workers only the one that judges looks, through the eyes of all. */
  function subjects(): readonly Device[] {
    return eyes === undefined || isJudge ? roster.devices().filter(isWatched) : [];
  }

  function setTurn(isOurs: boolean): void {
    isJudge = isOurs;
    if (eyes !== undefined) void rounds.set(subjects()).catch(base.onBug);
  }

  const rounds = createRounds<Device, void>({
    ...base,
    name: 'health',
    subjects: subjects(),
    createVisitor(device) {
      const { name } = device;
      const shared = eyes === undefined ? null : createSharedObserver(device, { eyes, observerOf, clock });
      const observer = shared ?? observerOf(device);
      if (shared !== null) sharing.add(shared);
      return {
        async visit(visit) {
          const { figures } = await watch.look(device, observer, visit);
          if (eyes === undefined || eyes.isMine(name)) show?.(name, figures);
          needs.onLook?.();
        },
        close() {
          observer.close();
          if (shared !== null) sharing.delete(shared);
          show?.(name, null);
        },
      };
    },
    isSame,
    everyMs,
    phase: PHASE,
    slowAfterVisits: health.failures,
    restsSilent: false,
    places: PLACES,
    graceMs: GRACE_MS,
  });
  roster.follow(() => rounds.set(subjects()));
  if (eyes !== undefined) {
    const lookout = createLookout({
      ...{ eyes, find: roster.named, observerOf, isSame, ownLine },
      onLook: (device, figures) => show?.(device, figures),
    });
    eyes.answer(lookout.look);
    eyes.follow(() => {
      lookout.tidy();
      for (const each of sharing) each.tidy();
    });
    closeLookout = lookout.close;
  }

  const archive = createHealthArchive({ database });
  const publicArchive = schema.guard(createPublicArchive({ database, archive }));
  const askStanding = createDatabaseQuestion({
    ask: keepWork(schema.guard(createStanding({ database, archive })).read, STANDING_MS, clock),
    ...{ clock, deadlineMs: STANDING_DEADLINE_MS },
  });
  const standing = () =>
    askStanding().catch((error: unknown) => {
      if (error instanceof TroubleError) return null;
      throw error;
    });
  const maintenance = createMaintenanceDesk({ book: windows, devices: needs.allKnown, record: needs.record });
  return {
    ...{ archive, maintenance, everyMs, standing },
    wan: (router, now) => readWanTraffic({ archive, calendar }, { router, now }),
    async site() {
      const { createHealthSite } = await import('./routes.ts');
      return createHealthSite({
        ...{ archive, everyMs, calendar, clock, timeZone, publicArchive, hostClock: systemClock },
        ...{ devices: () => Promise.resolve(roster.devices()), find: roster.named, isCounted: needs.isCounted },
        ...{ desk: maintenance, statusPages: health.statusPages },
      });
    },
    early: [rounds],
    parts: [keeper],
    ...(states === null ? {} : { metrics: states }),
    examine: createHealthExamine({
      devices: needs.allKnown,
      pingedWitnesses: health.witnesses.filter((text) => parseWitness(text)?.port === null),
      statusPages: health.statusPages,
      pingTrouble: prober.pingTrouble,
    }),
    forget: forgetHealth({ database, clock }),
    close() {
      rounds.close();
      closeLookout();
    },
  };
}

function isSame(one: Device, other: Device): boolean {
  return hasSameSettings(reachedBy(one), reachedBy(other));
}

/** What a device is looked at by. */
function reachedBy({ host, api, ssh, probe }: Device) {
  return [host, api, ssh?.port, probe];
}

function isWatched({ isPaused }: Device): boolean {
  return !isPaused;
}
