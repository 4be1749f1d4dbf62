import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const LOGGER = new URL('../../src/runtime/logger.ts', import.meta.url).href;
const SECRET = new URL('../../src/config/secret.ts', import.meta.url).href;

/** A process that logs and ends at once, as the worker may. */
function runLogging(options: string): { stdout: string; stderr: string } {
  const script = `
    import { createLogger } from '${LOGGER}';
    import { Secret } from '${SECRET}';
    const logger = createLogger(${options});
    logger.debug({}, 'too small');
    logger.warn({ router: 'edge-1\\n\\u001b[31m', password: new Secret('hunter2') }, 'router cannot be reached');
    process.exit(0);`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

describe('createLogger', () => {
  it('writes one line of JSON to stderr, with the time in UTC and without secrets', () => {
    const { stdout, stderr } = runLogging("{ level: 'info', isPretty: false }");
    assert.equal(stdout, '');
    const line = JSON.parse(stderr);
    assert.equal(line.msg, 'router cannot be reached');
    assert.equal(line.router, 'edge-1\n\u001b[31m');
    assert.equal(line.password, '[secret]');
    assert.match(line.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('writes for people on a terminal, nothing lost at the end, no escape of a name let through', () => {
    const { stdout, stderr } = runLogging("{ level: 'info', isPretty: true }");
    assert.equal(stdout, '');
    assert.match(stderr, /WARN.*router cannot be reached/);
    assert.match(stderr, /password: "\[secret\]"/);
    assert.ok(!stderr.includes('\u001b[31medge') && !stderr.includes('edge-1\n\u001b[31m'));
    assert.ok(!stderr.includes('too small'));
  });
});
