import { randomUUID } from 'node:crypto';
import { createFindModel } from '../../src/backups/models/find.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createBackupTeller } from '../../src/backups/tell.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { backupBookOn, backupRunnerOn } from './backup-runner.ts';
import { exportText, MENUS } from './exports.ts';
import { mailRecipients } from './notices.ts';
import { aDevice, createRouterShell } from './shells.ts';

/** Where a run is, and with which of its devices. */
export const POINTS = [
  ...['begun', 'a leased', 'a connected', 'a exported', 'a judged', 'a decided', 'a stored', 'a noted'],
  ...['b noted', 'c decided', 'c stored', 'told', 'finished'],
] as const;
export type Point = (typeof POINTS)[number];
/** Where nothing is waited for: a run can only die there. */
export const SUDDEN: readonly Point[] = ['a exported', 'a judged', 'a decided', 'c decided', 'told'];

export const OLD = exportText({ time: '2026-11-25 03:00:00' });
export const CHANGED = exportText({ menus: { ...MENUS, '/system identity': ['set name=edge-9'] } });
/** Of another router. */
export const OTHER = exportText({ serial: 'HGQ09OTHER' });

/**
 * Makes a run over three devices: one has changed, one refuses the login, and in place of one another router answers. They are called by
 * the run and `a`, `b`, `c`. Where `reached` gives a promise, the run waits for it, but at `SUDDEN` points.
 */
export async function makeRun(
  database: Database,
  run: string,
  reached: (point: Point) => Promise<void> | undefined = () => undefined,
) {
  const notices = createNoticeWriter({ database });
  const calendar = createCalendar('UTC');
  const runs = createRunStore({ database, notices });
  let decided = '';
  const book = backupBookOn(database, {
    async write(transaction, told) {
      // Within the transaction that stores the text.
      void at(decided, 'decided');
      await notices.write(transaction, told);
    },
  });
  const findModel = createFindModel({});
  const teller = createBackupTeller({
    ...{ recipients: mailRecipients('admin@example.com'), calendar, clock: systemClock },
    makeNotice: createNoticeMaker({ calendar, newId: randomUUID }),
  });
  const at = (device: string, what: string) => {
    const point = POINTS.find((each) => `${run} ${each}` === `${device} ${what}`);
    return point === undefined ? undefined : reached(point);
  };
  const runner = backupRunnerOn(database, {
    ...{ clock: systemClock, places: 1 },
    findModel: (name) => {
      const model = findModel(name);
      return {
        ...model,
        *judge(...what) {
          const faults = yield* model.judge(...what);
          void at(`${run} a`, 'judged');
          return faults;
        },
      };
    },
    book: {
      ...book,
      async keep(device, ...what) {
        const kept = await book.keep(device, ...what);
        await at(device, 'stored');
        return kept;
      },
    },
    runs: {
      ...runs,
      async begin(...what) {
        const begun = await runs.begin(...what);
        await reached('begun');
        return begun;
      },
      async take(device, ...what) {
        const isTaken = await runs.take(device, ...what);
        await at(device, 'leased');
        return isTaken;
      },
      async note(which, outcome) {
        await runs.note(which, outcome);
        await at(outcome.device, 'noted');
      },
      async finish(...what) {
        await runs.finish(...what);
        await reached('finished');
      },
    },
    tell(model, device) {
      decided = device;
      return teller.kept(model, device);
    },
    tellFailures(...what) {
      void reached('told');
      return teller.failures(...what);
    },
  });
  const answering = (device: string, text: string) =>
    createRouterShell({
      onOpen: async () => at(device, 'connected'),
      text: () => {
        void at(device, 'exported');
        return text;
      },
    });
  const [a, b, c] = [`${run} a`, `${run} b`, `${run} c`];
  const devices = [
    aDevice(a, answering(a, CHANGED)),
    aDevice(b, createRouterShell({ refuse: () => 'SSH_LOGIN_FAILED' })),
    aDevice(c, answering(c, OTHER)),
  ];
  return await runner.claim(run, devices, new AbortController().signal);
}
