import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { sql } from 'kysely';
import { TroubleError } from '../../src/runtime/errors.ts';
import { rotateKey } from '../../src/runtime/rotation.ts';
import { createVault } from '../../src/runtime/vault.ts';
import { askLogin } from '../../src/terminal/ask-login.ts';
import { forgetRecordings } from '../../src/terminal/forget.ts';
import { isReport, parseFrame, troubleFrame } from '../../src/terminal/frames.ts';
import { createOutputFlow, HELD_BYTES } from '../../src/terminal/output-flow.ts';
import type { RecordingBook } from '../../src/terminal/ports.ts';
import { readCast } from '../../src/terminal/read-cast.ts';
import { createRecorder } from '../../src/terminal/recorder.ts';
import { createResizes } from '../../src/terminal/resizes.ts';
import { openTerminal } from '../../src/terminal/session.ts';
import { createRecordingSecrets } from '../../src/terminal/store/recording-secrets.ts';
import { createRecordingStore } from '../../src/terminal/store/recording-store.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { KEY, NEXT_KEY } from '../support/inventory.ts';
import { createManualClock } from '../support/manual-clock.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;
const MOST_BYTES = 2_000_000;
const SIZE = { columns: 80, rows: 24 };
const AWAY = new TroubleError('DATABASE_UNAVAILABLE', 'it is away', 'Wait.');

describe('a login that is asked for in the terminal', () => {
  for (const [what, typed, shown, login] of [
    ['takes a name and a password', 'ann\rsecret\r', 'ann\r\npassword: \r\n', ['ann', 'secret']],
    ['takes the line end of a paste once', 'ann\r\nsecret\r\n', 'ann\r\npassword: \r\n', ['ann', 'secret']],
    ['erases', 'bobx\x7f\ranx\bn\r', 'bobx\b \b\r\npassword: \r\n', ['bob', 'ann']],
    ['clears a line', 'bob\x15ann\rx\x15y\r', 'bob\b \b\b \b\b \bann\r\npassword: \r\n', ['ann', 'y']],
    ['does not take an empty name', '\r\rann\r\r', 'ann\r\npassword: \r\n', ['ann', '']],
    [
      'leaves out arrows and what the terminal reports',
      '\x1b[A\x1b[12;40Rann\x1bOA\r\x1b[?1;2cpw\r',
      'ann\r\npassword: \r\n',
      ['ann', 'pw'],
    ],
    ['drops what comes after it', 'ann\rpw\r/system reset\r', 'ann\r\npassword: \r\n', ['ann', 'pw']],
    ['takes letters of all languages', 'añn\rпароль\r', 'añn\r\npassword: \r\n', ['añn', 'пароль']],
    [
      'takes 255 characters at most',
      `${'a'.repeat(300)}\rb\r`,
      `${'a'.repeat(255)}\r\npassword: \r\n`,
      ['a'.repeat(255), 'b'],
    ],
  ] as const) {
    it(what, () => {
      const answer = askLogin().type(Buffer.from(typed));
      assert.equal(answer.shown, shown);
      assert.deepEqual(answer.login, { username: login[0], password: login[1] });
    });
  }

  for (const [name, key] of [
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ]) {
    it(`is given up by ${name}`, () => assert.equal(askLogin().type(Buffer.from(`ann\rx${key}`)).isGivenUp, true));
  }

  it('is the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30)), (cuts) => {
        const bytes = Buffer.from('añn\rпароль\r');
        const prompt = askLogin();
        const places = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length];
        const answers = places.slice(1).map((end, index) => prompt.type(bytes.subarray(places[index], end)));
        assert.deepEqual(answers.at(-1)?.login, { username: 'añn', password: 'пароль' });
        assert.equal(answers.map(({ shown }) => shown).join(''), 'añn\r\npassword: \r\n');
      }),
    );
  });

  it('never shows anything of the password, whatever is typed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (typed) => {
        const prompt = askLogin();
        prompt.type(Buffer.from('ann\r'));
        assert.match(prompt.type(typed).shown, /^(\r\n)?$/);
      }),
    );
  });
});

it('a browser that takes nothing of what is shown of a login can type no more', () => {
  const done: string[] = [];
  const waiting: (() => void)[] = [];
  const wire = {
    send(_data: Uint8Array | string, sent: () => void) {
      done.push('send');
      waiting.push(sent);
    },
    ...{ pause: () => void done.push('pause'), resume: () => void done.push('resume'), ping() {}, close() {} },
  };
  const device = { name: 'edge-1', host: '192.0.2.1', port: 22, hostKey: null, legacy: false, login: null };
  const openShell = () => assert.fail('nobody has logged in');
  const clock = createManualClock(NOW);
  const terminal = openTerminal(wire, { device, size: SIZE, openShell, recorder: null, clock, onBug: () => {} });
  assert.deepEqual(done.splice(0), ['pause', 'send']);
  waiting.pop()?.();
  assert.deepEqual(done.splice(0), ['resume']);
  terminal.bytes(Buffer.from('ann\x7f'));
  assert.deepEqual(done.splice(0), ['pause', 'send']);
  waiting.pop()?.();
  assert.deepEqual(done, ['resume']);
});

describe('a window whose size changes', () => {
  const size = (columns: number) => ({ columns, rows: 24 });
  const resized = (asked: readonly (readonly [columns: number, afterMs: number])[]) => {
    const clock = createManualClock(NOW);
    const applied: { readonly columns: number; readonly at: number }[] = [];
    const resizes = createResizes(clock, size(80), ({ columns }) => void applied.push({ columns, at: clock.now() }));
    for (const [columns, afterMs] of asked) {
      clock.advance(afterMs);
      resizes.ask(size(columns));
    }
    return { applied, clock, resizes };
  };
  const columnsOf = ({ applied }: ReturnType<typeof resized>) => applied.map(({ columns }) => columns);

  it('has its new size at once, and the same one only once', () => {
    assert.deepEqual(
      columnsOf(
        resized([
          [80, 0],
          [90, 0],
          [90, 1],
        ]),
      ),
      [90],
    );
    assert.deepEqual(
      columnsOf(
        resized([
          [90, 0],
          [80, 100],
        ]),
      ),
      [90, 80],
    );
  });

  it('has the newest size 100 ms later while it is dragged, and nothing after its end', () => {
    const dragged = resized([
      [90, 0],
      [91, 1],
      [92, 1],
      [93, 1],
    ]);
    assert.deepEqual(columnsOf(dragged), [90]);
    dragged.clock.advance(97);
    assert.deepEqual(columnsOf(dragged), [90, 93]);
    dragged.resizes.ask(size(94));
    dragged.resizes.stop();
    dragged.clock.advance(1_000);
    assert.deepEqual(columnsOf(dragged), [90, 93]);
  });

  it('never has more than ten sizes a second, whatever a browser says, and has the last one in the end', () => {
    const asked = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 150 })), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(asked, (list) => {
        const { applied, clock } = resized(list);
        clock.advance(100);
        assert.equal(applied.at(-1)?.columns ?? 80, list.at(-1)?.[0]);
        for (const [index, { at, columns }] of applied.entries()) {
          const before = applied[index - 1];
          assert.notEqual(columns, before?.columns ?? 80);
          if (before !== undefined) assert.ok(at - before.at >= 100);
        }
      }),
    );
  });
});

describe('a frame of a browser', () => {
  it('is a new size or the state of its drawing, and nothing else', () => {
    assert.deepEqual(parseFrame('{"type":"resize","columns":1,"rows":1000}'), {
      type: 'resize',
      columns: 1,
      rows: 1000,
    });
    assert.deepEqual(parseFrame('{"type":"pause"}'), { type: 'pause' });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const frame = parseFrame(text);
        assert.ok(frame === null || ['resize', 'pause', 'resume'].includes(frame.type));
      }),
    );
  });

  it('is nobody typing where the terminal answers a question', () => {
    for (const answer of [
      ...['\x1b[12;40R', '\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[0n', '\x1b[?1;2c\x1b[1;1R', '\x1b[?2004;1$y', '\x1b[I'],
      ...['\x1b[8;24;80t', '\x1b]10;rgb:1616/2020/2a2a\x1b\\', '\x1b]4;7;rgb:56/62/70\x1b\\', '\x1bP1$r0"q\x1b\\'],
    ]) {
      assert.ok(isReport(Buffer.from(answer)), answer);
    }
    for (const typed of ['a', '\x1b[A', '\x1b', '\r', '\x1b[12;40Rx', '\x1b[3~', '\x1bP1$rx\x1b\\y', ''])
      assert.ok(!isReport(Buffer.from(typed)), typed);
  });

  it('tells of trouble with what to do', () => {
    assert.deepEqual(JSON.parse(troubleFrame(AWAY)), {
      ...{ type: 'error', code: 'DATABASE_UNAVAILABLE', message: 'it is away', advice: 'Wait.' },
    });
  });
});

describe('the output of a device', () => {
  it('is over when the network has taken all of it', async () => {
    const source = new PassThrough();
    const sent: (() => void)[] = [];
    const flow = createOutputFlow({ source, isHeld: () => false, send: (_bytes, done) => void sent.push(done) });
    const done: string[] = [];
    flow.afterAll(() => void done.push('nothing came yet'));
    source.write('one');
    source.end('two');
    while (sent.length < 2) await turn();
    flow.afterAll(() => void done.push('over'));
    sent.pop()?.();
    assert.deepEqual(done, ['nothing came yet']);
    sent.pop()?.();
    assert.deepEqual(done, ['nothing came yet', 'over']);
  });

  it('never has more on its way to the browser than the bound and one chunk, and all of it arrives in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (chunks, pauses) => {
          const source = new PassThrough({ highWaterMark: 1 });
          const sent: (() => void)[] = [];
          let bytes = 0;
          let onTheWay = 0;
          const flow = createOutputFlow({
            source,
            isHeld: () => false,
            send(some, done) {
              bytes += some.length;
              onTheWay += some.length;
              assert.ok(onTheWay <= HELD_BYTES + 200_000);
              sent.push(() => {
                onTheWay -= some.length;
                done();
              });
            },
          });
          const total = chunks.reduce((sum, each) => sum + each, 0);
          for (const each of chunks) source.write(Buffer.alloc(each));
          for (const isPaused of pauses) {
            flow.browser(isPaused);
            sent.shift()?.();
            await turn();
          }
          flow.browser(false);
          while (bytes < total || sent.length > 0) {
            sent.shift()?.();
            await turn();
          }
          assert.equal(bytes, total);
        },
      ),
      { numRuns: 15 },
    );
  });
});

/** A book that keeps in memory, and fails as long as it is told to. */
function memoryBook() {
  const parts: string[] = [];
  const done: string[] = [];
  let isAway = false;
  const unlessAway = async (work: () => void) => {
    if (isAway) throw AWAY;
    work();
  };
  return {
    parts,
    done,
    setAway(next: boolean) {
      isAway = next;
    },
    begin: () => unlessAway(() => void done.push('begin')),
    add: (_id: string, part: number, lines: string) =>
      unlessAway(() => {
        assert.equal(part, parts.length);
        parts.push(lines);
      }),
    end: (_id: string, outcome: string) => unlessAway(() => void done.push(outcome)),
  };
}

describe('a recorder', () => {
  const about = { id: 'a'.repeat(32), device: 'edge-1', who: 'ann' };

  it('keeps what came within 5 s, and letters that were cut in two', async () => {
    const [book, clock] = [memoryBook(), createManualClock(NOW)];
    const recorder = createRecorder({ about, book, clock, mostBytes: MOST_BYTES });
    recorder.begin(SIZE, { hasRoom: () => {}, failed: assert.fail });
    clock.advance(1_500);
    recorder.output(Buffer.from('grü').subarray(0, 3));
    recorder.output(Buffer.from('grü').subarray(3));
    assert.deepEqual(book.parts, []);
    clock.advance(5_000);
    while (book.parts.length === 0) await turn();
    assert.deepEqual(book.parts, ['[1.5,"o","gr"]\n[1.5,"o","ü"]\n']);
    await recorder.finish('ok');
    assert.deepEqual(book.done, ['begin', 'ok']);
  });

  it('has no recording of a terminal that showed nothing', async () => {
    const book = memoryBook();
    await createRecorder({ about, book, clock: createManualClock(NOW), mostBytes: MOST_BYTES }).finish(
      'SSH_LOGIN_FAILED',
    );
    assert.deepEqual(book.done, []);
  });

  it('makes the device wait while the database is slow, and ends the terminal when it is away, losing nothing', async () => {
    const book = memoryBook();
    const recorder = createRecorder({ about, book, clock: createManualClock(NOW), mostBytes: MOST_BYTES });
    const failures: unknown[] = [];
    recorder.begin(SIZE, { hasRoom: () => {}, failed: (error) => void failures.push(error) });
    book.setAway(true);
    const text = 'x'.repeat(100_000);
    for (let count = 0; count < 12; count += 1) recorder.output(Buffer.from(text));
    assert.ok(recorder.isBehind());
    while (failures.length === 0) await turn();
    assert.deepEqual(failures, [AWAY]);
    book.setAway(false);
    await recorder.finish('DATABASE_UNAVAILABLE');
    assert.equal(book.parts.join(''), `[0,"o","${text}"]\n`.repeat(12));
  });

  it('ends the terminal when it is full', () => {
    const recorder = createRecorder({
      ...{ about, book: memoryBook(), clock: createManualClock(NOW), mostBytes: MOST_BYTES },
    });
    const codes: unknown[] = [];
    const failed = (error: unknown) => void codes.push(error instanceof TroubleError && error.code);
    recorder.begin(SIZE, { hasRoom: () => {}, failed });
    recorder.output(Buffer.alloc(MOST_BYTES, 'x'));
    assert.deepEqual(codes, []);
    recorder.output(Buffer.from('x'));
    assert.deepEqual(codes, ['TERMINAL_RECORDING_FULL']);
  });

  it('counts new sizes of the window too', () => {
    const clock = createManualClock(NOW);
    const recorder = createRecorder({ ...{ about, book: memoryBook(), clock, mostBytes: 100 } });
    const codes: unknown[] = [];
    recorder.begin(SIZE, {
      hasRoom: () => {},
      failed: (error) => void codes.push(error instanceof TroubleError && error.code),
    });
    for (let columns = 1; columns <= 7; columns += 1) recorder.resize({ columns, rows: 1 });
    assert.deepEqual(codes, []);
    recorder.resize(SIZE);
    assert.deepEqual(codes, ['TERMINAL_RECORDING_FULL']);
  });
});

describe('recordings in a database', () => {
  const id = (digit: string) => digit.repeat(32);

  async function store(t: TestContext) {
    const { database, drop } = await migrated(freshSqlite);
    t.after(drop);
    const bookWith = (key: string, ...old: string[]): RecordingBook =>
      createRecordingStore({ database, vault: () => createVault(key, old) });
    const book = bookWith(KEY);
    const add = async (digit: string, startedAt: number) => {
      await book.begin({ id: id(digit), device: 'edge-1', who: 'ann', size: SIZE, startedAt });
      for (const part of [0, 1]) {
        await book.add(id(digit), part, `[${part},"o","part ${part}"]\n`, { durationMs: part, outputBytes: 6 });
      }
    };
    return { database, book, bookWith, add };
  }

  async function castOf(book: RecordingBook, digit: string): Promise<string> {
    const found = await book.find(id(digit));
    assert.ok(found !== null);
    let text = '';
    for await (const piece of await readCast(book, found)) text += piece;
    return text;
  }

  it('are listed by their age, and forgotten after their own time', async (t) => {
    const { database, book, add } = await store(t);
    for (const [digit, days] of [
      ['1', 91],
      ['2', 89],
      ['3', 1],
    ] as const)
      await add(digit, NOW - days * DAY_MS);
    const [newest] = await book.list({ most: 1 });
    assert.equal(newest?.id, id('3'));
    assert.deepEqual(
      (await book.list({ most: 9, before: newest })).map((each) => each.id),
      [id('2'), id('1')],
    );
    const forget = forgetRecordings({ book, clock: { now: () => NOW }, days: 90 });
    const limit = { beforeDay: '2026-01-01', beforeAt: 0 };
    assert.deepEqual(
      (await forget(limit, true)).map(({ count }) => count),
      [1],
    );
    assert.equal((await book.list({ most: 9 })).length, 3);
    assert.deepEqual(
      (await forget(limit, false)).map(({ count }) => count),
      [1],
    );
    assert.deepEqual(
      (await book.list({ most: 9 })).map((each) => each.id),
      [id('3'), id('2')],
    );
    const { rows } = await database.read((queries) =>
      sql<{ n: bigint }>`SELECT count(*) AS n FROM terminal_recording_parts`.execute(queries),
    );
    assert.equal(rows[0]?.n, 4n);
    assert.deepEqual(await forget(limit, false), []);
  });

  it('are encrypted anew with a new key, but for what is damaged, which is told in its place', async (t) => {
    const { database, book, bookWith, add } = await store(t);
    await add('1', NOW);
    await add('2', NOW);
    await database.read((queries) =>
      sql`UPDATE terminal_recording_parts SET content = ${'A'.repeat(80)} WHERE recording = ${id('1')} AND part = 1`.execute(
        queries,
      ),
    );
    const secrets = createRecordingSecrets({ database });
    const vault = createVault(NEXT_KEY, [KEY]);
    await assert.rejects(rotateKey({ vault, secrets, workers: async () => [] }), {
      code: 'KEY_STILL_NEEDED',
      message: /configurations or recordings of terminals are damaged/,
    });
    const next = bookWith(NEXT_KEY);
    assert.match(await castOf(next, '2'), /\[0,"o","part 0"\]\n\[1,"o","part 1"\]\n$/);
    assert.match(
      await castOf(bookWith(NEXT_KEY, KEY), '1'),
      /part 0"\]\n\[0,"o","\\r\\n\[part 2 of the recording is damaged\]/,
    );
    await assert.rejects(castOf(book, '2'), { code: 'KEY_WRONG' });
  });
});
