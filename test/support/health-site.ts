import { randomUUID } from 'node:crypto';
import type { SitePart } from '../../src/capability.ts';
import { isCounted, type Roster } from '../../src/devices/roster.ts';
import { newRecord } from '../../src/health/judge.ts';
import { createMaintenanceDesk } from '../../src/health/maintenance-desk.ts';
import type { DeviceRecord, HealthBatch } from '../../src/health/ports.ts';
import type { StatusPage } from '../../src/health/public-status.ts';
import { createHealthSite } from '../../src/health/routes.ts';
import type { Health } from '../../src/health/state.ts';
import { createHealthArchive, createMaintenanceStore } from '../../src/health/store/health-archive.ts';
import { createHealthStore } from '../../src/health/store/health-store.ts';
import { createPublicArchive } from '../../src/health/store/public-archive.ts';
import type { RecordChange } from '../../src/incidents/ports.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Calendar } from '../../src/usage/accounting/day.ts';

/** The pages and the API of health, over what a database has. */
export function healthPart(deps: {
  readonly database: Database;
  readonly roster: Pick<Roster, 'devices' | 'find'>;
  readonly statusPages: readonly StatusPage[];
  readonly record: RecordChange;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly hostClock: Clock;
}): SitePart {
  const { database, roster, calendar, clock, hostClock, record } = deps;
  const { timeZone } = calendar;
  const archive = createHealthArchive({ database });
  const publicArchive = createPublicArchive({ database, archive });
  const devices = async () => roster.devices();
  const desk = createMaintenanceDesk({ book: createMaintenanceStore({ database }), devices, record });
  return createHealthSite({
    ...{ archive, everyMs: 30_000, calendar, clock, timeZone, publicArchive, hostClock },
    ...{ devices, find: roster.find, isCounted, desk, statusPages: deps.statusPages },
  });
}

/** A device first looked at then, and how it is. */
export function recordOf(device: string, firstAt: number, health: Partial<Health>): DeviceRecord {
  const made = newRecord(device, firstAt);
  return { ...made, health: { ...made.health, reason: null, ...health } };
}

const LEASE_MS = 600_000;

/** Puts it into the database as the worker does that judges the devices, and holds the turn for ten minutes. */
export async function writeHealth(
  database: Database,
  batch: Partial<HealthBatch> & Pick<HealthBatch, 'at'>,
): Promise<void> {
  const book = createHealthStore({
    database,
    notices: createNoticeWriter({ database }),
    incidents: createIncidentWriter({ database }),
  });
  const holder = 'test';
  const turn = await book.claim(holder, batch.at, LEASE_MS);
  if (turn === null) throw new Error('somebody else judges the devices');
  const nothing = { records: [], transitions: [], parts: [], incidents: [], news: [] };
  const whole = { ...nothing, id: randomUUID(), holder, blindSince: null, routers: 0, ...batch };
  const isWritten = await book.commit(whole, LEASE_MS, (_waiting, told) => ({ notices: [], ids: [], told }));
  if (!isWritten) throw new Error('the turn to judge the devices was lost');
}
