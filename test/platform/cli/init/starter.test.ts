import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Starter, starterText } from '../../../../src/platform/cli/init/starter.ts';
import { loadConfig } from '../../../../src/settings.ts';

const SHIPPED = join(import.meta.dirname, '../../../../config.starter.ts');
const SECRETS = {
  NETSENTINEL_KEY: Buffer.alloc(32, 7).toString('base64'),
  ROUTER_PASSWORD: 'router-pass',
  SMTP_PASSWORD: 'smtp-pass',
};
const STARTER: Starter = {
  timeZone: 'Asia/Karachi',
  router: { name: 'edge-1', host: '192.0.2.1', username: 'librenms_api' },
  mail: null,
  hasPages: true,
};

describe('config.starter.ts', () => {
  it('is ten lines, and what init writes for the same answers', () => {
    const text = readFileSync(SHIPPED, 'utf8');
    assert.equal(text, starterText(STARTER));
    assert.ok(text.trimEnd().split('\n').length <= 10);
  });

  it('is a valid configuration: one router, SQLite, a key and pages with accounts, on this machine only', async () => {
    const config = await loadConfig(SHIPPED, SECRETS);
    assert.equal(config.database.reveal().endsWith('/data/netsentinel.db'), true);
    const { routers, key, http } = config;
    assert.deepEqual([routers.length, http?.pages, http?.host, http?.auth], [1, true, '127.0.0.1', 'accounts']);
    assert.ok(key !== undefined);
    assert.equal(config.mail, undefined);
  });
});

describe('the configuration that init writes', () => {
  async function load(starter: Starter) {
    const folder = await mkdtemp(join(tmpdir(), 'netsentinel-init-'));
    try {
      const file = join(folder, 'config.ts');
      await writeFile(file, starterText(starter));
      return await loadConfig(file, SECRETS);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('without a router is a valid one: a key and pages with accounts', async () => {
    const { routers, key, http } = await load({ ...STARTER, router: null });
    assert.deepEqual([routers, http?.pages, http?.auth, key === undefined], [[], true, 'accounts', false]);
  });

  it('has the mail server, with or without a login', async () => {
    const relay = { to: 'admin@example.com', host: 'relay.example.com', port: 25, username: null };
    const plain = await load({ ...STARTER, mail: relay, hasPages: false });
    assert.equal(plain.http, undefined);
    assert.deepEqual([plain.mail?.from, plain.mail?.to], ['admin@example.com', ['admin@example.com']]);
    assert.deepEqual([plain.mail?.smtp.host, plain.mail?.smtp.port], ['relay.example.com', 25]);
    const login = await load({ ...STARTER, mail: { ...relay, port: 587, username: 'bot@example.com' } });
    assert.equal(login.mail?.from, 'bot@example.com');
    assert.equal(login.mail?.smtp.password?.reveal(), SECRETS.SMTP_PASSWORD);
  });

  it('has names of any kind as they were typed', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/\p{Cc}|\p{Cs}/u.test(text));
    await fc.assert(
      fc.asyncProperty(name, name, async (router, username) => {
        const config = await load({ ...STARTER, router: { name: router, host: '192.0.2.1', username } });
        assert.deepEqual([config.routers[0]?.name, config.routers[0]?.username], [router, username]);
      }),
      { numRuns: 20, examples: [[`it's "quoted" \\n \${x}`, "'"]] },
    );
  });
});
