import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConfigError } from '../../../src/platform/config/problems.ts';
import { loadConfig, parseConfig } from '../../../src/settings.ts';

const EXAMPLE = join(import.meta.dirname, '../../../config.example.ts');
const BODY = `{
  timeZone: 'Asia/Karachi',
  routers: [{ name: 'edge-1', host: '192.0.2.1', username: 'u', password: secret('P') }],
}`;
const IMPORT = "import { defineConfig, secret } from 'netsentinel/config';\n";
const MODULE = `${IMPORT}export default defineConfig(${BODY});\n`;

describe('loadConfig', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  async function loads(path: string): Promise<void> {
    const config = await loadConfig(path, { P: 'hunter2' });
    assert.equal(config.routers[0]?.password.reveal(), 'hunter2');
  }

  it('reads TypeScript and JavaScript anywhere, though nothing above it leads to us', async () => {
    await loads(file('plain.ts', MODULE));
    await loads(file('plain.js', MODULE));
    await loads(
      file(
        'typed.ts',
        `${IMPORT}const zone: string = 'UTC';\nexport default defineConfig({ ...${BODY}, timeZone: zone });`,
      ),
    );
  });

  it('reads a module whatever the package around it says of modules', async () => {
    mkdirSync(join(folder, 'package'));
    file('package/package.json', '{ "type": "commonjs" }');
    await loads(file('package/config.ts', MODULE));
    await loads(file('package/config.js', MODULE));
  });

  it('reads a module through a link, as Kubernetes lays files', async () => {
    symlinkSync(file('real.ts', MODULE), join(folder, 'linked.ts'));
    await loads(join(folder, 'linked.ts'));
  });

  it('reads a module that takes parts from its neighbours', async () => {
    file('routers.ts', `${IMPORT}export const config = ${BODY};`);
    await loads(
      file('parts.ts', `${IMPORT}import { config } from './routers.ts';\nexport default defineConfig(config);`),
    );
  });

  it('reads JSON, where secrets are plain text', async () => {
    const router = { name: 'edge-1', host: '192.0.2.1', username: 'u', password: 'hunter2' };
    await loads(file('plain.json', JSON.stringify({ timeZone: 'UTC', routers: [router] })));
  });

  it('reads JSON that begins with a byte order mark, as Windows writes it', async () => {
    const router = { name: 'edge-1', host: '192.0.2.1', username: 'u', password: 'hunter2' };
    await loads(file('marked.json', `\ufeff${JSON.stringify({ timeZone: 'UTC', routers: [router] })}`));
  });

  it('takes a relative SQLite file from the folder of the configuration', async () => {
    const config = await loadConfig(file('sqlite.ts', MODULE), { P: 'x' });
    assert.equal(config.database.reveal(), `sqlite:${join(folder, 'data/netsentinel.db')}`);
  });

  it('looks for ./config.ts', async () => {
    const before = process.cwd();
    file('config.ts', MODULE);
    process.chdir(folder);
    try {
      assert.equal((await loadConfig(undefined, { P: 'x' })).timeZone, 'Asia/Karachi');
    } finally {
      process.chdir(before);
    }
  });

  const mistakes: [string, string, string, RegExp][] = [
    ['the line of a syntax error in TypeScript', 'bad.ts', "export default {\n  a: 'x'\n  b: 1,\n};", /^ {2}line 3: /m],
    ['the line of a syntax error in JavaScript', 'bad.js', "export default {\n  a: 'x'\n  b: 1,\n};", /^ {2}line 3: /m],
    [
      'the line of a broken JSON text',
      'bad.json',
      '{\n"a": 1\n"b": 2}',
      /^ {2}line 3 is not valid JSON: Expected ','/m,
    ],
    [
      'the line of an unexpected word in JSON',
      'word.json',
      '{\n"a": 1,\n"b": tru\n}',
      /^ {2}line 3 is not valid JSON/m,
    ],
    ['that JSON ends too early', 'short.json', '{\n"a": [', /^ {2}line 2 is not valid JSON/m],
    [
      'the line where a module throws',
      'throws.ts',
      'const a = 1;\nexport default nope + a;',
      /^ {2}line 2: nope is not defined$/m,
    ],
    [
      'the file that throws when it is another',
      'outer.ts',
      "import './throws.ts';\nexport default 1;",
      /line 2 of .*throws\.ts: nope/,
    ],
    [
      'what cannot be imported',
      'import.ts',
      "import './nowhere.ts';\nexport default 1;",
      /Cannot find module .*nowhere\.ts/,
    ],
    ['that a module throws no error', 'odd.ts', 'throw 5;', /throws something that is not an Error/],
    ['that there is no default export', 'named.ts', 'export const config = 1;', /no default export; begin it with/],
    ['that the name ends in something else', 'config.yml', 'a: 1', /must end in \.ts, \.js or \.json/],
  ];
  for (const [what, name, text, message] of mistakes) {
    it(`tells ${what}`, async () => {
      const path = file(name, text);
      await assert.rejects(loadConfig(path, {}), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(`${path} is not usable:\n`), error.message);
        assert.ok(!error.message.includes(' at '), 'no stack');
        return true;
      });
    });
  }

  it('says where a missing file was looked for and what to do', async () => {
    await assert.rejects(loadConfig(join(folder, 'nowhere.ts'), {}), {
      code: 'CONFIG_INVALID',
      message:
        /file not found .*nowhere\.ts\); the command init writes one; or copy config\.example\.ts to it and fill it in, or use --config FILE/,
    });
  });

  it('says so when the name is a folder', async () => {
    mkdirSync(join(folder, 'folder.ts'));
    await assert.rejects(loadConfig(join(folder, 'folder.ts'), {}), /cannot be read \(EISDIR\)/);
  });

  it('does not repeat secrets that stand beside a mistake', async () => {
    const texts: [string, string][] = [
      ['secret.json', '{"password": "hunter2" x}'],
      ['secret2.json', '{"password": "hunter2", tru}'],
      ['secret.ts', "export default { password: 'a' 'hunter2' };"],
      ['secret.js', "export default { password: 'a' 'hunter2' };"],
    ];
    for (const [name, text] of texts) {
      await assert.rejects(loadConfig(file(name, text), {}), (error: Error) => !error.message.includes('hunter2'));
    }
  });
});

describe('config.example.ts', () => {
  it('is a valid configuration', async () => {
    const config = await loadConfig(EXAMPLE, {
      ROUTER_PASSWORD: 'a',
      SMTP_PASSWORD: 'b',
      PAGE_PASSWORD: 'correct horse',
    });
    assert.equal(config.routers.length, 1);
  });

  it('is valid with the key, the archives, the healing and the other workers that it leaves out', async (t) => {
    const text = readFileSync(EXAMPLE, 'utf8');
    const archives = /^ {4}\/\/ archives: \{$.*?^ {4}\/\/ recipients: .*?$/ms;
    const healing = /^ {2}\/\/ healing: \{$.*?^ {2}\/\/ \},$/ms;
    assert.match(text, archives);
    assert.match(text, healing);
    const whole = text
      .replace("// key: secret('NETSENTINEL_KEY')", "key: secret('NETSENTINEL_KEY')")
      .replace('// workers: { redis:', 'workers: { redis:')
      .replace(archives, (block) => block.replaceAll(/^ {4}\/\/ /gm, ''))
      .replace(healing, (block) => block.replaceAll(/^ {2}\/\/ /gm, ''));
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'config.ts');
    writeFileSync(path, whole);
    const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const config = await loadConfig(path, {
      ...{ ROUTER_PASSWORD: 'a', SMTP_PASSWORD: 'b', PAGE_PASSWORD: 'correct horse' },
      ...{
        NETSENTINEL_KEY: randomBytes(32).toString('base64'),
        S3_SECRET: 'c',
        DAV_PASSWORD: 'd',
        BOX_KEY: String(privateKey),
        HEALER_PASSWORD: 'e',
        REDIS_URL: 'redis://127.0.0.1',
      },
    });
    assert.deepEqual(
      config.healing.rules.map(({ name }) => name),
      ['tower-power'],
    );
    assert.equal(config.workers?.redis.reveal(), 'redis://127.0.0.1');
    assert.deepEqual(Object.keys(config.backup.archives), ['nas', 'bucket', 'dav', 'box', 'drive']);
  });

  it('shows every option', () => {
    const text = readFileSync(EXAMPLE, 'utf8');
    const known = new Set(knownOptions());
    assert.ok(known.size > 40, `only ${[...known]}`);
    for (const option of known) assert.match(text, new RegExp(`\\b${option}:`), `${option} is not shown`);
  });
});

/** What the problems of a configuration that is wrong in each of its parts name as known. */
function knownOptions(): string[] {
  const wrong = { x: 1 };
  const trust = { tls: wrong };
  const raw = {
    x: 1,
    routers: [wrong, trust],
    librenms: wrong,
    users: [wrong],
    collect: wrong,
    quotas: [wrong],
    mail: { x: 1, smtp: { x: 1, tls: wrong, oauth2: wrong } },
    report: [wrong, { x: 1, every: 'week' }, { x: 1, every: 'month' }],
    alerts: wrong,
    http: wrong,
    logs: wrong,
    retention: wrong,
  };
  try {
    parseConfig(raw, { env: {}, folder: '/' }, 'x');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.flatMap(({ message }) => /known options: (.*)$/.exec(message)?.[1]?.split(', ') ?? []);
  }
  return [];
}
