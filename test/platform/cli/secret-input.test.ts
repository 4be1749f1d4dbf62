import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Input, readSecretInput } from '../../../src/platform/cli/secret-input.ts';

function ask(stdin: Input, file?: string) {
  const out = { stderr: '' };
  const secret = readSecretInput({
    file,
    question: 'Password of ann',
    stdin,
    stderr: { write: (text) => (out.stderr += text) },
  });
  return { secret, out };
}

/** A terminal on which this is typed, a piece at a time. */
function terminal(...pieces: string[]): { readonly stdin: Input; readonly modes: boolean[] } {
  const modes: boolean[] = [];
  const stream = new PassThrough();
  const stdin = Object.assign(stream, {
    isTTY: true,
    setRawMode(isRaw: boolean) {
      modes.push(isRaw);
      // Typed when the question is there.
      const piece = isRaw ? pieces.shift() : undefined;
      if (piece !== undefined) stream.write(piece);
    },
  });
  return { stdin, modes };
}

function fileWith(t: TestContext, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-secret-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, content);
  return file;
}

describe('a secret for a command', () => {
  it('is the content of a file, without the line end at its end', async (t) => {
    for (const [content, secret] of [
      ['söhne & co', 'söhne & co'],
      ['two\nlines\n', 'two\nlines'],
      ['windows\r\n', 'windows'],
      [' blanks \n\n', ' blanks \n'],
    ] as const) {
      assert.equal(await ask(Readable.from([]), fileWith(t, content)).secret, secret);
    }
  });

  it('is what comes through a pipe, in as many parts as it comes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-secret-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { secret } = ask(Readable.from([]), pipe);
    await using end = await open(pipe, 'w');
    await end.write('a long ');
    await setImmediate();
    await end.write('one\n');
    await end.close();
    assert.equal(await secret, 'a long one');
  });

  it('is what standard input has, where that is no terminal', async () => {
    const { secret, out } = ask(Readable.from([Buffer.from('a lo'), Buffer.from('ng one\n')]));
    assert.deepEqual([await secret, out.stderr], ['a long one', '']);
  });

  it('is asked for twice at a terminal, which shows nothing of it', async () => {
    const { stdin, modes } = terminal('sö\u007föhne\r', 'söhne\n');
    const { secret, out } = ask(stdin);
    assert.equal(await secret, 'söhne');
    assert.equal(out.stderr, 'Password of ann: \nAgain: \n');
    assert.deepEqual(modes, [true, false, true, false]);
  });

  it('is refused when the two differ, and when it is cancelled', async () => {
    await assert.rejects(ask(terminal('one\r', 'other\r').stdin).secret, /the two are not the same/);
    const { stdin, modes } = terminal('one\u0003');
    await assert.rejects(ask(stdin).secret, /cancelled/);
    assert.deepEqual(modes, [true, false]);
  });

  it('is refused when it is too long or cannot be read, without the name of the file', async (t) => {
    const long = 'x'.repeat(16 * 1024 + 1);
    await assert.rejects(ask(Readable.from([]), fileWith(t, long)).secret, /longer than 16 KiB/);
    await assert.rejects(ask(Readable.from([long])).secret, /longer than 16 KiB/);
    await assert.rejects(ask(Readable.from([]), '/hunter2').secret, {
      message: 'the file with the secret cannot be read (ENOENT)',
    });
  });
});
