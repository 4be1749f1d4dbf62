import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLogFolderReader } from '../../src/runtime/log-folder.ts';

const NAME = 'netsentinel-2026-11-20.log';

function setUp(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'netsentinel-folder-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'logs');
  mkdirSync(folder);
  writeFileSync(join(root, 'secret'), 'secret');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  return { root, folder, write, reader: createLogFolderReader({ folder }) };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString('utf8');
}

describe('the reader of daily log files', () => {
  it('lists them, the newest first, and nothing else in the folder', async (t) => {
    const { write, reader, folder } = setUp(t);
    write('netsentinel-2026-11-19.log', 'old\n');
    write(NAME, 'one\ntwo\n');
    write('notes.txt', 'x');
    write('netsentinel-2026-11-20.log.gz', 'x');
    mkdirSync(join(folder, 'netsentinel-2026-11-18.log'));
    assert.deepEqual(await reader.list(), [
      { name: NAME, bytes: 8 },
      { name: 'netsentinel-2026-11-19.log', bytes: 4 },
    ]);
  });

  it('finds none where there is no folder yet, and says what is wrong with one that cannot be read', async (t) => {
    const { root } = setUp(t);
    assert.deepEqual(await createLogFolderReader({ folder: join(root, 'none') }).list(), []);
    const reader = createLogFolderReader({ folder: join(root, 'secret') });
    await assert.rejects(reader.list(), { code: 'LOG_FILES_UNREADABLE' });
  });

  it('opens nothing but a daily file: no other name, no way out, no link, no pipe', async (t) => {
    const { root, folder, reader } = setUp(t);
    symlinkSync(join(root, 'secret'), join(folder, NAME));
    execFileSync('mkfifo', [join(folder, 'netsentinel-2026-11-21.log')]);
    mkdirSync(join(folder, 'netsentinel-2026-11-22.log'));
    const names = [
      ...['../secret', '..%2fsecret', '/etc/passwd', '', '.', '..', 'secret', `${NAME}\n`, `${NAME}/../../secret`],
      ...[NAME, 'netsentinel-2026-11-21.log', 'netsentinel-2026-11-22.log', 'netsentinel-2026-11-23.log'],
      ...['netsentinel-2026-11-20.log\0', '../logs/netsentinel-2026-11-20.log'],
    ];
    for (const name of names) {
      assert.equal(await reader.part(name), null, JSON.stringify(name));
      assert.equal(await reader.whole(name), null, JSON.stringify(name));
    }
    assert.deepEqual(await reader.list(), []);
  });

  it('gives the last lines, and those before them, until all of the file was given once', async (t) => {
    const { write, reader } = setUp(t);
    const lines = Array.from({ length: 9_000 }, (_, line) => `${line} ${'ä'.repeat(line % 90)}`);
    const text = `${lines.join('\n')}\n`;
    write(NAME, text);
    const found: string[] = [];
    let before: number | undefined;
    let parts = 0;
    do {
      const part = await reader.part(NAME, before);
      assert.ok(part !== null);
      assert.equal(part.bytes, Buffer.byteLength(text));
      assert.ok(part.to - part.from <= 256 * 1024);
      found.unshift(...part.lines);
      before = part.from;
      parts += 1;
    } while (before > 0);
    assert.deepEqual(found, lines);
    assert.ok(parts > 3);
  });

  it('comes to an end of a line that is longer than a part', async (t) => {
    const { write, reader } = setUp(t);
    write(NAME, `first\n${'x'.repeat(600_000)}\nlast\n`);
    let before = Number.MAX_SAFE_INTEGER;
    for (let parts = 0; before > 0; parts += 1) {
      const part = await reader.part(NAME, before);
      assert.ok(part !== null && part.from < before && parts < 5);
      before = part.from;
    }
  });

  it('gives a whole file as it was when it was asked for', async (t) => {
    const { write, reader } = setUp(t);
    write(NAME, 'one\n');
    const found = await reader.whole(NAME);
    write(NAME, 'one\ntwo\n');
    assert.ok(found !== null);
    assert.equal(found.bytes, 4);
    assert.equal(await textOf(found.stream), 'one\n');
    write('netsentinel-2026-11-19.log', '');
    const empty = await reader.whole('netsentinel-2026-11-19.log');
    assert.equal(empty?.bytes, 0);
    assert.equal(await textOf(empty.stream), '');
  });
});
