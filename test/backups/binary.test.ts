import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { createBinaryMaker, type MadeBinary } from '../../src/backups/binary.ts';
import { BINARY_FILE, binaryFault } from '../../src/backups/routeros/binary-file.ts';
import { fetchBinary } from '../../src/backups/routeros/fetch-binary.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { createSshRouter, type ExportFaults } from '../../src/demo/ssh-router.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { backupRunnerOn, binaryBookOn } from '../support/backup-runner.ts';
import { BINARY_PASSWORD, type BinaryRouterFaults, createBinaryRouter } from '../support/binary-router.ts';
import { freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { aDevice } from '../support/shells.ts';
import { filesOn, hidden, NEVER, shellTo } from '../support/ssh-shell.ts';

const NOW = Date.UTC(2026, 10, 27, 2);
const limits = { idleMs: 60_000, totalMs: 600_000 };
const GOOD = { version: 3, osVersion: '7.20.8', bytes: 20_000 };

/** Lets the pauses between two looks pass. */
async function inTime<Result>(clock: ManualClock, work: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) {
    await turn();
    clock.advance(1_000);
  }
  return await work;
}

function fetched(router: ReturnType<typeof createBinaryRouter>, given: Partial<typeof GOOD> = {}, signal = NEVER) {
  const clock = createManualClock(NOW);
  return inTime(clock, fetchBinary(router, { ...GOOD, ...given }, { limits, clock, newNonce: () => 'nonce7' }, signal));
}

/** A backup as the router wrote it. */
function savedBytes(content: Buffer): Buffer {
  const { files } = createBinaryRouter({ content });
  files.run(
    `/system backup save name="x" password="${BINARY_PASSWORD.replace(/["$?]/g, '\\$&')}" encryption=aes-sha256`,
  );
  return files.read('x.backup') ?? assert.fail('not saved');
}

describe('a binary backup of RouterOS', () => {
  it('is good when it is whole and encrypted with the password, whatever is in it; nothing that is cut or changed is', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (content, at, flip) => {
          const bytes = savedBytes(Buffer.from(content));
          assert.equal(binaryFault(bytes, BINARY_PASSWORD), null);
          const changed = Buffer.from(bytes);
          const place = at % bytes.length;
          changed[place] = (changed[place] ?? 0) ^ flip;
          assert.notEqual(binaryFault(changed, BINARY_PASSWORD), null);
          assert.notEqual(binaryFault(bytes.subarray(0, place), BINARY_PASSWORD), null);
          assert.notEqual(binaryFault(Buffer.concat([bytes, bytes.subarray(0, 1)]), BINARY_PASSWORD), null);
          assert.notEqual(binaryFault(bytes, `${BINARY_PASSWORD}x`), null);
        },
      ),
    );
  });

  it('is saved, fetched and removed from the router; a leftover of ours goes first, and no other file is touched', async () => {
    const router = createBinaryRouter({ content: Buffer.from('all of it') });
    router.files.put(BINARY_FILE, Buffer.from('left by a run that was killed'));
    router.files.put('mine.backup', Buffer.from('of an admin'));
    const { bytes, failure } = await fetched(router);
    assert.equal(failure, null);
    assert.equal(binaryFault(bytes ?? assert.fail('nothing'), BINARY_PASSWORD), null);
    assert.deepEqual([router.files.names(), router.open()], [['mine.backup'], 0]);
    assert.ok(router.commands[0]?.startsWith('/file remove'));
  });

  const whole = (bytes: Buffer) => ({ bytes, end: 'whole' as const });
  const cases: readonly (readonly [string, BinaryRouterFaults, string, string])[] = [
    ['whose flash is full', { freeFlash: 1_100_000 }, 'space', 'BACKUP_BINARY_NO_SPACE'],
    [
      'whose memory is full, where files lie in it',
      { hasFlashFolder: true, freeMemory: 1_100_000 },
      'space',
      'BACKUP_BINARY_NO_SPACE',
    ],
    ['that lets no file be removed', { refusesToRemove: true }, 'space', 'BACKUP_BINARY_REFUSED'],
    ['that refuses to save', { refusesToSave: true }, 'save', 'BACKUP_BINARY_REFUSED'],
    ['that says it saved and has no file', { savesNothing: true }, 'save', 'BACKUP_BINARY_INCOMPLETE'],
    ['whose file never settles', { growsForever: true }, 'save', 'BACKUP_BINARY_INCOMPLETE'],
    ['whose file is too large', { content: Buffer.alloc(8_400_000) }, 'save', 'BACKUP_BINARY_LARGE'],
    ['that does not encrypt', { savesOpenly: true }, 'fetch', 'BACKUP_BINARY_UNPROVEN'],
    ['that another program saves on', { savesWithPassword: 'another' }, 'fetch', 'BACKUP_BINARY_UNPROVEN'],
    ['that spoils the file', { spoilsFile: true }, 'fetch', 'BACKUP_BINARY_UNPROVEN'],
    ['that gives too little', { read: (bytes) => whole(bytes.subarray(1)) }, 'fetch', 'BACKUP_BINARY_INCOMPLETE'],
    [
      'that stalls',
      { read: (bytes) => ({ bytes: bytes.subarray(9), end: 'idle' }) },
      'fetch',
      'BACKUP_BINARY_INCOMPLETE',
    ],
    ['that breaks the connection', { read: (bytes) => ({ bytes, end: 'lost' }) }, 'fetch', 'BACKUP_BINARY_INCOMPLETE'],
    ['that gives no file', { read: (bytes) => ({ bytes, end: 'refused' }) }, 'fetch', 'BACKUP_BINARY_REFUSED'],
    [
      'that is lost while it saves',
      { cut: { line: '/system backup', end: 'lost' } },
      'save',
      'BACKUP_BINARY_INCOMPLETE',
    ],
    [
      'that does not say the size',
      { cut: { line: ':put [/file get', end: 'idle' } },
      'save',
      'BACKUP_BINARY_INCOMPLETE',
    ],
    [
      'that does not say what is free',
      { cut: { line: ':put [/system', end: 'late' } },
      'space',
      'BACKUP_BINARY_INCOMPLETE',
    ],
    ['that refuses the login', { refusesLogin: true }, 'connect', 'SSH_LOGIN_FAILED'],
  ];
  for (const [what, faults, step, code] of cases) {
    it(`is not taken from a router ${what}: ${code}, and nothing stays there`, async () => {
      const router = createBinaryRouter(faults);
      const { bytes, failure } = await fetched(router);
      assert.deepEqual([bytes, failure?.step, failure?.trouble.code], [null, step, code]);
      assert.deepEqual([router.files.names(), router.open()], [[], 0]);
      const { message = '', advice = '' } = failure?.trouble ?? {};
      assert.ok(!`${message} ${advice}`.includes('word-77'), message);
    });
  }

  it('is not asked for of a router that cannot encrypt it, or whose version is not known', async () => {
    for (const osVersion of ['6.42.12', '6.40.9', null, 'x']) {
      const router = createBinaryRouter();
      assert.equal(
        (await fetched(router, { osVersion: osVersion as string })).failure?.trouble.code,
        'BACKUP_BINARY_UNSUPPORTED',
      );
      assert.deepEqual(router.commands, []);
    }
    for (const osVersion of ['6.43', '6.49.18', '7.1', '7.20.8', '8.0'])
      assert.equal((await fetched(createBinaryRouter(), { osVersion })).failure, null);
  });

  it('asks for room by the size of the text', async () => {
    const faults = { freeFlash: 1_048_576 + 4 * GOOD.bytes };
    assert.equal((await fetched(createBinaryRouter(faults))).failure, null);
    const larger = await fetched(createBinaryRouter(faults), { bytes: GOOD.bytes + 1 });
    assert.equal(larger.failure?.trouble.code, 'BACKUP_BINARY_NO_SPACE');
  });

  it('is removed by a second session where the first one is of no more use', async () => {
    const router = createBinaryRouter({ cut: { line: '/system backup', end: 'lost' } });
    const { failure } = await fetched(router);
    assert.equal(failure?.step, 'save');
    assert.deepEqual(router.files.names(), []);
  });

  it('is good, and told of, where its file stays on the router', async () => {
    // The first removal is the one before it is saved.
    const router = createBinaryRouter();
    let removals = 0;
    const shell = {
      async open(signal: AbortSignal) {
        const session = await router.shell.open(signal);
        const run: typeof session.run = async (command, ...rest) => {
          if (command.startsWith('/file remove') && ++removals > 1)
            return { bytes: Buffer.from('failure\r\n'), end: 'closed' };
          return await session.run(command, ...rest);
        };
        return { ...session, run };
      },
    };
    const { bytes, failure } = await fetched({ ...router, shell });
    assert.equal(binaryFault(bytes ?? assert.fail('nothing'), BINARY_PASSWORD), null);
    assert.deepEqual([failure?.step, failure?.trouble.code], ['remove', 'BACKUP_BINARY_LEFT']);
    assert.deepEqual(router.files.names(), [BINARY_FILE]);
  });

  it('that is cut off is removed before the run ends', async () => {
    const stop = new AbortController();
    const router = createBinaryRouter({
      read: (bytes) => {
        stop.abort(new Error('the worker stops'));
        return whole(bytes);
      },
    });
    const { shell } = router;
    const files = {
      async open(signal: AbortSignal) {
        const session = await router.binary.files.open(signal);
        const read: typeof session.read = async (...what) => {
          const output = await session.read(...what);
          signal.throwIfAborted();
          return output;
        };
        return { ...session, read };
      },
    };
    const device = { ...router, shell, binary: { ...router.binary, files } };
    await assert.rejects(fetched(device, {}, stop.signal), /the worker stops/);
    assert.deepEqual([router.files.names(), router.open()], [[], 0]);
  });
});

describe('the binary backup of a version', () => {
  function makerOn(change: Partial<Parameters<typeof createBinaryMaker>[0]['book']> = {}) {
    const kept: MadeBinary[] = [];
    const clock = createManualClock(NOW);
    const logger = createMemoryLogger();
    const make = createBinaryMaker({
      book: {
        find: async () => {
          const made = kept.at(-1);
          return made === undefined ? null : { bytes: made.bytes.length, isLeft: made.isLeft };
        },
        keep: async (made) => void kept.push(made),
        removed: async () => void kept.push({ ...(kept.at(-1) ?? assert.fail('none')), isLeft: false }),
        ...change,
      },
      ...{ limits, clock, logger, newNonce: () => 'nonce7' },
    });
    const made = (router: ReturnType<typeof createBinaryRouter>, given: { readonly model?: string } = {}) =>
      inTime(clock, make(aDevice('edge-1', router.shell, { binary: router.binary, ...given }), GOOD, NEVER));
    return { made, kept, logger };
  }

  it('is made once', async () => {
    const { made, kept } = makerOn();
    const router = createBinaryRouter();
    const bytes = 40_076;
    const well = { code: null, step: null, trouble: null, advice: null, bytes };
    assert.deepEqual(await made(router), { ...well, outcome: 'stored' });
    assert.deepEqual([kept.length, kept[0]?.version, kept[0]?.takenAt, kept[0]?.isLeft], [1, 3, NOW, false]);
    const before = router.commands.length;
    assert.deepEqual(await made(router), { ...well, outcome: 'kept' });
    assert.equal(router.commands.length, before);
  });

  it('is asked for of RouterOS alone', async () => {
    const { made } = makerOn();
    assert.equal(await made(createBinaryRouter(), { model: 'ios' }), null);
  });

  it('holds up no device that none is asked for of', async () => {
    const { promise: never } = Promise.withResolvers<null>();
    const make = createBinaryMaker({
      book: { find: () => never, keep: async () => {}, removed: async () => {} },
      ...{ limits, clock: createManualClock(NOW), logger: createMemoryLogger(), newNonce: () => 'nonce7' },
    });
    const { shell, binary } = createBinaryRouter();
    for (let at = 0; at < 10; at += 1) void make(aDevice(`edge-${at}`, shell, { binary }), GOOD, NEVER);
    assert.equal(await make(aDevice('plain', shell), GOOD, NEVER), null);
  });

  it('has its file removed by the next run where it was left on the router', async () => {
    const { made, kept } = makerOn();
    kept.push({ device: 'edge-1', version: 3, bytes: Buffer.from('x'), takenAt: 1, isLeft: true });
    const stubborn = createBinaryRouter({ refusesToRemove: true });
    const told = await made(stubborn);
    assert.deepEqual([told?.outcome, told?.step, told?.code], ['kept', 'remove', 'BACKUP_BINARY_LEFT']);
    const router = createBinaryRouter();
    router.files.put(BINARY_FILE, Buffer.from('x'));
    const mended = await made(router);
    assert.deepEqual([mended?.outcome, mended?.code, router.files.names()], ['kept', null, []]);
    assert.equal(kept.at(-1)?.isLeft, false);
  });

  it('fails on its own where the database is away or something is a bug', async () => {
    const away = new TroubleError('DATABASE_UNREACHABLE', 'the database is away', 'Wait.');
    const { made } = makerOn({ keep: () => Promise.reject(away) });
    const failed = await made(createBinaryRouter());
    assert.deepEqual([failed?.outcome, failed?.step, failed?.code], ['failed', 'keep', 'DATABASE_UNREACHABLE']);
    const odd = makerOn({ keep: () => Promise.reject(new Error('odd')) });
    assert.equal((await odd.made(createBinaryRouter()))?.code, 'BUG');
    assert.equal(odd.logger.entries.filter(({ level }) => level === 'error').length, 1);
  });
});

describe('a run that makes binary backups over SSH', () => {
  let test: TestDatabase & { readonly database: Database };
  before(async () => {
    test = await migrated(freshSqlite);
  });
  after(() => test.drop());
  const LOGIN = { username: 'backup', password: 'ssh-password-7' };
  const PASSWORD = 'binary-password-9';
  /** Twenty times as fast as ours. */
  const fast: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms / 20, run) };

  it('stores each beside its version, whole or not at all, and its trouble beside the good text', async (t) => {
    const router = createSshRouter({ clock: systemClock, version: '7.20.1', ...LOGIN });
    const { port } = await router.start();
    t.after(() => router.stop());
    const place = { port, username: LOGIN.username, password: hidden(LOGIN.password), clock: fast };
    const binaries = binaryBookOn(test.database);
    const logger = createMemoryLogger();
    const limits = { idleMs: 10_000, totalMs: 600_000 };
    const told: string[] = [];
    const runner = backupRunnerOn(test.database, {
      ...{ clock: systemClock, logger, limits: { ...limits, mostBytes: 16_777_216 } },
      makeBinary: createBinaryMaker({ book: binaries, limits, clock: fast, logger, newNonce: () => 'nonce7' }),
      tellBinaryFailures(outcomes, before) {
        told.push(`${before.get('edge-1')} ${outcomes.at(0)?.binary?.code}`);
        return [];
      },
    });
    const device = aDevice('edge-1', shellTo(place), { binary: { password: hidden(PASSWORD), files: filesOn(place) } });
    async function backUp(faults: ExportFaults) {
      router.setFaults(faults);
      const [outcome] = (await runner.run([device], NEVER)).devices;
      const { version, binary } = outcome ?? assert.fail('no outcome');
      assert.deepEqual([outcome?.code, router.files.names()], [null, []]);
      return [version, binary?.outcome, binary?.step, binary?.code];
    }

    const cases: readonly (readonly [ExportFaults, string, string])[] = [
      [{ fileWire: { bytes: 33_000, end: 'close' } }, 'fetch', 'BACKUP_BINARY_INCOMPLETE'],
      [{ fileWire: { bytes: 33_000, end: 'stall' } }, 'fetch', 'BACKUP_BINARY_INCOMPLETE'],
      [{ fileWire: { bytes: 33_000, end: 'drop' } }, 'fetch', 'BACKUP_BINARY_INCOMPLETE'],
      [{ dropsOnSave: true }, 'save', 'BACKUP_BINARY_INCOMPLETE'],
      [{ hasNoSftp: true }, 'fetch', 'SSH_UNREACHABLE'],
      [{ files: { refusesToSave: true } }, 'save', 'BACKUP_BINARY_REFUSED'],
    ];
    for (const [faults, step, code] of cases)
      assert.deepEqual(await backUp(faults), [1, 'failed', step, code], JSON.stringify(faults));
    assert.equal(await binaries.find('edge-1', 1), null);
    assert.deepEqual(await backUp({}), [1, 'stored', null, null]);
    assert.deepEqual(await backUp({}), [1, 'kept', null, null]);
    router.change('ali', '/system identity', ['set name=core']);
    assert.deepEqual(await backUp({}), [2, 'stored', null, null]);
    for (const version of [1, 2]) {
      const bytes = (await binaries.read('edge-1', version)) ?? assert.fail('none');
      assert.deepEqual([bytes.length, binaryFault(bytes, PASSWORD)], [40_076, null]);
    }
    // What was said before is known to the next run, so that people are told once.
    assert.deepEqual(told.slice(0, 4), [
      'undefined BACKUP_BINARY_INCOMPLETE',
      'BACKUP_BINARY_INCOMPLETE BACKUP_BINARY_INCOMPLETE',
      'BACKUP_BINARY_INCOMPLETE BACKUP_BINARY_INCOMPLETE',
      'BACKUP_BINARY_INCOMPLETE BACKUP_BINARY_INCOMPLETE',
    ]);
    assert.equal(told.at(-1), 'null null');
    assert.ok(!JSON.stringify(logger.entries).includes(PASSWORD));
    const { message: all } = await everything(test.database);
    assert.ok(all.includes('BACKUP_BINARY_REFUSED') && !all.includes(PASSWORD));
  });
});

/** All outcomes as stored. */
async function everything(database: Database): Promise<{ readonly message: string }> {
  const rows = await database.read((queries) =>
    queries.withTables<BackupTables>().selectFrom('backup_binary_outcomes').selectAll().execute(),
  );
  return { message: JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)) };
}
