import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { ArchiveEntry } from '../../../src/backups/archive-desk.ts';
import { backupCommand } from '../../../src/backups/commands/backup.ts';
import { addRunCommand } from '../../../src/backups/commands/run.ts';
import { createBackupDesk } from '../../../src/backups/desk.ts';
import { importFiles } from '../../../src/backups/import.ts';
import { createFindModel } from '../../../src/backups/models/find.ts';
import type { BackupDevice } from '../../../src/backups/ports.ts';
import { readCommands } from '../../../src/backups/reader/command-list.ts';
import { readRepository } from '../../../src/backups/reader/git-repository.ts';
import { rehearseVersion } from '../../../src/backups/rehearsal.ts';
import { createScheduleDesk } from '../../../src/backups/schedule-desk.ts';
import { createBackupStore } from '../../../src/backups/store/backup-store.ts';
import { createRunStates } from '../../../src/backups/store/run-states.ts';
import { createRunStore } from '../../../src/backups/store/run-store.ts';
import { createScheduleStore } from '../../../src/backups/store/schedule-store.ts';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import type { AddCommand } from '../../../src/platform/cli/frame.ts';
import { runProgram } from '../../../src/platform/cli/program.ts';
import type { Database } from '../../../src/platform/store/database.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { binaryBookOn } from '../../support/backup-runner.ts';
import { keptText, newVersion } from '../../support/backups.ts';
import { freshSqlite, migrated, type TestDatabase } from '../../support/databases.ts';
import { exportText, MENUS } from '../../support/exports.ts';
import { vault } from '../../support/inventory.ts';
import { need } from '../../support/needs.ts';
import { runCommands } from '../../support/program.ts';
import { aDevice, createRouterShell } from '../../support/shells.ts';

const AT = Date.UTC(2026, 10, 26, 2);
const SECRETS = /hunter2|a b\\\$c|c2VjcmV0|snmp-community-secret|url-secret/;
const changed = exportText({
  menus: { ...MENUS, '/system identity': ['set name=edge-9'], '/ppp secret': (MENUS['/ppp secret'] ?? []).slice(1) },
});
const trouble = new TroubleError('ARCHIVE_FULL', 'nas has no room: ENOSPC', 'Free space.');
const entries: readonly ArchiveEntry[] = [
  {
    ...{ archive: 'nas', kind: 'folder', place: '/mnt/nas', copies: 12, bytes: 34_567, lastCopiedAt: null, waiting: 2 },
    ...{ lagSeconds: 7_200, code: 'ARCHIVE_FULL', failingSince: '2026-11-26T02:00:00.000Z' },
    ...{ trouble: trouble.message, advice: trouble.advice },
  },
];
const failing = exportText().replace('/ppp secret\r\n', '#error exporting "/ip/socks" (timeout)\r\n/ppp secret\r\n');

describe('backup', () => {
  let test: TestDatabase & { readonly database: Database };
  let folder: string;
  let ids = 0;
  const notes: string[] = [];
  const newId = () => `id-${++ids}`;
  const findModel = createFindModel({});
  const book = () =>
    createBackupStore({
      ...{ database: test.database, vault, keep: 50 },
      notices: createNoticeWriter({ database: test.database }),
    });

  before(async () => {
    test = await migrated(freshSqlite);
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-backups-'));
    const facts = { osVersion: '7.20.8', hardware: 'RB5009', serial: 'S1', bytes: exportText().length };
    await book().keep('edge-1', newId(), () =>
      newVersion(exportText(), { ...facts, sight: { at: AT, clockMs: null } }),
    );
    await book().keep('edge-1', newId(), () =>
      newVersion(changed, { changedBy: ['ali'], sight: { at: AT + 1000, clockMs: null } }),
    );
    await book().keep('edge-2', newId(), () => newVersion(exportText()));
    await book().keep('edge-2', newId(), () => {
      return {
        kind: 'quarantine',
        text: keptText(failing),
        code: 'BACKUP_PART_FAILED',
        message: 'the router could not export /ip/socks',
      };
    });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await test.drop();
  });

  async function run(...args: string[]) {
    const chunks: Buffer[] = [];
    let stderr = '';
    const backups = {
      desk: () => createBackupDesk({ book: book(), binaries: binaryBookOn(test.database), findModel, newId }),
      states: createRunStates({ database: test.database }),
      importFiles: (files: Parameters<typeof importFiles>[0]) =>
        importFiles(files, { book: book(), findModel, modelOf: () => 'routeros', newId, now: AT }),
      rehearse: (device: string, version?: number) => rehearseVersion(device, version, { book: book(), readCommands }),
      readRepository: (gitDir: string, signal: AbortSignal) => readRepository(gitDir, { most: 50, now: AT }, signal),
      ...{ refresh: async () => {}, trust: async () => {}, devices: () => [] },
      schedules: createScheduleDesk({
        book: createScheduleStore({ database: test.database }),
        configured: [{ timing: { every: 'day', at: '02:00' }, device: null, tags: [] }],
        devices: () => [
          { name: 'edge-1', tags: ['core'] },
          { name: 'edge-2', tags: [] },
        ],
        ...{ requireKey: () => {}, timeZone: 'Asia/Karachi', clock: { now: () => AT } },
      }),
      run: () => Promise.reject(new Error('not run here')),
      ...{ archives: { list: async () => entries, recopy: async () => {} }, copyOnce: async () => [] },
    };
    const code = await runProgram(['backup', ...args], {
      stdout: { write: (text) => chunks.push(Buffer.from(text)) },
      stderr: { write: (text) => (stderr += String(text)) },
      stdin: Readable.from([]),
      ...{ env: {}, version: '1.2.3', commandName: 'netsentinel', beforeCommand: async () => {} },
      untilStop: () => new AbortController().signal,
      commands: [
        backupCommand({
          open: async () => ({
            ...{ backups, calendar: { timeZone: 'UTC' }, close: async () => {} },
            note: async ({ action, subject, outcome }) => void notes.push(`${action} ${subject} ${outcome}`),
          }),
        }),
      ],
    });
    return { code, stdout: Buffer.concat(chunks).toString('latin1'), stderr };
  }
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--format', 'json')).stdout);

  it('lists the newest of each device with what is in quarantine, or all of one, in the promised form', async () => {
    const all = await json('list');
    assert.deepEqual(
      all.map(({ device, version, state }: Record<string, unknown>) => [device, version, state]),
      [
        ['edge-1', 2, 'complete'],
        ['edge-2', 1, 'complete'],
        ['edge-2', null, 'quarantined'],
      ],
    );
    const [first] = await json('list', 'edge-1');
    assert.deepEqual(first, {
      ...{
        device: 'edge-1',
        version: 1,
        firstSeenAt: '2026-11-26T02:00:00.000Z',
        lastSeenAt: '2026-11-26T02:00:00.000Z',
      },
      ...{ bytes: exportText().length, rosVersion: '7.20.8', model: 'RB5009', serial: 'S1', changedBy: [] },
      ...{ linesAdded: 1, linesRemoved: 2, state: 'complete', binaryBytes: null },
    });
    assert.match((await run('list')).stdout, /edge-2 +quarantined/);
  });

  it('shows a configuration with secrets hidden, and byte for byte where they are to be revealed, on record', async () => {
    const { stdout } = await run('show', 'edge-1', '--version', '1');
    assert.doesNotMatch(stdout, SECRETS);
    assert.match(stdout, /add name=bob password=\*\*\* service=pppoe\n/);
    assert.deepEqual(notes, []);
    assert.equal((await run('show', 'edge-1', '--version', '1', '--reveal')).stdout, exportText());
    assert.deepEqual(notes.splice(0), ['backup.reveal edge-1 ok']);
    assert.match((await run('show', 'edge-1')).stdout, /edge-9/);
    assert.match((await run('show', 'edge-2', '--quarantine')).stdout, /#error exporting/);
  });

  it('tells what changed, in the promised form', async () => {
    const expected = [
      { menu: '/ppp secret', sign: '-', line: 'add name=bob password=*** service=pppoe' },
      { menu: '/system identity', sign: '-', line: 'set name=edge-1' },
      { menu: '/system identity', sign: '+', line: 'set name=edge-9' },
    ];
    assert.deepEqual(await json('diff', 'edge-1'), expected);
    assert.deepEqual(await json('diff', 'edge-1', '1', '2'), expected);
    assert.equal((await json('diff', 'edge-1', '2', '1'))[0].sign, '+');
    assert.match((await run('diff', 'edge-1')).stdout, /^\/ppp secret\n- add name=bob/);
    assert.equal((await run('diff', 'edge-1', '2', '2')).stdout, 'Nothing changed.\n');
  });

  it('finds text in what is shown, and in secrets only where they are to be revealed', async () => {
    assert.deepEqual(await json('search', 'EDGE-'), [
      {
        device: 'edge-1',
        version: 2,
        line: exportTextLine(changed, 'set name=edge-9'),
        menu: '/system identity',
        text: 'set name=edge-9',
      },
      {
        device: 'edge-2',
        version: 1,
        line: exportTextLine(exportText(), 'set name=edge-1'),
        menu: '/system identity',
        text: 'set name=edge-1',
      },
    ]);
    assert.equal((await json('search', 'edge-', '--history')).length, 3);
    assert.deepEqual(await json('search', 'hunter2-carol'), []);
    assert.equal((await json('search', 'hunter2-carol', '--reveal')).length, 2);
    assert.deepEqual(notes.splice(0), ['backup.reveal search ok']);
  });

  it('verifies every stored text', async () => {
    const verified = await json('verify');
    assert.deepEqual(verified.at(-1), { device: 'edge-2', version: null, what: 'text', ok: true, trouble: null });
    assert.equal((await run('verify')).code, 0);
    assert.match((await run('verify')).stdout, /^4 of 4 can be read\.\n$/);
  });

  it('writes a script that leads back, with placeholders', async () => {
    const { stdout } = await run('restore-script', 'edge-1', '1', '2');
    assert.match(stdout, /\/ppp secret add name=bob password="<password>" service=pppoe\n/);
    assert.match((await run('restore-script', 'edge-1', '1', '2', '--reveal')).stdout, /password=hunter2-bob/);
    assert.deepEqual(notes.splice(0), ['backup.reveal edge-1 ok']);
  });

  it('accepts what is in quarantine, and remembers the menus', async () => {
    assert.match((await run('accept', 'edge-2')).stdout, /Version 2 of edge-2/);
    assert.deepEqual(notes.splice(0), ['backup.accept edge-2 ok']);
    assert.equal((await json('list', 'edge-2')).length, 2);
    let accepted: ReadonlySet<string> = new Set();
    await book().keep('edge-2', newId(), (known) => {
      accepted = known.accepted;
      return { kind: 'unchanged', sight: { at: AT, clockMs: null } };
    });
    assert.deepEqual(accepted, new Set(['/ip/socks']));
    const again = await run('accept', 'edge-2');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /BACKUP_UNKNOWN|nothing of 'edge-2'/);
    assert.deepEqual(notes.splice(0), ['backup.accept edge-2 BACKUP_UNKNOWN']);
  });

  it('accepts a text of another system with a line that only looks like an error, but not nothing', async () => {
    for (const [text, code] of [
      ['hostname a\nPermission denied to all but staff\nend\n', 0],
      ['!\n', 1],
    ] as const) {
      const kept = { ...keptText(text), model: 'ios' };
      await book().keep('edge-4', newId(), () => ({
        ...{ kind: 'quarantine', text: kept, code: 'BACKUP_ERROR_TEXT', message: 'm' },
      }));
      assert.equal((await run('accept', 'edge-4')).code, code);
    }
    assert.equal(notes.splice(0).length, 2);
    await test.database.read((queries) =>
      queries
        .withTables<{ backup_quarantines: { device: string } }>()
        .deleteFrom('backup_quarantines')
        .where('device', '=', 'edge-4')
        .execute(),
    );
    await dropVersions('edge-4');
  });

  it('accepts no text that ends before its time, and no error text', async () => {
    for (const [text, code] of [
      [`${failing}#interrupted\r\n`, 'BACKUP_PART_FAILED'],
      ['failure', 'BACKUP_ERROR_TEXT'],
    ] as const) {
      await book().keep('edge-3', newId(), () => ({ kind: 'quarantine', text: keptText(text), code, message: 'm' }));
      assert.equal((await run('accept', 'edge-3')).code, 1);
    }
    assert.deepEqual(notes.splice(0), [
      'backup.accept edge-3 BACKUP_NOT_ACCEPTABLE',
      'backup.accept edge-3 BACKUP_NOT_ACCEPTABLE',
    ]);
    assert.deepEqual((await book().versions('edge-3')).length, 0);
  });

  it('imports a folder, the oldest first, and nothing twice', async () => {
    const from = join(folder, 'old');
    const put = (device: string, name: string, text: string) => {
      mkdirSync(join(from, device), { recursive: true });
      writeFileSync(join(from, device, name), text, 'latin1');
    };
    put('core', '2025-02-01.rsc', changed);
    put('core', '2025-01-01T030000.rsc', exportText());
    put('core', '2025-03-01.rsc', changed);
    put('core', '2025-04-01.rsc', 'expected end of command (line 1 column 9)\r\n');
    put('core', 'latest.rsc', exportText());
    put('edge-1', '2025-01-01.rsc', exportText());
    const { stdout, stderr } = await run('import', from);
    assert.equal(stdout, 'Imported 2 configurations; 4 files are left out.\n');
    assert.match(stderr, /2025-03-01\.rsc is left out: it is the same as version 2/);
    assert.match(stderr, /2025-04-01\.rsc is left out: it is no configuration/);
    assert.match(stderr, /latest\.rsc is left out: its name has no date/);
    assert.match(stderr, /edge-1\/2025-01-01\.rsc is left out: the device has backups of its own/);
    assert.deepEqual(
      (await book().versions('core')).map((each) => [
        each.version,
        each.isImported,
        new Date(each.firstSeenAt).toISOString(),
      ]),
      [
        [1, true, '2025-01-01T03:00:00.000Z'],
        [2, true, '2025-02-01T00:00:00.000Z'],
      ],
    );
    assert.match((await run('import', from)).stdout, /^Imported 0 configurations/);
    notes.length = 0;
  });

  it('exports the newest of each device with secrets hidden, for their owner alone', async () => {
    const to = join(folder, 'new');
    await book().keep('../odd / name', newId(), () => newVersion(exportText()));
    assert.match((await run('export', to)).stdout, /^Wrote 4 configurations/);
    assert.deepEqual(readdirSync(to), ['%2E.%2Fodd%20%2F%20name', 'core', 'edge-1', 'edge-2']);
    const [file = ''] = readdirSync(join(to, 'edge-1'));
    assert.equal(file, '2026-11-26T020001Z-2.rsc');
    assert.equal(statSync(join(to, 'edge-1', file)).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(join(to, 'edge-1', file), 'utf8'), SECRETS);
    await run('export', to, '--reveal', '--history');
    const files = readdirSync(join(to, 'edge-1'));
    assert.deepEqual(
      files.map((name) => readFileSync(join(to, 'edge-1', name), 'latin1')),
      [exportText(), changed],
    );
    assert.deepEqual(notes.splice(0), ['backup.reveal export ok']);
  });

  it('gives out binary backups, on record: one by one, and with an export of all with secrets', async () => {
    const binary = Buffer.from([1, 2, 3, 0, 255]);
    await binaryBookOn(test.database).keep({ device: 'edge-1', version: 2, bytes: binary, takenAt: AT, isLeft: false });
    const out = join(folder, 'edge.backup');
    const { stdout } = await run('binary', 'edge-1', '--out', out);
    assert.equal(stdout, `Wrote the binary backup of version 2 of edge-1, 5 B, to ${out}.\n`);
    assert.deepEqual([readFileSync(out).equals(binary), statSync(out).mode & 0o777], [true, 0o600]);
    const none = await run('binary', 'edge-1', '--version', '1', '--out', out);
    assert.deepEqual([none.code, /no binary backup of version 1 of 'edge-1'/.test(none.stderr)], [1, true]);
    assert.deepEqual(notes.splice(0), ['backup.reveal edge-1 2 binary ok']);
    const to = join(folder, 'with-binaries');
    await run('export', to);
    assert.deepEqual(readdirSync(join(to, 'edge-1')), ['2026-11-26T020001Z-2.rsc']);
    await run('export', to, '--reveal', '--history');
    const files = ['2026-11-26T020000Z-1.rsc', '2026-11-26T020001Z-2.backup', '2026-11-26T020001Z-2.rsc'];
    assert.deepEqual(readdirSync(join(to, 'edge-1')), files);
    assert.ok(readFileSync(join(to, 'edge-1', files[1] ?? '')).equals(binary));
    notes.splice(0);
    assert.match((await run('list', 'edge-1')).stdout, / KB, binary 5 B/);
    const { device, what, ok } = (await json('verify')).at(-1);
    assert.deepEqual([device, what, ok], ['edge-1', 'binary', true]);
  });

  it('writes the history as a git repository with secrets hidden, adds what is new, and imports it only with its secrets', async () => {
    const [hiddenIn, shownIn] = [join(folder, 'hidden.git'), join(folder, 'shown.git')];
    const first = await run('export', '--git', hiddenIn);
    assert.match(first.stdout, /^Wrote 7 versions to .*hidden\.git, branch main\.\n$/, first.stderr);
    assert.match((await run('export', '--git', hiddenIn)).stdout, /^Wrote 0 versions/);
    const read = (...args: string[]) => execFileSync(need('git'), ['-C', hiddenIn, ...args], { encoding: 'utf8' });
    assert.doesNotMatch(read('log', '-p', 'main'), SECRETS);
    assert.match(read('log', 'main', '--author=ali', '--format=%s'), /^edge-1: version 2\n$/);
    assert.deepEqual(notes, []);
    const masked = await run('import', hiddenIn);
    assert.match(masked.stderr, /^edge-1\.rsc \(\w+\) is left out: the device has backups of its own$/m);
    await run('export', '--git', shownIn, '--reveal');
    assert.deepEqual(notes.splice(0), [`backup.import ${hiddenIn} ok`, 'backup.reveal export ok']);
    const devices = ['core', 'edge-1', 'edge-2'];
    for (const device of [...devices, '../odd / name']) await dropVersions(device);
    assert.match(
      (await run('import', hiddenIn)).stderr,
      /edge-1\.rsc .* its secrets are hidden \(\*\*\*\): export them with --reveal/,
    );
    assert.match((await run('import', shownIn)).stdout, /^Imported 4 configurations; 3 files are left out\.\n/);
    assert.deepEqual(
      (await book().versions('edge-1')).map(({ version, changedBy, isImported }) => [version, changedBy, isImported]),
      [
        [3, [], true],
        [4, ['ali'], true],
      ],
    );
    assert.equal(await book().text('edge-1', 4), changed);
    assert.match((await run('import', shownIn)).stdout, /^Imported 0 configurations/);
    assert.equal((await run('export')).code, 2);
    assert.equal((await run('export', folder, '--git', hiddenIn)).code, 2);
    notes.length = 0;
  });

  it('rehearses what is kept: findings with line and column for programs, and what was not checked for people', async () => {
    const broken = exportText({
      menus: { '/ip address': ['add address=192.0.2.1/24 interfac=bridge'], '/zerotier': ['set a=b'] },
    });
    await book().keep('edge-5', newId(), () => newVersion(broken, { osVersion: '7.20.8' }));
    const found = await run('rehearse', 'edge-5', '--format', 'json');
    assert.deepEqual(
      [found.code, JSON.parse(found.stdout)],
      [1, [{ device: 'edge-5', line: 7, column: 26, reason: 'add in /ip address has no argument interfac' }]],
    );
    assert.match(found.stderr, /7\.18\.2 and 7\.24: there is no list for RouterOS 7\.20\.8\. No import was tried/);
    assert.match(
      (await run('rehearse', 'edge-5')).stdout,
      /^Line 7, column 26: [\s\S]*1 finding\.\n[\s\S]*\/zerotier \(1 row\)\n$/,
    );
    await book().keep('edge-6', newId(), () => newVersion(exportText(), { osVersion: '6.49.10' }));
    const fine = await run('rehearse', 'edge-6', '--version', '1');
    assert.deepEqual([fine.code, fine.stderr], [0, '']);
    assert.match(
      fine.stdout,
      /11 rows read, 0 findings\.\nOnly quotes, brackets and the form of rows were read: .*6\.49\.10/,
    );
    await book().keep('switch', newId(), () => newVersion('hostname a\n', { model: 'ios' }));
    assert.match((await run('rehearse', 'switch')).stderr, /BACKUP_NO_REHEARSAL/);
  });

  it('adds, pauses, resumes and removes schedules, on record, and lists them with their next times', async () => {
    const added = await run('schedule', 'add', '--every', 'week', '--on', 'sunday', '--at', '04:30', '--tag', 'core');
    assert.equal(added.stdout, 'Added schedule 1: every week on sunday at 04:30, tag core; next: Sat 28 Nov, 23:30.\n');
    await run('schedule', 'add', '--every', '6 hours', '--device', 'edge-*');
    await run('schedule', 'pause', '2');
    const list = await json('schedule', 'list');
    assert.deepEqual(list[1], {
      ...{ id: 1, source: 'database', every: 'week', on: 'sunday', at: '04:30', device: null, tags: ['core'] },
      ...{ paused: false, devices: 1 },
      next: ['2026-11-28T23:30:00.000Z', '2026-12-05T23:30:00.000Z', '2026-12-12T23:30:00.000Z'],
    });
    assert.deepEqual(
      list.map(({ id, source, devices, next }: Record<string, unknown[]>) => [id, source, devices, next?.length]),
      [
        [null, 'config', 2, 3],
        [1, 'database', 1, 3],
        [2, 'database', 2, 0],
      ],
    );
    assert.match((await run('schedule', 'list')).stdout, /^config .* every day at 02:00 .*\n.*\n +2 .* paused\n$/m);
    assert.match((await run('schedule', 'resume', '2')).stdout, /^Resumed schedule 2: every 6 hours, edge-\*; next: /);
    assert.equal((await run('schedule', 'remove', '2')).stdout, 'Removed schedule 2.\n');
    assert.deepEqual(notes.splice(0), [
      'backup.schedule.add 1: every week on sunday at 04:30, tag core ok',
      'backup.schedule.add 2: every 6 hours, edge-* ok',
      'backup.schedule.pause 2: every 6 hours, edge-* ok',
      'backup.schedule.resume 2: every 6 hours, edge-* ok',
      'backup.schedule.remove 2: every 6 hours, edge-* ok',
    ]);
    assert.match((await run('schedule', 'remove', '2')).stderr, /there is no schedule of this id/);
    assert.match((await run('schedule', 'pause', 'config')).stderr, /the id must be a number/);
    const wrong = await run('schedule', 'add', '--every', 'week', '--on', 'someday');
    assert.deepEqual([wrong.code, wrong.stderr], [2, 'error: --on must be a weekday, like monday\n']);
    assert.deepEqual(notes, []);
  });

  it('backs up devices by name and tag, and says by its exit code whether all is well', async () => {
    const good = aDevice('core-1', createRouterShell(), { tags: ['core'] });
    const bad = aDevice('core-2', createRouterShell());
    const outcome = {
      code: null,
      step: null,
      tries: 1,
      durationMs: 0,
      bytes: 1,
      version: 1,
      trouble: null,
      advice: null,
      binary: null,
    } as const;
    const backups = {
      devices: () => [good, bad],
      refresh: async () => {},
      run: async (devices: readonly BackupDevice[]) => ({
        ...{ run: 'r', startedAt: AT, finishedAt: AT },
        devices: devices.map(({ name }) => ({
          ...outcome,
          device: name,
          outcome: name === 'core-1' ? ('first' as const) : ('failed' as const),
        })),
      }),
      // An archive in trouble changes neither what is printed nor the exit code.
      copyOnce: async () => [{ archive: 'nas', result: { state: 'failed' as const, trouble } }],
    };
    const open = async () => ({ backups, calendar: { timeZone: 'UTC' }, close: async () => {} });
    const addRun: AddCommand = (program, frame) => addRunCommand({ open }, program.command('backup'), frame);
    for (const [args, names, code] of [
      [[], ['core-1', 'core-2'], 1],
      [['--tag', 'core'], ['core-1'], 0],
      [['--device', '*-2'], ['core-2'], 1],
      [['--device', 'edge*'], [], 1],
    ] as const) {
      const said = await runCommands(['backup', 'run', '--format', 'json', ...args], [addRun]);
      assert.deepEqual(
        [JSON.parse(said.stdout).devices.map(({ device }: { device: string }) => device), said.code],
        [names, code],
      );
    }
  });

  it('prints the archives with what waits and their trouble, in the promised form, and has all copied again, on record', async () => {
    assert.deepEqual(await json('archives'), entries);
    assert.match((await run('archives')).stdout, /nas +folder +12 .*2, for 2 h.*ENOSPC[\s\S]*nas: Free space\./);
    assert.match((await run('recopy', 'nas')).stdout, /to nas again/);
    assert.equal(notes.at(-1), 'backup.recopy nas ok');
  });

  it('prints what a run came to, in the promised form', async () => {
    const runs = createRunStore({ database: test.database, notices: createNoticeWriter({ database: test.database }) });
    await runs.begin('run-1', AT, 'holder', 60_000);
    const outcome = {
      device: 'edge-1',
      outcome: 'changed',
      code: null,
      step: null,
      tries: 1,
      bytes: 7,
      version: 2,
      trouble: null,
      advice: null,
      binary: null,
    } as const;
    await runs.note('run-1', { ...outcome, durationMs: 1234 });
    await runs.note('run-1', {
      ...outcome,
      device: 'edge-2',
      outcome: 'failed',
      code: 'SSH_UNREACHABLE',
      step: 'connect',
      durationMs: 1,
      bytes: null,
      version: null,
      trouble: 'no answer',
      advice: 'Look.',
    });
    const full = { outcome: 'failed', code: 'BACKUP_BINARY_LARGE', step: 'save', bytes: null } as const;
    await runs.note('run-1', {
      ...{ ...outcome, device: 'edge-3', durationMs: 1 },
      binary: { ...full, trouble: 'it is too large', advice: 'By hand.' },
    });
    await runs.finish('run-1', AT + 5000, []);
    const expected = { run: 'run-1', startedAt: '2026-11-26T02:00:00.000Z', finishedAt: '2026-11-26T02:00:05.000Z' };
    const report = await json('report');
    assert.deepEqual({ ...report, devices: report.devices[0] }, { ...expected, devices: { ...outcome, seconds: 1.2 } });
    assert.match(
      (await run('report', 'run-1')).stdout,
      /edge-2 +failed +no answer \(SSH_UNREACHABLE\)\nedge-3 +changed .*binary backup: it is too large \(BACKUP_BINARY_LARGE\)\n\nedge-2: Look\.\nedge-3: By hand\.\n/,
    );
    assert.equal((await run('report', 'run-2')).code, 1);
  });

  it('says what is wrong with what is typed', async () => {
    for (const args of [
      ['show'],
      ['show', 'edge-1', '--version', 'x'],
      ['show', 'edge-1', '--version', '1', '--quarantine'],
      ['diff', 'edge-1', '0'],
    ]) {
      assert.equal((await run(...args)).code, 2, args.join(' '));
    }
    const unknown = await run('show', 'nobody');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /no such version of 'nobody'/);
  });

  async function dropVersions(device: string): Promise<void> {
    await test.database.read((queries) =>
      queries
        .withTables<{ backup_versions: { device: string } }>()
        .deleteFrom('backup_versions')
        .where('device', '=', device)
        .execute(),
    );
  }
});

/** Number of the physical line. */
function exportTextLine(text: string, line: string): number {
  return text.split('\r\n').indexOf(line) + 1;
}
