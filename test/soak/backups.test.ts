import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportOf } from '../../src/demo/configuration.ts';
import { newHostKey } from '../../src/demo/ssh-server.ts';
import type { BackupBooks, LoggedOutcome, LoggedRun } from './backups/log.ts';
import { dueTimes, planBackups, timeOfDay } from './backups/plan.ts';
import { createBackedUpRouter, type Held, SSH_TROUBLES } from './backups/routers.ts';
import { type BackupEvidence, judgeBackups } from './backups/verdict.ts';
import { makePlan } from './plan.ts';
import { QUIET_MS } from './workers/plan.ts';

const SECOND = 1_000;
/** Its configurations have a minute each; the third is the first once more. */
const MINUTE = 60 * SECOND;

function textOf(number: number, at: number): string {
  const facts = { version: '7.20.1', board: 'RB5009', serial: 'S', showsSecrets: true, failedMenu: null } as const;
  return exportOf({ '/system identity': [`set name=edge-${number}`] }, { ...facts, at });
}

const held: readonly Held[] = [1, 2, 1, 4].map((number, index) => ({
  ...{ from: index * MINUTE, to: index === 3 ? Number.POSITIVE_INFINITY : (index + 1) * MINUTE },
  textAt: (at) => textOf(number, at),
}));

/** In the middle of the minute of each configuration. */
const VERSIONS: BackupBooks['versions'] = [1, 2, 1, 4].map((number, index) => ({
  ...{ device: 'edge', version: index + 1, text: textOf(number, index * MINUTE + 30 * SECOND) },
}));

function run(index: number, outcome: Partial<LoggedOutcome> = {}, more: Partial<LoggedRun> = {}): LoggedRun {
  const from = index * MINUTE + 29 * SECOND;
  const made = { device: 'edge', outcome: index === 0 ? 'first' : 'changed', code: null, version: index + 1 } as const;
  return {
    ...{ run: `run-${index}`, from, finishedAt: from + 4 * SECOND, takenUp: [] },
    outcomes: [{ ...made, at: from + 3 * SECOND, ...outcome }],
    ...more,
  };
}

const RUNS = [0, 1, 2, 3].map((index) => run(index));
const TOLD = [2, 3, 4].map((version) => ({ device: 'edge', version }));

function failures(
  books: Partial<BackupBooks> = {},
  more: Partial<BackupEvidence & BackupEvidence['routers'][number]> = {},
): string {
  const { unreadable = [], wrong = [], sessions = [], ...evidence } = more;
  const verdict = judgeBackups({
    routers: [{ ...{ name: 'edge', held, unreadable, wrong, sessions } }],
    books: { runs: RUNS, versions: VERSIONS, quarantined: [], told: TOLD, ...books },
    due: new Map(RUNS.map(({ run: name }, index) => [name, index * MINUTE])),
    ...{ calmFrom: 3 * MINUTE, storeTrouble: [], ...evidence },
  });
  return verdict.failures.join('\n');
}

/** The run of that index came to something else. */
function runsWith(index: number, outcome: Partial<LoggedOutcome>, more: Partial<LoggedRun> = {}): LoggedRun[] {
  return RUNS.map((each, at) => (at === index ? run(index, outcome, more) : each));
}

function versionsWith(index: number, text: string | null): BackupBooks['versions'] {
  return VERSIONS.map((each, at) => (at === index ? { ...each, text } : each));
}

describe('the verdict on backups', () => {
  it('is well when every run stored what the router had, also when that is what it had once before', () => {
    assert.equal(failures(), '');
  });

  const third = textOf(1, 2 * MINUTE + 30 * SECOND);
  for (const [what, text, expected] of [
    ['is cut', third.slice(0, -2), /version 3 is nothing that it ever had/],
    ['is put together of two', third.replace('edge-1', 'edge-2'), /version 3 is nothing that it ever had/],
    ['has one byte more', `${third}\r\n`, /version 3 is nothing that it ever had/],
    ['was exported when the router had another one', textOf(1, MINUTE + 30 * SECOND), /3 is nothing that it ever had/],
    ['says of no time', third.replace(/^# \S+ \S+/, '# soon'), /version 3 is nothing that it ever had/],
    ['is the one before once more', textOf(2, MINUTE + 40 * SECOND), /3 is older than the one before, or the same/],
    ['cannot be read', null, /version 3 cannot be read/],
  ] as const) {
    it(`is not well when a version ${what}`, () => {
      assert.match(failures({ versions: versionsWith(2, text) }), expected);
    });
  }

  it('is not well when the same configuration, that came back unseen, is stored twice in a row', () => {
    const versions = [1, 3, 4].map((number, index) => ({
      ...(VERSIONS[number - 1] ?? assert.fail()),
      version: index + 1,
    }));
    assert.match(failures({ versions, runs: [], told: [] }), /edge: version 2 is the one before once more/);
  });

  it('is not well when the newest version is not what the router has, or a number is missing', () => {
    assert.match(failures({ versions: VERSIONS.slice(0, 3) }), /edge: the newest version is not what it has/);
    assert.match(failures({ versions: VERSIONS.toSpliced(1, 1) }), /edge: version 3 in place of 2/);
  });

  it('misses a change that lasted for a whole run', () => {
    const runs = runsWith(1, { outcome: 'unchanged', version: 1 });
    assert.match(failures({ runs }), /edge, the run of 89000: version 1 is not what it had then/);
  });

  it('takes either configuration where it changed during the run', () => {
    const runs = runsWith(1, { version: 1 }, { from: 50 * SECOND });
    assert.equal(failures({ runs }), '');
  });

  const then = [{ from: 80 * SECOND, to: 90 * SECOND }];
  for (const [outcome, code, excuse] of [
    ['failed', 'SSH_UNREACHABLE', { unreadable: then }],
    ['failed', 'BACKUP_INCOMPLETE', { unreadable: then }],
    ['failed', 'DATABASE_UNAVAILABLE', { storeTrouble: then }],
    ['quarantined', 'BACKUP_OTHER_SERIAL', { wrong: then }],
  ] as const) {
    it(`knows why a backup is ${outcome} (${code}), or says that there is no reason`, () => {
      const runs = runsWith(1, { outcome, code, version: null });
      assert.equal(failures({ runs }, excuse), '');
      assert.match(failures({ runs }), /edge, the run of 89000: (failed|quarantined) without a reason/);
    });
  }

  it('excuses no failure that is not one of the line or the database', () => {
    const runs = runsWith(1, { outcome: 'failed', code: 'BUG', version: null });
    assert.match(failures({ runs }, { unreadable: then, storeTrouble: then }), /failed without a reason: BUG/);
  });

  it('lets a run skip a router while another run is open', () => {
    const skipped = runsWith(1, { outcome: 'skipped', version: null });
    assert.match(failures({ runs: skipped }), /skipped, and no other run was open/);
    const runs = skipped.with(0, run(0, {}, { finishedAt: 100 * SECOND }));
    assert.equal(failures({ runs }), '');
  });

  it('lets a run skip a router whose lease a fault of the database left over, for as long as that lasts', () => {
    const runs = runsWith(1, { outcome: 'skipped', version: null });
    const faultEnding = (to: number) => failures({ runs }, { storeTrouble: [{ from: to - SECOND, to }] });
    assert.equal(faultEnding(85 * SECOND), '');
    assert.equal(faultEnding(-10 * SECOND), '');
    assert.match(faultEnding(-20 * SECOND), /skipped, and no other run was open/);
  });

  it('is not well when a run is left open, misses a router, was never made, or was never due', () => {
    assert.match(failures({ runs: runsWith(1, {}, { finishedAt: null }) }), /the run of 89000 was never ended/);
    assert.match(failures({ runs: runsWith(1, {}, { outcomes: [] }) }), /the run of 89000 says nothing of edge/);
    assert.match(failures({ runs: RUNS.toSpliced(1, 1) }), /the run that was due at 60000 was never made/);
    assert.match(failures({}, { due: new Map() }), /the run of 29000 was never due/);
  });

  it('needs a run after all is calm that read every router', () => {
    assert.match(failures({}, { calmFrom: 4 * MINUTE }), /in the end no run read every router/);
    const runs = runsWith(3, { outcome: 'failed', code: 'SSH_UNREACHABLE', version: null });
    assert.match(failures({ runs }), /in the end no run read every router/);
  });

  it('gives a run that was cut off 225 s until another worker takes it up, and says how long it took', () => {
    const after = (ms: number) => runsWith(0, {}, { takenUp: [{ lastSignAt: 29 * SECOND, at: 29 * SECOND + ms }] });
    assert.equal(failures({ runs: after(225 * SECOND) }), '');
    assert.match(failures({ runs: after(226 * SECOND) }), /was taken up 226000 ms after the last sign of life/);
  });

  it('wants one notice of each version but the first, and none of anything else', () => {
    const told = (...versions: number[]) =>
      failures({ told: versions.map((version) => ({ device: 'edge', version })) });
    assert.match(told(2, 4), /version 3 has 0 notices/);
    assert.match(told(2, 3, 3, 4), /version 3 has 2 notices/);
    assert.match(told(1, 2, 3, 4), /version 1 has 1 notices/);
    assert.match(told(2, 3, 4, 5), /a notice tells of a version 5, which there is not/);
  });

  it('is not well when something is left in quarantine, or two back up one router at once', () => {
    assert.match(failures({ quarantined: ['edge'] }), /edge: something is in quarantine/);
    const sessions = (from: number) => [
      { from: 0, to: 5 * SECOND },
      { from, to: 9 * SECOND },
    ];
    assert.match(failures({}, { sessions: sessions(4 * SECOND) }), /two backups at once from 4000 on, 1000 ms/);
    assert.equal(failures({}, { sessions: sessions(5 * SECOND) }), '');
  });
});

describe('the plan for backups', () => {
  const options = { seed: 1, durationMs: 600_000, routers: 12 };

  it('changes every router now and then, and has every trouble and a kill in each minute until the end is quiet', () => {
    const faults = planBackups({ ...options, isShared: true });
    const ofRouters = new Set(faults.flatMap((fault) => (fault.kind === 'change' ? [fault.router] : [])));
    assert.equal(ofRouters.size, 12);
    const troubles = new Set(faults.flatMap((fault) => (fault.kind === 'ssh' ? [fault.trouble] : [])));
    assert.deepEqual([...troubles].sort(), SSH_TROUBLES.toSorted());
    const kills = faults.filter(({ kind }) => kind === 'kill');
    assert.ok(kills.length >= 6);
    assert.ok(kills.every(({ atMs, forMs }) => atMs + forMs <= options.durationMs - QUIET_MS));
    assert.ok(faults.every(({ atMs, forMs }) => atMs + forMs < options.durationMs));
  });

  it('is due at each minute of the clock of the workers, which skips the hours that the plan does', () => {
    const { startAt } = makePlan({ ...options, storeTroubles: ['kill'], isUpgraded: false });
    const timesOf = (hasChangeOfTime: boolean) =>
      dueTimes({ startAt, durationMs: options.durationMs, hasChangeOfTime }).slice(0, 3).map(timeOfDay);
    assert.deepEqual(timesOf(false), ['00:00', '00:01', '00:02']);
    assert.deepEqual(timesOf(true), ['00:00', '03:00', '03:01']);
  });
});

describe('a router of the soak that is backed up', () => {
  it('remembers what it had, and has again what it had before a change that is undone', () => {
    const router = createBackedUpRouter({ name: 'edge', version: '7.20.1', hostKey: newHostKey() });
    router.change();
    router.undo();
    const [first, second, third] = router.held().map(({ textAt }) => textAt(0));
    assert.match(second ?? '', /first source=":log info change-1"/);
    assert.notEqual(first, second);
    assert.equal(first, third);
  });
});
