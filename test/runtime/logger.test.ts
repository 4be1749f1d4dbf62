import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const LOGGER = new URL('../../src/runtime/logger.ts', import.meta.url).href;
const MASK = new URL('../../src/runtime/mask.ts', import.meta.url).href;
const SECRET = new URL('../../src/platform/config/secret.ts', import.meta.url).href;

/** A process that logs and ends at once, as the worker may. */
function runLogging(options: string): { stdout: string; stderr: string } {
  const script = `
    import { createLogger } from '${LOGGER}';
    import { keepSecret } from '${MASK}';
    import { Secret } from '${SECRET}';
    keepSecret('kept-secret');
    const logger = createLogger(${options});
    logger.debug({}, 'too small');
    logger.warn({ router: 'edge-1\\n\\u001b[31m\\u009b\\u202e', password: new Secret('hunter2') }, 'router cannot be reached');
    const cause = new Error('it said \\u009b31m\\nyes');
    logger.error({ err: new Error('row\\u202e', { cause }), list: [{ name: '\\u200bbob' }], long: 'x'.repeat(1e6) }, 'bug');
    const error = Object.assign(new Error('535 kept-secret'), { response: ['kept-secret'], responseCode: 535 });
    error.cause = new Error('AGtlcHQtc2VjcmV0');
    logger.error({ err: error, problems: [{ said: 'is kept-secret' }] }, 'bug');
    process.exit(0);`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

describe('createLogger', () => {
  it('writes one line of JSON to stderr, with the time in UTC and without secrets', () => {
    const { stdout, stderr } = runLogging("{ level: 'info', isPretty: false }");
    assert.equal(stdout, '');
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    const line = JSON.parse(lines[0] ?? '');
    assert.equal(line.msg, 'router cannot be reached');
    assert.equal(line.router, 'edge-1\ufffd\ufffd[31m\ufffd\ufffd');
    assert.equal(line.password, '[secret]');
    assert.match(line.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('cleans every text it writes, however deep it lies and whoever said it, and cuts what has no end', () => {
    const { stderr } = runLogging("{ level: 'info', isPretty: false }");
    const { err, list, long } = JSON.parse(stderr.trimEnd().split('\n')[1] ?? '');
    assert.deepEqual(list, [{ name: '\ufffdbob' }]);
    assert.equal(err.message, 'row\ufffd: it said \ufffd31m\ufffdyes');
    assert.match(err.stack, /^Error: row\ufffd\n {4}at .*\ncaused by: Error: it said \ufffd31m\nyes\n/s);
    assert.equal(long, `${'x'.repeat(2000)}…`);
    assert.doesNotMatch(stderr, /[\u0080-\u009f\u202e\u200b]/);
  });

  it('masks known secrets in fields and errors, with all that hangs on them, and keeps the rest', () => {
    const { stderr } = runLogging("{ level: 'info', isPretty: false }");
    const line = JSON.parse(stderr.split('\n')[2] ?? '');
    assert.equal(line.err.message, '535 ***: ***');
    assert.match(line.err.stack, /^Error: 535 \*\*\*\n\s+at/);
    assert.equal(line.err.type, 'Error');
    assert.equal(line.err.responseCode, 535);
    assert.deepEqual([line.err.response, line.problems], [['***'], [{ said: 'is ***' }]]);
    for (const isPretty of [true, false]) {
      assert.doesNotMatch(
        runLogging(`{ level: 'debug', isPretty: ${isPretty} }`).stderr,
        /kept-secret|a2VwdC1zZWNyZXQ|tlcHQtc2Vj/,
      );
    }
  });

  it('writes for people on a terminal, nothing lost at the end, no escape of a name let through', () => {
    const { stdout, stderr } = runLogging("{ level: 'info', isPretty: true }");
    assert.equal(stdout, '');
    assert.match(stderr, /WARN.*router cannot be reached/);
    assert.match(stderr, /password: "\[secret\]"/);
    assert.ok(!stderr.includes('\u001b[31medge') && !stderr.includes('edge-1\n\u001b[31m'));
    assert.ok(!stderr.includes('too small'));
    assert.doesNotMatch(stderr, /[\u0080-\u009f\u202e\u200b]/);
  });
});
