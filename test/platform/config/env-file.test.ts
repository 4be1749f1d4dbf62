import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createEnvFile } from '../../../src/platform/config/env-file.ts';
import { ConfigError } from '../../../src/platform/config/problems.ts';

function setUp(t: TestContext, text: string | null) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-env-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, '.env');
  if (text !== null) writeFileSync(file, text);
  const env: Record<string, string | undefined> = { PATH: '/bin', ROUTER_PASSWORD: 'from the shell' };
  return { file, env, envFile: createEnvFile(env, folder) };
}

describe('.env', () => {
  it('sets variables, and overrides none', (t) => {
    const { file, env, envFile } = setUp(
      t,
      '# secrets\nSMTP_PASSWORD="a b#c"\nROUTER_PASSWORD=from-the-file\nexport TOKEN=t\n',
    );
    envFile.read();
    assert.deepEqual(env, { PATH: '/bin', ROUTER_PASSWORD: 'from the shell', SMTP_PASSWORD: 'a b#c', TOKEN: 't' });
    assert.deepEqual(envFile.found(), { file, variables: ['SMTP_PASSWORD', 'TOKEN'] });
  });

  it('need not be there', (t) => {
    const { env, envFile } = setUp(t, null);
    envFile.read();
    assert.deepEqual(env, { PATH: '/bin', ROUTER_PASSWORD: 'from the shell' });
    assert.equal(envFile.found(), null);
  });

  it('is read again: what changed in it is taken over, what is gone from it is gone', (t) => {
    const { file, env, envFile } = setUp(t, 'A=1\nB=2\n');
    envFile.read();
    writeFileSync(file, 'A=3\nC=4\n');
    envFile.read();
    assert.deepEqual(env, { PATH: '/bin', ROUTER_PASSWORD: 'from the shell', A: '3', C: '4' });
    rmSync(file);
    envFile.read();
    assert.deepEqual(env, { PATH: '/bin', ROUTER_PASSWORD: 'from the shell' });
    assert.equal(envFile.found(), null);
  });

  it('that cannot be read is a problem with its path, and changes nothing', (t) => {
    const { file, env, envFile } = setUp(t, 'A=1\n');
    envFile.read();
    rmSync(file);
    mkdirSync(file);
    assert.throws(
      () => envFile.read(),
      (error) => error instanceof ConfigError && error.message.includes(file) && /EISDIR/.test(error.message),
    );
    assert.equal(env['A'], '1');
  });
});
