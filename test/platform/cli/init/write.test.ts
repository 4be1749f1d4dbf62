import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { summary } from '../../../../src/platform/cli/init/init.ts';
import type { Interview } from '../../../../src/platform/cli/init/interview.ts';
import { refuseToOverwrite, writeStarter } from '../../../../src/platform/cli/init/write.ts';
import { createEnvFile } from '../../../../src/platform/config/env-file.ts';
import { loadConfig } from '../../../../src/settings.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ANSWERS: Interview = {
  starter: {
    timeZone: 'Asia/Karachi',
    router: { name: 'edge-1', host: '192.0.2.1', username: 'librenms_api' },
    mail: { to: 'admin@example.com', host: 'mail.example.com', port: 587, username: 'bot' },
    hasPages: true,
  },
  secrets: { key: KEY, router: ` p'a"$s#s `, mail: 'smtp-pass' },
};

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-init-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('what init writes', () => {
  it('is for the owner alone, and loads with the secrets as they were typed', async (t) => {
    const folder = freshFolder(t);
    const place = { folder, configFile: 'config.ts' };
    const files = writeStarter(place, ANSWERS);
    assert.deepEqual(files, [
      'config.ts',
      '.env',
      'secrets/netsentinel_key',
      'secrets/router_password',
      'secrets/smtp_password',
    ]);
    for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
    assert.equal(statSync(join(folder, 'secrets')).mode & 0o777, 0o700);
    for (const file of ['config.ts', '.env'])
      assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /pass\b|p'a|BwcH/);

    const env: Record<string, string | undefined> = {};
    createEnvFile(env, folder).read();
    const at = Object.fromEntries(Object.entries(env).map(([name, file]) => [name, join(folder, file ?? '')]));
    const config = await loadConfig(join(folder, 'config.ts'), at);
    const { routers, mail, key } = config;
    const secrets = [routers[0]?.password, mail?.smtp.password, key].map((secret) => secret?.reveal());
    assert.deepEqual(secrets, [` p'a"$s#s `, 'smtp-pass', KEY]);
  });

  it('is no password of a router where there is none', (t) => {
    const small = {
      starter: { ...ANSWERS.starter, router: null, mail: null },
      secrets: { key: KEY, router: null, mail: null },
    };
    const files = writeStarter({ folder: freshFolder(t), configFile: 'config.ts' }, small);
    assert.deepEqual(files, ['config.ts', '.env', 'secrets/netsentinel_key']);
    const said = summary(files, small.starter);
    assert.match(said, /start[^\n]*link to make the first user[^\n]*\n[^\n]*http:\/\/127\.0\.0\.1:9494\/inventory/);
  });

  it('is no file for a secret that nobody has', (t) => {
    const folder = freshFolder(t);
    const { starter } = ANSWERS;
    const small = {
      starter: { ...starter, mail: null, hasPages: false },
      secrets: { key: KEY, router: 'x', mail: null },
    };
    assert.deepEqual(writeStarter({ folder, configFile: 'config.ts' }, small), [
      'config.ts',
      '.env',
      'secrets/netsentinel_key',
      'secrets/router_password',
    ]);
    assert.equal(
      readFileSync(join(folder, '.env'), 'utf8'),
      'NETSENTINEL_KEY_FILE=secrets/netsentinel_key\nROUTER_PASSWORD_FILE=secrets/router_password\n',
    );
  });

  it('follows what .env has already', (t) => {
    const folder = freshFolder(t);
    writeFileSync(join(folder, '.env'), 'NETSENTINEL_IMAGE=x');
    writeStarter({ folder, configFile: 'config.ts' }, ANSWERS);
    assert.match(
      readFileSync(join(folder, '.env'), 'utf8'),
      /^NETSENTINEL_IMAGE=x\nNETSENTINEL_KEY_FILE=secrets\/netsentinel_key\nROUTER_PASSWORD_FILE=/,
    );
  });

  for (const [file, text] of [
    ['config.ts', ''],
    ['secrets/netsentinel_key', 'x'],
    ['.env', 'ROUTER_PASSWORD=x\n'],
    ['.env', 'SMTP_PASSWORD_FILE=x\n'],
  ] as const) {
    it(`is nothing at all beside ${file} with "${text.trim()}"`, (t) => {
      const folder = freshFolder(t);
      const place = { folder, configFile: 'config.ts' };
      mkdirSync(join(folder, 'secrets'));
      writeFileSync(join(folder, file), text);
      const before = readdirSync(folder, { recursive: true });
      assert.throws(() => refuseToOverwrite(place), { code: 'CONFIG_EXISTS' });
      assert.throws(() => writeStarter(place, ANSWERS), { code: 'CONFIG_EXISTS' });
      assert.deepEqual(readdirSync(folder, { recursive: true }), before);
      assert.equal(readFileSync(join(folder, file), 'utf8'), text);
    });
  }

  it('is trouble where a file cannot be written', (t) => {
    const folder = freshFolder(t);
    // A file in place of the folder.
    writeFileSync(join(folder, 'secrets'), '');
    assert.throws(() => writeStarter({ folder, configFile: 'config.ts' }, ANSWERS), {
      code: 'CONFIG_NOT_WRITTEN',
    });
    assert.ok(!existsSync(join(folder, 'config.ts')));
  });
});
