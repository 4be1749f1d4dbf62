import { randomUUID } from 'node:crypto';
import { createBinaryMaker } from '../../src/backups/binary.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import type { BackupDevice } from '../../src/backups/ports.ts';
import { BINARY_FILE } from '../../src/backups/routeros/binary-file.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createBackupTeller } from '../../src/backups/tell.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { backupBookOn, backupRunnerOn, binaryBookOn } from './backup-runner.ts';
import { createBinaryRouter } from './binary-router.ts';
import { exportText, MENUS } from './exports.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { mailRecipients } from './notices.ts';
import { aDevice, createRouterShell } from './shells.ts';

/** Where a run is, and with which of its devices. */
export const POINTS = [
  ...['begun', 'a leased', 'a connected', 'a exported', 'a judged', 'a decided', 'a stored'],
  ...['a saved', 'a fetched', 'a removed', 'a kept', 'a noted'],
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
  const router = createBinaryRouter();
  const binaries = binaryBookOn(database);
  // As a run leaves it that is killed before it has stored the file: until then it is on the router.
  if ((await binaries.find(`${run} a`, 2)) === null) router.files.put(BINARY_FILE, Buffer.from('half of a file'));
  const makeBinary = createBinaryMaker({
    book: {
      ...binaries,
      async keep(made) {
        await binaries.keep(made);
        await at(made.device, 'kept');
      },
    },
    ...{ limits: { idleMs: 60_000, totalMs: 60_000 }, logger: createMemoryLogger(), newNonce: () => 'nonce' },
    // Nobody waits for a router in memory.
    clock: { ...systemClock, after: (_ms, call) => systemClock.after(0, call) },
  });
  const runner = backupRunnerOn(database, {
    makeBinary,
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
    withBinary(aDevice(a, answering(a, CHANGED)), router, (what) => at(a, what)),
    aDevice(b, createRouterShell({ refuse: () => 'SSH_LOGIN_FAILED' })),
    aDevice(c, answering(c, OTHER)),
  ];
  const report = await runner.claim(run, devices, new AbortController().signal);
  if (typeof report === 'object' && router.files.names().length > 0) throw new Error('a file is left on the router');
  return report;
}

/** The same device, of which binary backups are made too. */
function withBinary(
  device: BackupDevice,
  { shell, binary }: ReturnType<typeof createBinaryRouter>,
  reached: (what: 'saved' | 'fetched' | 'removed') => Promise<void> | undefined,
): BackupDevice {
  let isFetched = false;
  return {
    ...device,
    binary: {
      ...binary,
      files: {
        async open(signal) {
          const session = await binary.files.open(signal);
          return {
            ...session,
            async read(...what) {
              const output = await session.read(...what);
              isFetched = true;
              await reached('fetched');
              return output;
            },
          };
        },
      },
    },
    shell: {
      async open(signal) {
        const [texts, files] = [await device.shell.open(signal), await shell.open(signal)];
        return {
          close() {
            texts.close();
            files.close();
          },
          async run(command, ...rest) {
            if (!isOfFiles(command)) return await texts.run(command, ...rest);
            const output = await files.run(command, ...rest);
            if (command.startsWith('/system backup save')) await reached('saved');
            if (isFetched && command.startsWith('/file remove')) await reached('removed');
            return output;
          },
        };
      },
    },
  };
}

function isOfFiles(command: string): boolean {
  return /^(\/file |\/system backup |:put \[\/file |:put \[\/system resource get free-)/.test(command);
}
