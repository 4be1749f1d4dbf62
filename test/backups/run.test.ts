import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type BackupLetter, keptLetter } from '../../src/backups/letters.ts';
import type { Outcome } from '../../src/backups/outcome.ts';
import type { BackupDevice } from '../../src/backups/ports.ts';
import { createRunStates } from '../../src/backups/store/run-states.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { createBackupTeller } from '../../src/backups/tell.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { backupBookOn, backupRunnerOn } from '../support/backup-runner.ts';
import { freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { exportText, MENUS } from '../support/exports.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { mailRecipients } from '../support/notices.ts';
import { aDevice, createRouterShell, type ShellAnswers } from '../support/shells.ts';

const NIGHT = Date.UTC(2026, 10, 26, 2);
const DAY = 86_400_000;

describe('a run of backups', () => {
  let test: TestDatabase & { readonly database: Database };
  before(async () => {
    test = await migrated(freshSqlite);
  });
  after(() => test.drop());

  let ids = 0;
  const teller = createBackupTeller({
    ...{ recipients: mailRecipients('admin@example.com'), calendar: createCalendar('UTC') },
    clock: { ...createManualClock(NIGHT) },
    makeNotice: createNoticeMaker({ calendar: createCalendar('UTC'), newId: () => `notice-${++ids}` }),
  });
  const letters: { readonly device: string; readonly letter: BackupLetter }[] = [];
  const clock = createManualClock(NIGHT);
  const runs = () =>
    createRunStore({ database: test.database, notices: createNoticeWriter({ database: test.database }) });
  const book = () => backupBookOn(test.database);
  const runner = () =>
    backupRunnerOn(test.database, {
      clock,
      tellFailures: teller.failures,
      tell:
        (model, device) =>
        async (...what) => {
          const letter = keptLetter(model, device, what);
          if (letter !== null) letters.push({ device, letter });
          return await teller.kept(model, device)(...what);
        },
    });
  /** Runs, letting pauses between tries pass. */
  async function run(...devices: BackupDevice[]): Promise<readonly Outcome[]> {
    let isOver = false;
    const report = runner()
      .run(devices, new AbortController().signal)
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      // More than the heartbeats of the leases, of the run and of each device: a pause between tries, which is shorter than they are.
      if (clock.pending() > devices.length + 1) clock.advance(20_000);
    }
    return (await report).devices;
  }
  async function runOne(name: string, answers: ShellAnswers) {
    const shell = createRouterShell(answers);
    const [outcome] = await run(aDevice(name, shell));
    assert.ok(outcome !== undefined);
    assert.equal(shell.isOpen(), false);
    return outcome;
  }
  const versionsOf = async (name: string) => (await book().versions(name)).map(({ version }) => version);
  const lettersOf = (name: string) => letters.filter(({ device }) => device === name).map(({ letter }) => letter);

  it('keeps a first text, then nothing while it stays the same, then what changed, by whom, with secrets hidden', async () => {
    const first = await runOne('edge-1', {});
    assert.deepEqual([first.outcome, first.version, first.tries, first.code], ['first', 1, 1, null]);
    assert.equal(first.bytes, exportText().length);
    assert.equal(await book().text('edge-1', 1), exportText());
    clock.advance(DAY);
    const same = await runOne('edge-1', { text: () => exportText({ time: '2026-11-27 03:00:00' }) });
    assert.deepEqual([same.outcome, same.version], ['unchanged', 1]);
    assert.deepEqual(lettersOf('edge-1'), []);
    clock.advance(DAY);
    const bob = MENUS['/ppp secret']?.map((row) => row.replace('hunter2-bob', 'new-secret')) ?? [];
    const text = () => exportText({ time: '2026-11-28 03:00:00', menus: { ...MENUS, '/ppp secret': bob } });
    const history = ' 0 U redo=a action="ppp secret changed" by="ali" policy=write time=2026-11-27 12:00:00\r\n';
    const changed = await runOne('edge-1', { text, history });
    assert.deepEqual([changed.outcome, changed.version], ['changed', 2]);
    const [, version] = await book().versions('edge-1');
    assert.deepEqual(
      [version?.changedBy, version?.linesAdded, version?.linesRemoved, version?.serial],
      [['ali'], 1, 1, 'HGQ09ABCDEF'],
    );
    const [letter] = lettersOf('edge-1');
    assert.equal(letter?.event, 'backup.changed');
    assert.deepEqual(letter?.composition.letter.table?.rows, [
      ['/ppp secret', '-', 'add name=bob password=*** service=pppoe'],
      ['/ppp secret', '+', 'add name=bob password=*** service=pppoe'],
    ]);
    assert.doesNotMatch(JSON.stringify(letter), /new-secret|hunter2/);
  });

  it('asks for the version first: version 6 refuses to be asked for secrets', async () => {
    for (const [version, command] of [
      ['6.49.10 (long-term)', /^\/export; /],
      ['7.12.1 (stable)', /^\/export show-sensitive; /],
    ] as const) {
      const shell = createRouterShell({ version, text: () => exportText({ version: version.split(' ')[0] ?? '' }) });
      await run(aDevice(`version ${version}`, shell));
      assert.match(shell.commands[1] ?? '', command);
    }
  });

  const cut = (length: number, end?: 'lost' | 'idle' | 'late' | 'large') => ({
    cut: (output: string) => ({ output: output.slice(0, length), ...(end === undefined ? {} : { end }) }),
  });
  const whole = exportText().length;
  const incomplete: [string, ShellAnswers][] = [
    ['cut in the middle of a secret and closed cleanly', cut(exportText().indexOf('hunter2-bob') + 4)],
    ['cut at a line end', cut(exportText().indexOf('/ip address'))],
    ['cut before the line that proves its end', cut(whole)],
    ['cut within that line', cut(whole + 10)],
    ['of a connection that broke', cut(500, 'lost')],
    ['of a device that stalls', cut(500, 'idle')],
    ['that is whole, from a connection that broke after it', { cut: (output) => ({ output, end: 'lost' }) }],
    ['that never ends', cut(500, 'late')],
    ['that is too large', cut(500, 'large')],
    ['that is nothing', cut(0)],
  ];
  for (const [index, [what, answers]] of incomplete.entries()) {
    it(`never keeps a text ${what}, and tries three times`, async () => {
      const name = `incomplete ${index}`;
      await runOne(name, {});
      const outcome = await runOne(name, answers);
      assert.deepEqual(
        [outcome.outcome, outcome.code, outcome.step, outcome.tries, outcome.version],
        ['failed', 'BACKUP_INCOMPLETE', 'export', 3, null],
      );
      assert.deepEqual(await versionsOf(name), [1]);
      assert.equal(await book().quarantinedText(name), null);
      assert.doesNotMatch(JSON.stringify(outcome), /hunter2/);
    });
  }

  it('keeps what the second try brings whole', async () => {
    const outcome = await runOne('second try', {
      cut: (output, tries) => ({ output: tries === 1 ? output.slice(0, 100) : output }),
    });
    assert.deepEqual([outcome.outcome, outcome.tries], ['first', 2]);
  });

  const logins: [string, number][] = [
    ['SSH_UNREACHABLE', 3],
    ['SSH_LOGIN_FAILED', 1],
    ['SSH_HOST_KEY_CHANGED', 1],
    ['SSH_NO_COMMON_ALGORITHM', 1],
  ];
  for (const [code, tries] of logins) {
    it(`tries ${tries} times where the trouble is ${code}`, async () => {
      const outcome = await runOne(`login ${code}`, { refuse: () => code });
      assert.deepEqual(
        [outcome.outcome, outcome.code, outcome.step, outcome.tries],
        ['failed', code, 'connect', tries],
      );
    });
  }

  it('does not take the version for one that is none', async () => {
    const outcome = await runOne('no version', { version: 'bad command name put (line 1 column 2)' });
    assert.deepEqual([outcome.code, outcome.step, outcome.tries], ['BACKUP_ERROR_TEXT', 'version', 1]);
  });

  it('keeps a text with a fault apart, tells of it once, and clears it with the next good one', async () => {
    await runOne('faulty', {});
    const hidden = exportText().replaceAll(/ (?:password|preshared-key)=(?:"(?:[^"\\]|\\.)*"|\S+)/g, '');
    for (let night = 0; night < 2; night += 1) {
      const outcome = await runOne('faulty', { text: () => hidden });
      assert.deepEqual([outcome.outcome, outcome.code, outcome.version], ['quarantined', 'BACKUP_SECRETS_GONE', null]);
    }
    assert.equal(lettersOf('faulty').length, 1);
    assert.equal(await book().quarantinedText('faulty'), hidden);
    assert.deepEqual(await versionsOf('faulty'), [1]);
    assert.equal((await runOne('faulty', {})).outcome, 'unchanged');
    assert.equal(await book().quarantinedText('faulty'), null);
  });

  it('stores a good text anew where the newest version is damaged, and tells of it once', async () => {
    await runOne('damaged', {});
    await test.database.read((queries) =>
      queries
        .withTables<BackupTables>()
        .updateTable('backup_versions')
        .set({ content: 'AAAA' })
        .where('device', '=', 'damaged')
        .execute(),
    );
    const outcome = await runOne('damaged', {});
    assert.deepEqual([outcome.outcome, outcome.version, outcome.code], ['changed', 2, null]);
    assert.equal(await book().text('damaged', 2), exportText());
    assert.equal((await runOne('damaged', {})).outcome, 'unchanged');
    assert.deepEqual(
      lettersOf('damaged').map(({ event }) => event),
      ['backup.damaged'],
    );
  });

  it('says when a first text of version 7 shows no secret', async () => {
    const outcome = await runOne('no secrets', {
      text: () => exportText({ menus: { '/ip address': ['add address=192.0.2.1/24'] } }),
    });
    assert.equal(outcome.outcome, 'first');
    assert.match(outcome.advice ?? '', /policy sensitive/);
  });

  it('lets no trouble of one device touch the others, and keeps the report of all', async () => {
    const devices = Array.from({ length: 8 }, (_, index) =>
      aDevice(
        `many ${index}`,
        createRouterShell(index % 2 === 0 ? {} : { refuse: () => 'SSH_LOGIN_FAILED' }),
        index === 6 ? { model: 'none' } : {},
      ),
    );
    const outcomes = await run(...devices);
    assert.deepEqual(
      outcomes.map(({ outcome, code }) => code ?? outcome),
      [
        'first',
        'SSH_LOGIN_FAILED',
        'first',
        'SSH_LOGIN_FAILED',
        'first',
        'SSH_LOGIN_FAILED',
        'BACKUP_MODEL_UNKNOWN',
        'SSH_LOGIN_FAILED',
      ],
    );
    const states = createRunStates({ database: test.database });
    const last = await states.recent(50);
    const reports = await Promise.all(last.map((each) => states.of(each.run)));
    const stored = reports.find((report) => report?.devices.length === 8);
    assert.ok(last.length > 0 && stored?.finishedAt !== null);
    assert.deepEqual(
      stored?.devices,
      outcomes.map((each) => ({ ...each, durationMs: Math.round(each.durationMs) })),
    );
  });

  it('tells of a device that failed, once for the same trouble, and again for another one', async () => {
    const told = async () =>
      await test.database.read((queries) =>
        queries
          .withTables<{ notices: { subject: string; kind: string } }>()
          .selectFrom('notices')
          .select('kind')
          .where('subject', '=', 'told: backup failed')
          .execute(),
      );
    for (const [code, count] of [
      ['SSH_LOGIN_FAILED', 1],
      ['SSH_LOGIN_FAILED', 1],
      ['SSH_HOST_KEY_CHANGED', 2],
    ] as const) {
      await runOne('told', { refuse: () => code });
      clock.advance(1000);
      assert.equal((await told()).length, count);
    }
    assert.deepEqual(new Set((await told()).map(({ kind }) => kind)), new Set(['backup']));
  });

  it('tells of the whole run with those that failed: how many changed, and how many failed as before', async () => {
    const bad = (name: string) => aDevice(name, createRouterShell({ refuse: () => 'SSH_LOGIN_FAILED' }));
    await run(bad('report-old'));
    clock.advance(1000);
    await run(bad('report-old'), bad('report-new'), aDevice('report-good', createRouterShell()));
    const [row] = await test.database.read((queries) =>
      queries
        .withTables<{ notices: { subject: string; letter: string | null } }>()
        .selectFrom('notices')
        .selectAll()
        .where('subject', '=', 'report-new: backup failed')
        .execute(),
    );
    assert.match(
      JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)),
      /Devices of the run.*3.*First backup.*1.*Failed.*2, 1 of them as before/,
    );
  });

  it('tells of binary backups that failed or whose file was left, once for the same trouble, and never of those that are well', () => {
    const outcomeOf = (device: string, code: string | null): Outcome => ({
      ...{ device, outcome: 'unchanged', code: null, step: null, tries: 1, durationMs: 0, bytes: 1, version: 1 },
      ...{ trouble: null, advice: null },
      binary: {
        outcome: 'stored',
        code,
        step: null,
        bytes: 1,
        trouble: code && 'it is bad',
        advice: code && 'Mend it.',
      },
    });
    const outcomes = [outcomeOf('left', 'B'), outcomeOf('as-before', 'A'), outcomeOf('well', null)];
    const before = new Map([
      ['left', 'A'],
      ['as-before', 'A'],
    ]);
    const [notice, ...others] = teller.binaryFailures(outcomes, before);
    assert.deepEqual(others, []);
    assert.deepEqual([notice?.event, notice?.devices], ['backup.binary_failed', ['left']]);
    const rowsOf = (given: typeof notice) =>
      (given !== undefined && 'letter' in given.content && given.content.letter.table?.rows) || [];
    assert.deepEqual(rowsOf(notice), [['left', 'it is bad (B)', 'Mend it.']]);
    const many = Array.from({ length: 52 }, (_, at) => outcomeOf(`${at}`, 'B'));
    const rows = rowsOf(teller.binaryFailures(many, new Map())[0]);
    assert.deepEqual([rows.length, rows.at(-1)], [51, ['', '… and 2 more', '']]);
  });

  it('leaves no secret in clear in the database, notices among it', async () => {
    const { kind } = test.database;
    assert.equal(kind, 'sqlite');
    const bytes =
      readFileSync(test.url.slice('sqlite:'.length), 'latin1') +
      readFileSync(`${test.url.slice('sqlite:'.length)}-wal`, 'latin1');
    assert.match(bytes, /configuration changed/);
    assert.doesNotMatch(bytes, /hunter2|new-secret|snmp-community-secret|url-secret|c2VjcmV0/);
  });

  it('skips a device that another run backs up now', async () => {
    const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const slow = createRouterShell({
      onOpen: async () => {
        onOpen();
        await goOn;
      },
    });
    const first = runner().run([aDevice('busy', slow)], new AbortController().signal);
    await opened;
    const [second] = await run(aDevice('busy', createRouterShell()));
    assert.equal(second?.outcome, 'skipped');
    resolve();
    assert.equal((await first).devices[0]?.outcome, 'first');
    assert.equal((await run(aDevice('busy', createRouterShell())))[0]?.outcome, 'unchanged');
  });

  it('lets go of a device whose run was aborted', async () => {
    const stop = new AbortController();
    const shell = createRouterShell({
      onOpen: async () => {
        stop.abort(new Error('stopped'));
        throw stop.signal.reason;
      },
    });
    await assert.rejects(runner().run([aDevice('aborted', shell)], stop.signal), /stopped/);
    assert.equal((await run(aDevice('aborted', createRouterShell())))[0]?.outcome, 'first');
  });

  it('gives a device that was never backed up to one of several that take it at the same moment', async () => {
    const holders = ['one', 'two', 'three', 'four'];
    const taken = await Promise.all(holders.map((holder) => runs().take('new', holder, 60_000)));
    assert.deepEqual(taken.filter(Boolean), [true]);
    const [holder = ''] = holders.filter((_, index) => taken[index]);
    assert.equal(await runs().take('new', holder, 60_000), true);
  });

  it('gets the device of a killed process back when its lease has ended', async () => {
    assert.equal(await runs().take('killed', 'one', 60_000), true);
    assert.equal(await runs().take('killed', 'one', -1), true);
    assert.equal(await runs().take('killed', 'two', 60_000), true);
    assert.equal(await runs().take('killed', 'one', 60_000), false);
    await runs().release('killed', 'one');
    assert.equal(await runs().take('killed', 'one', 60_000), false);
  });
});
