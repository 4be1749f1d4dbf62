import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findHealth } from '../../../src/platform/cli/health.ts';
import { UsageError } from '../../../src/platform/cli/usage-error.ts';
import { createHeartbeat } from '../../../src/runtime/heartbeat.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const GOOD_FOR_MS = 200_000;

describe('health', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-health-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function heartbeatAt(file: string, onFailure: (error: unknown) => void = assert.ifError) {
    return createHeartbeat({ file, goodForMs: GOOD_FOR_MS, onFailure });
  }

  function healthOf(file: string, nowAt = Date.now()) {
    return findHealth({ env: { NETSENTINEL_HEARTBEAT: file }, nowAt });
  }

  const ages: [string, number, boolean, RegExp][] = [
    ['a moment after its last sign', 4_000, true, /^the worker started, or last tried to read a router, 4 s ago$/],
    ['at the very end of its time', GOOD_FOR_MS, true, / 3 min ago$/],
    ['a moment later', GOOD_FOR_MS + 1, false, / 3 min ago, more than 3 min$/],
    ['when the clock was set back by a day', -86_400_000, true, / 0 s ago$/],
  ];
  for (const [when, ageMs, isWell, says] of ages) {
    it(`finds a worker ${isWell ? 'well' : 'unwell'} ${when}`, () => {
      const file = join(folder, 'aged');
      heartbeatAt(file).start();
      utimesSync(file, NOW / 1000, NOW / 1000);
      const health = healthOf(file, NOW + ageMs);
      assert.equal(health.isWell, isWell);
      assert.match(health.says, says);
    });
  }

  it('is given anew by each sign of life', () => {
    const file = join(folder, 'beating');
    const heartbeat = heartbeatAt(file);
    heartbeat.start();
    utimesSync(file, NOW / 1000, NOW / 1000);
    heartbeat.beat();
    assert.equal(healthOf(file).isWell, true);
  });

  it('finds no worker where none was started', () => {
    assert.deepEqual(healthOf(join(folder, 'none')), { isWell: false, says: 'no worker has been started here' });
  });

  it('does not take the file of somebody else for a worker', () => {
    const file = join(folder, 'strange');
    writeFileSync(file, 'hello');
    assert.equal(healthOf(file).isWell, false);
  });

  it('asks for the name of the file', () => {
    assert.throws(() => findHealth({ env: {}, nowAt: NOW }), UsageError);
  });

  it('lets the worker work where the file cannot be written, and says so once', () => {
    const failures: unknown[] = [];
    const heartbeat = heartbeatAt(join(folder, 'no', 'such', 'folder'), (error) => failures.push(error));
    heartbeat.start();
    heartbeat.beat();
    assert.equal(failures.length, 1);
  });

  it('writes nothing where no file is named', () => {
    const heartbeat = createHeartbeat({ file: undefined, goodForMs: GOOD_FOR_MS, onFailure: assert.ifError });
    assert.doesNotThrow(() => {
      heartbeat.start();
      heartbeat.beat();
    });
  });

  it('can be asked without the rest of the program, as the image does', () => {
    const file = join(folder, 'asked');
    const program = join(import.meta.dirname, '../../../src/platform/cli/health.ts');
    const ask = () =>
      spawnSync(process.execPath, [program], { env: { NETSENTINEL_HEARTBEAT: file }, encoding: 'utf8' });
    assert.equal(ask().status, 1);
    heartbeatAt(file).start();
    const { status, stdout } = ask();
    assert.equal(status, 0);
    assert.match(stdout, /^the worker started, or last tried to read a router, \d s ago\n$/);
  });
});
