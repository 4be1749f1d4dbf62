import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLogFiles } from '../../src/runtime/log-files.ts';
import { createManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

function setUp(t: TestContext, { days = 3, at = '2026-11-20T23:30', timeZone = 'Asia/Karachi' } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'netsentinel-logs-'));
  t.after(() => rmSync(root, { recursive: true }));
  const clock = createManualClock(Temporal.PlainDateTime.from(at).toZonedDateTime(timeZone).epochMilliseconds);
  const troubles: unknown[] = [];
  const files = createLogFiles({ clock, onTrouble: (error) => troubles.push(error) });
  const folder = join(root, 'a/logs');
  files.use({ folder, days, timeZone });
  t.after(() => files.use(null));
  const read = (day: string) => readFileSync(join(folder, `netsentinel-${day}.log`), 'utf8');
  return { root, folder, clock, files, troubles, read, names: () => readdirSync(folder).sort() };
}

describe('daily log files', () => {
  it('begin with the days of the time zone, and are for the owner alone', (t) => {
    const { folder, clock, files, read, names } = setUp(t);
    files.write('one\n');
    clock.advance(30 * MINUTE - 1);
    files.write('two\n');
    clock.advance(1);
    files.write('three\n');
    assert.deepEqual(names(), ['netsentinel-2026-11-20.log', 'netsentinel-2026-11-21.log']);
    assert.deepEqual([read('2026-11-20'), read('2026-11-21')], ['one\ntwo\n', 'three\n']);
    assert.equal(statSync(join(folder, 'netsentinel-2026-11-20.log')).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('are 23 and 25 hours long where the clock is set', (t) => {
    const { clock, files, names } = setUp(t, { at: '2027-10-31T00:00', timeZone: 'Europe/Berlin' });
    files.write('first\n');
    clock.advance(25 * HOUR - 1);
    files.write('last\n');
    assert.equal(names().length, 1);
    clock.advance(1);
    files.write('next\n');
    assert.deepEqual(names(), ['netsentinel-2027-10-31.log', 'netsentinel-2027-11-01.log']);
  });

  it('go on with a file that is there, also of another worker', (t) => {
    const { folder, files, clock, read } = setUp(t);
    files.write('one\n');
    const other = createLogFiles({ clock, onTrouble: () => assert.fail() });
    other.use({ folder, days: 3, timeZone: 'Asia/Karachi' });
    other.write('two\n');
    files.write('three\n');
    other.use(null);
    assert.equal(read('2026-11-20'), 'one\ntwo\nthree\n');
  });

  it('are kept as many as configured, and nothing else in the folder is touched', (t) => {
    const { folder, clock, files, names } = setUp(t);
    files.write('x\n');
    for (const name of ['netsentinel.log', 'netsentinel-2020-01-01.log.gz', 'other-2020-01-01.log']) {
      writeFileSync(join(folder, name), '');
    }
    for (let day = 0; day < 5; day += 1) {
      clock.advance(24 * HOUR);
      files.write('x\n');
    }
    assert.deepEqual(
      names().filter((name) => /^netsentinel-.*\.log$/.test(name)),
      ['23', '24', '25'].map((day) => `netsentinel-2026-11-${day}.log`),
    );
    assert.equal(names().length, 6);
  });

  it('lose one file, not all, when the clock leaps ahead', (t) => {
    const { clock, files, names } = setUp(t, { days: 2 });
    files.write('x\n');
    clock.step(24 * HOUR);
    files.write('x\n');
    clock.step(10 * 365 * 24 * HOUR);
    files.write('x\n');
    clock.step(-10 * 365 * 24 * HOUR);
    files.write('x\n');
    assert.equal(names().includes('netsentinel-2026-11-21.log'), true);
  });

  it('report their first error and go on when they can be written again', (t) => {
    const { root, files, troubles, read } = setUp(t);
    writeFileSync(join(root, 'a'), 'a file in place of the folder');
    files.write('lost\n');
    files.write('lost\n');
    assert.equal(troubles.length, 1);
    rmSync(join(root, 'a'));
    files.write('kept\n');
    assert.equal(read('2026-11-20'), 'kept\n');
    assert.equal(troubles.length, 1);
  });

  it('are none until there is a folder', (t) => {
    const { folder, files } = setUp(t);
    files.use(null);
    files.write('x\n');
    assert.throws(() => statSync(folder), { code: 'ENOENT' });
  });
});
