import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';

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
