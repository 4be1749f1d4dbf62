import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { runCli } from '../support/cli.ts';

const SRC = new URL('../../src/', import.meta.url).href;

/** Makes a worker without `workers`, then one with it, then one that asks Redis; says after each which packages are loaded. */
const PROGRAM = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
    if (name !== undefined) loaded.add(name);
    if (url.includes('/src/workers/') || url.includes('/src/platform/redis/')) loaded.add(url.slice(url.indexOf('/src/')));
    return next(url, context);
  },
});
const { createApp } = await import('${SRC}app.ts');
const { parseConfig } = await import('${SRC}settings.ts');
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const routers = [{ name: 'edge', host: '192.0.2.1', username: 'api', password: 'secret' }];
const base = { timeZone: 'UTC', database: 'sqlite:./never-opened.db', routers };
const config = (more) => parseConfig({ ...base, ...more }, { env: {}, folder: '/' }, 'test');
const seen = [];
const alone = await createApp(config({}), logger);
seen.push([...loaded]);
const several = await createApp(config({ workers: { redis: 'redis://127.0.0.1:1/0' } }), logger);
seen.push([...loaded]);
await several.workers().catch(() => {});
seen.push([...loaded]);
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
`;

it('loads BullMQ and the client of Redis for several workers only, and the client when Redis is first asked', async () => {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, '../..') });
  const [alone = [], several = [], asking = []]: string[][] = JSON.parse(stdout);
  const packages = ['bullmq', 'ioredis', 'msgpackr'];
  const ours = (loaded: readonly string[]) =>
    loaded.filter((each) => packages.includes(each) || (each.startsWith('/src/') && !/settings|redis\/url/.test(each)));
  assert.ok(alone.includes('kysely'), 'the hook sees what is loaded');
  assert.deepEqual(ours(alone), []);
  assert.ok(several.includes('/src/workers/capability.ts'));
  assert.deepEqual(
    ours(several).filter((each) => packages.includes(each)),
    [],
  );
  assert.ok(asking.includes('ioredis'));
});

/** Says at the end of a process which files of several workers, and of the packages that they need, were loaded. */
const WATCH = String.raw`
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/|\/src\/((?:workers|platform\/redis)\/.*)$/.exec(url);
    if (name !== null) loaded.add(name[1] ?? name[2]);
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write('loaded: ' + JSON.stringify([...loaded])));
`;
const ALONE = `
import { defineConfig } from 'netsentinel/config';
const routers = [{ name: 'edge', host: '127.0.0.1', port: 1, username: 'api', password: 'secret' }];
export default defineConfig({ timeZone: 'UTC', database: 'sqlite:./test.db', routers });
`;

describe('a command without several workers', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-lazy-'));
    writeFileSync(join(folder, 'watch.mjs'), WATCH);
    writeFileSync(join(folder, 'config.ts'), ALONE);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const command of ['check', 'workers', 'usage', 'demo --no-pages --seconds 1']) {
    it(`loads nothing of them: ${command}`, async () => {
      const env = { NODE_OPTIONS: `--import ${join(folder, 'watch.mjs')}` };
      const { stderr } = await runCli(command.split(' '), { cwd: folder, env });
      const loaded: string[] = JSON.parse(/loaded: (\[.*\])$/.exec(stderr)?.[1] ?? 'null');
      assert.ok(loaded.includes('commander'), 'the hook sees what is loaded');
      const needed = [
        'workers/commands/workers.ts',
        'workers/orphans.ts',
        'workers/settings.ts',
        'platform/redis/url.ts',
      ];
      const files = loaded.filter((each) => each.endsWith('.ts') || ['bullmq', 'ioredis', 'msgpackr'].includes(each));
      assert.deepEqual(
        files.filter((each) => !needed.includes(each)),
        [],
      );
    });
  }
});
