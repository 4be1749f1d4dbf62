import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { runDemo } from '../../src/demo/demo.ts';

const SILENT = pino({ enabled: false });
const TOTALS = /^booked ([\d,]+) of ([\d,]+) bytes \(([\d,]+) lost\)$/;

function collectOutput(isTTY: boolean, onWrite: (text: string) => void = () => {}) {
  let text = '';
  const output = {
    isTTY,
    columns: 80,
    rows: 24,
    write(more: string | Uint8Array) {
      text += String(more);
      onWrite(text);
      return true;
    },
  };
  return { output, lines: () => text.trimEnd().split('\n') };
}

/** The three amounts of the last line. */
function totals(lines: string[]): bigint[] {
  const [, ...amounts] = TOTALS.exec(lines.at(-1) ?? '') ?? [];
  assert.equal(amounts.length, 3, lines.join('\n'));
  return amounts.map((amount) => BigInt(amount.replaceAll(',', '')));
}

describe('the demo', () => {
  const usualFolder = process.env['TMPDIR'];
  let temporary = '';
  let mailFolder = '';
  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'demo-test-'));
    mailFolder = await mkdtemp(join(tmpdir(), 'demo-mails-'));
    process.env['TMPDIR'] = temporary;
  });
  after(async () => {
    if (usualFolder === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usualFolder;
    await rm(temporary, { recursive: true });
    await rm(mailFolder, { recursive: true });
  });

  it('accounts for every byte that could be seen, in plain lines, tells of what falls and changes, and leaves nothing behind', async () => {
    const aborter = new AbortController();
    // Goes on until a loss and each of these was told of, however long that takes here.
    const told = [
      /reconnects[\s\S]*lost (?!0\.00)/,
      /chat: 🔴 hilltop is down$/m,
      /chat: ↳ 🟢 hilltop is up again/,
      /harbour: hangs[\s\S]*hilltop: turns the power of ether6 off and on[\s\S]*mail: harbour: healed$/m,
      /mail: office: configuration changed$/m,
      /mail: \+ add action=drop chain=forward comment="blocked by ali"/,
      /mail: isp: backup looks wrong$/m,
      /mail: hilltop: backup failed$/m,
      /chat: 🔴 The line of the NetSentinel server is down$/m,
    ];
    const { output, lines } = collectOutput(false, (text) => {
      if (told.every((each) => each.test(text))) aborter.abort();
    });
    const { signal } = aborter;
    const code = await runDemo({ seconds: 300, signal, stdout: output, mailFolder, logger: SILENT });
    assert.equal(code, 0, lines().join('\n'));
    assert.ok(signal.aborted);
    const [accounted = 0n, total = 0n, unobservable = 0n] = totals(lines());
    assert.ok(accounted > 0n && unobservable > 0n);
    assert.equal(accounted, total - unobservable);
    // One notice of the tower and what is behind it, one of the router that hangs, and no other device was told of.
    assert.equal(lines().filter((line) => line.includes('chat: 🔴')).length, 3, lines().join('\n'));
    assert.match(lines().at(-3) ?? '', /^\d\d changes of state and 4 stored configurations compared .*: all true$/);
    assert.match(lines()[0] ?? '', /^Pages \(no login\): http:\/\/127\.0\.0\.1:\d+ /);
    for (const line of lines()) assert.doesNotMatch(line, /\x1b/);
    assert.deepEqual(await readdir(temporary), []);
  });

  it('ends by itself after the seconds asked for, and prints no address where it is asked for no pages', async () => {
    const { output, lines } = collectOutput(false);
    const signal = new AbortController().signal;
    const options = { seconds: 1, signal, stdout: output, mailFolder, logger: SILENT, hasPages: false };
    assert.equal(await runDemo(options), 0);
    totals(lines());
    assert.doesNotMatch(lines().join('\n'), /https?:/);
  });

  it('begins with one backup of each router, and makes up for no schedule of the time before', async () => {
    const aborter = new AbortController();
    const isPastTheFirstMinute = Promise.withResolvers<void>();
    const { output, lines } = collectOutput(false, (text) => {
      if (text.includes('chat: 🔴 hilltop is down')) isPastTheFirstMinute.resolve();
    });
    const running = runDemo({ signal: aborter.signal, stdout: output, mailFolder, logger: SILENT });
    await Promise.race([isPastTheFirstMinute.promise, running]);
    const [url = ''] = /http:[\w.:/]+\d/.exec(lines()[0] ?? '') ?? [];
    const runs = await (await fetch(`${url}/api/v1/backups/runs`)).text();
    assert.deepEqual(runs.match(/"outcomes":\{.*\}(?=\})/g), ['"outcomes":{"first":3}']);
    aborter.abort();
    assert.equal(await running, 0, lines().join('\n'));
  });

  it('draws on a terminal until the signal, then gives it back and says the sums', async () => {
    const { output, lines } = collectOutput(true);
    const aborter = new AbortController();
    const running = runDemo({ signal: aborter.signal, stdout: output, mailFolder, logger: SILENT });
    while (!lines().some((line) => line.includes('Booked'))) await new Promise(setImmediate);
    const [, url = '', paths = ''] =
      /Pages \(no login\): (http:[\w/.:]+)((?: {2}\/[\w/]+)+)/.exec(lines().join('\n')) ?? [];
    assert.match(await (await fetch(url)).text(), /<h1>Usage today<\/h1>/);
    for (const path of paths.trim().split(/ +/)) assert.equal((await fetch(`${url}${path}`)).status, 200, path);
    aborter.abort();
    assert.equal(await running, 0, lines().join('\n'));
    const [accounted = 0n, total = 0n, unobservable = 0n] = totals(lines());
    assert.equal(accounted, total - unobservable);
    assert.ok(lines().join('\n').includes('\x1b[?25h\x1b[?1049l'));
  });
});
