import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { clockTrouble, requireClock, systemClock } from '../../src/runtime/clock.ts';
import { findBootId } from '../../src/runtime/machine.ts';
import { RELEASED_AT } from '../../src/runtime/release.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the clock of the system', () => {
  it('has a monotonic time that all processes of one boot share', () => {
    const program = `import { systemClock } from ${JSON.stringify(join(ROOT, 'src/runtime/clock.ts'))};
      console.log(JSON.stringify([systemClock.bootId, systemClock.monotonicMs()]));`;
    const beforeMs = systemClock.monotonicMs();
    const told: unknown = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
    );
    const afterMs = systemClock.monotonicMs();
    assert.ok(Array.isArray(told));
    assert.equal(told[0], systemClock.bootId);
    if (systemClock.bootId !== null)
      assert.ok(beforeMs < told[1] && told[1] < afterMs, `${beforeMs} ${told[1]} ${afterMs}`);
  });

  it('can be right from the day of this release on', () => {
    assert.equal(systemClock.earliestAt, RELEASED_AT);
    assert.equal(clockTrouble({ now: () => RELEASED_AT, earliestAt: RELEASED_AT }), null);
    const unset = { now: () => RELEASED_AT - 1, earliestAt: RELEASED_AT };
    assert.equal(clockTrouble(unset)?.code, 'CLOCK_IMPLAUSIBLE');
    assert.throws(() => requireClock(unset), { code: 'CLOCK_IMPLAUSIBLE' });
  });
});

describe('the date of this release', () => {
  it('is that of the newest version in the changelog', () => {
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    const newest = /^## \[\d+\.\d+\.\d+\] - (\d{4}-\d{2}-\d{2})$/m.exec(changelog)?.[1];
    assert.equal(new Date(RELEASED_AT).toISOString().slice(0, 10), newest);
  });
});

describe('the boot of this machine', () => {
  const BOOT = '0b5dc5f4-4e2c-4f4a-9d0a-6f1d3c1e2a77';
  const NO_SHIFT = 'monotonic           0         0\nboottime            0         0\n';
  const found = (bootId: string | null, offsets: string | null) =>
    findBootId((file) => (file.endsWith('boot_id') ? bootId : offsets));

  it('is what Linux calls it', () => {
    assert.equal(found(`${BOOT}\n`, NO_SHIFT), BOOT);
    assert.equal(found(`${BOOT}\n`, null), BOOT);
  });

  it('is not known elsewhere, or where it is nothing of that kind', () => {
    assert.equal(found(null, null), null);
    assert.equal(found('', NO_SHIFT), null);
    assert.equal(found('not found', NO_SHIFT), null);
  });

  it('is not known in a time namespace whose monotonic clock is shifted', () => {
    assert.equal(found(BOOT, 'monotonic        3600         0\nboottime            0         0\n'), null);
    assert.equal(found(BOOT, 'monotonic           0       500\nboottime            0         0\n'), null);
  });
});
