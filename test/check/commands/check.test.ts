import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { runCheck } from '../../../src/check/commands/check.ts';
import type { OutputFormat } from '../../../src/platform/cli/options.ts';
import { createScreen } from '../../../src/platform/cli/render/screen.ts';
import type { Finding } from '../../../src/runtime/finding.ts';
import { textWidth } from '../../../src/runtime/text-width.ts';

const WELL: Finding = { subject: 'database', part: 'reach', status: 'ok', found: 'it answers', advice: null };
const RISKY: Finding = {
  subject: 'router edge-1',
  part: 'fasttrack',
  status: 'warning',
  found: 'FastTrack is active for IPv4: its traffic bypasses the queues and is not counted',
  advice: 'Switch it off: /ip firewall filter disable [find where action=fasttrack-connection].',
};
const BROKEN: Finding = {
  subject: 'router edge-1',
  part: 'login',
  status: 'failure',
  found: 'the router refused the login (ROUTER_LOGIN_FAILED)',
  advice: 'Check username and password.',
};

function run(
  findings: Finding[],
  options: { format?: OutputFormat; columns?: number; env?: Record<string, string> } = {},
) {
  const { format = 'table', columns, env = {} } = options;
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const screen = createScreen({ write: () => true, ...terminal }, env);
  const checker = { check: async () => findings };
  return runCheck({ checker, screen, signal: new AbortController().signal }, { format, sendTestMail: false });
}

describe('the command check', () => {
  it('prints what was found below each subject, what to do below that, and a sum', async () => {
    const { text } = await run([WELL, BROKEN, RISKY]);
    assert.equal(
      text,
      `database
  ok       reach      it answers

router edge-1
  FAILURE  login      the router refused the login (ROUTER_LOGIN_FAILED)
                      → Check username and password.
  warning  fasttrack  FastTrack is active for IPv4: its traffic bypasses the queues and is not counted
                      → Switch it off: /ip firewall filter disable [find where action=fasttrack-connection].

1 failure, 1 warning, 1 ok
`,
    );
  });

  it('says so when all is well', async () => {
    assert.match((await run([WELL])).text, /\nAll OK\.\n$/);
  });

  it('ends with 1 on a failure, with 0 on warnings alone', async () => {
    assert.equal((await run([WELL, BROKEN])).exitCode, 1);
    assert.equal((await run([WELL, RISKY])).exitCode, 0);
    assert.equal((await run([WELL])).exitCode, 0);
  });

  it('breaks lines at the width of the screen, and colours only there', async () => {
    const { text } = await run([WELL, RISKY], { columns: 72 });
    assert.match(text, /\u001b\[33mwarning/);
    const plain = stripVTControlCharacters(text);
    for (const line of plain.split('\n')) assert.ok(textWidth(line) <= 72, line);
    const unbroken = (await run([WELL, RISKY])).text;
    assert.equal(plain.replaceAll(/\n {20,}(?=[^ →])/g, ' '), unbroken);
    assert.doesNotMatch((await run([RISKY], { columns: 72, env: { NO_COLOR: '1' } })).text, /\u001b/);
  });

  it('prints JSON with exactly these keys, and CSV with the same', async () => {
    const { text, exitCode } = await run([WELL, BROKEN], { format: 'json' });
    assert.deepEqual(JSON.parse(text), [WELL, BROKEN]);
    assert.equal(exitCode, 1);
    const csv = (await run([WELL, BROKEN], { format: 'csv' })).text.split('\r\n');
    assert.equal(csv[0], 'subject,part,status,found,advice');
    assert.equal(
      csv[2],
      'router edge-1,login,failure,the router refused the login (ROUTER_LOGIN_FAILED),Check username and password.',
    );
  });

  it('lets no name reach the terminal as a command', async () => {
    const hostile = { ...RISKY, subject: 'router \u001b[2Jx', found: 'a\u0007\nb', advice: '\u202egnp' };
    const { text } = await run([hostile]);
    assert.doesNotMatch(text, /[\u0007\u001b\u202e]/);
    assert.match(text, /a��b/);
  });
});
