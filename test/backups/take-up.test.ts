import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LeaseBook, Outcome, RunBook } from '../../src/backups/outcome.ts';
import { createRunStates } from '../../src/backups/store/run-states.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { backupRunnerOn } from '../support/backup-runner.ts';
import { freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { aDevice, createRouterShell } from '../support/shells.ts';

const NIGHT = Date.UTC(2026, 10, 26, 2);
const away = () => Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'away', 'Wait.'));

describe('a run of backups that is disturbed', () => {
  let test: TestDatabase & { readonly database: Database };
  before(async () => {
    test = await migrated(freshSqlite);
  });
  after(() => test.drop());

  let failures: readonly string[] = [];
  const refused = () => createRouterShell({ refuse: () => 'SSH_LOGIN_FAILED' });
  function workerWith(given: (runs: RunBook & LeaseBook) => Partial<RunBook & LeaseBook> = () => ({})) {
    const notices = createNoticeWriter({ database: test.database });
    const runs = createRunStore({ database: test.database, notices });
    const logger = createMemoryLogger();
    const clock = createManualClock(NIGHT);
    const runner = backupRunnerOn(test.database, {
      ...{ runs: { ...runs, ...given(runs) }, clock, logger, places: 1 },
      tellFailures(outcomes, codes) {
        failures = outcomes
          .filter(({ device, code }) => (codes.get(device) ?? null) !== code)
          .map((each) => each.device);
        return [];
      },
    });
    return { runner, runs, logger, clock };
  }
  const endings = (report: { readonly devices: readonly Outcome[] } | string) =>
    typeof report === 'string' ? report : report.devices.map(({ device, code, outcome }) => [device, code ?? outcome]);
  const going = new AbortController().signal;

  it('is gone on with after a restart, for the devices without an outcome, and tells of all that failed', async () => {
    const stop = new AbortController();
    const stopping = createRouterShell({
      onOpen: async () => {
        stop.abort(new Error('stopped'));
        throw stop.signal.reason;
      },
    });
    const before = [aDevice('a', refused()), aDevice('b', stopping), aDevice('c', refused())];
    await assert.rejects(workerWith().runner.claim('restarted', before, stop.signal), /stopped/);
    const unused = createRouterShell();
    const next = [aDevice('a', unused), aDevice('b', createRouterShell()), aDevice('c', refused())];
    const report = await workerWith().runner.claim('restarted', next, going);
    assert.deepEqual(endings(report), [
      ['a', 'SSH_LOGIN_FAILED'],
      ['b', 'first'],
      ['c', 'SSH_LOGIN_FAILED'],
    ]);
    assert.deepEqual([unused.commands.length, failures], [0, ['a', 'c']]);
    assert.equal(await workerWith().runner.claim('restarted', next, going), 'finished');
  });

  it('begins with no device before its place in the run has come', async () => {
    const { runner, clock } = workerWith();
    const opened: [string, number][] = [];
    const at = (name: string) =>
      aDevice(name, createRouterShell({ onOpen: async () => void opened.push([name, clock.now() - NIGHT]) }));
    const places = new Map([
      ['late', 90_000],
      ['past', -60_000],
      ['soon', 15_000],
    ]);
    const devices = [...places.keys()].map(at);
    let isOver = false;
    const made = runner
      .claim('spread', devices, going, (name) => NIGHT + (places.get(name) ?? 0))
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(500);
    }
    assert.equal(typeof (await made), 'object');
    assert.deepEqual(
      opened.map(([name]) => name),
      ['past', 'soon', 'late'],
    );
    assert.ok(opened.every(([name, afterMs]) => afterMs >= (places.get(name) ?? 0)));
  });

  it('is left to who makes it now', async () => {
    const { runs, runner } = workerWith();
    await runs.begin('held', NIGHT, 'other', 60_000);
    assert.equal(await runner.claim('held', [aDevice('a', createRouterShell())], going), 'held');
  });

  it('is made once, with one visit to each device, though three workers begin it at the same time', async () => {
    const visits: string[] = [];
    const at = (name: string) => aDevice(name, createRouterShell({ onOpen: async () => void visits.push(name) }));
    const claim = () => workerWith().runner.claim('shared', ['x', 'y'].map(at), going);
    const made = await Promise.all([claim(), claim(), claim()]);
    assert.deepEqual(made.map((each) => (typeof each === 'string' ? each : 'made')).toSorted(), [
      'held',
      'held',
      'made',
    ]);
    assert.deepEqual(visits.toSorted(), ['x', 'y']);
  });

  it('goes on with the others when the database is away for a moment, or a bug shows with one of them', async () => {
    const { runner, logger } = workerWith((stored) => {
      let hasFailed = false;
      return {
        async take(device, holder, forMs) {
          if (device === 'away') return await away();
          if (device === 'bug') throw new Error('a bug of a test');
          return await stored.take(device, holder, forMs);
        },
        async note(run, outcome) {
          if (outcome.device === 'unsaved' && !hasFailed) {
            hasFailed = true;
            await away();
          }
          await stored.note(run, outcome);
        },
      };
    });
    const names = ['away', 'bug', 'last', 'unsaved'];
    const report = await runner.claim(
      'disturbed',
      names.map((name) => aDevice(name, createRouterShell())),
      going,
    );
    const expected = [
      ['away', 'DATABASE_UNAVAILABLE'],
      ['bug', 'BUG'],
      ['last', 'first'],
      ['unsaved', 'first'],
    ];
    assert.deepEqual(endings(report), expected);
    assert.deepEqual(endings((await createRunStates({ database: test.database }).of('disturbed')) ?? 'none'), expected);
    assert.deepEqual(
      logger.errors().map(({ fields }) => fields['device']),
      ['bug'],
    );
  });
});
