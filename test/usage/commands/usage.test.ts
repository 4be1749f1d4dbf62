import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScreen } from '../../../src/platform/cli/render/screen.ts';
import { textWidth } from '../../../src/runtime/text-width.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { runUsage, type UsageOptions } from '../../../src/usage/commands/usage.ts';
import type { QueueDay } from '../../../src/usage/ports.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryArchive, queueDay } from '../../support/usage-archive.ts';

const GB = 1024n ** 3n;
const HOSTILE = 'evil\u001b[2J\u009b31m\r\n\u202eabc\u200b\u0007';

const DAYS = [
  queueDay({ queue: 'bob-1', user: 'bob', uploadBytes: GB / 2n, downloadBytes: 9n * GB }),
  queueDay({ queue: 'al', comment: 'flat 12', downloadBytes: 11n * GB, unobservedMs: 180_000, restarts: 2 }),
  queueDay({ queue: '山田', downloadBytes: 3n * GB, estimatedBytes: GB }),
  queueDay({ queue: 'server', downloadBytes: 100n }),
  queueDay({ queue: 'all', isParent: true, downloadBytes: 23n * GB }),
];

interface Look {
  readonly columns?: number;
  readonly env?: Record<string, string>;
}

async function print(days: readonly QueueDay[], options: Partial<UsageOptions>, look: Look = {}): Promise<string> {
  const { columns, env = {} } = look;
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const pieces = runUsage(
    {
      archive: createMemoryArchive({ days }),
      policies: [{ match: 'server', unlimited: true }, { dailyGb: 10 }],
      calendar: createCalendar('Asia/Karachi'),
      clock: createManualClock(Date.UTC(2026, 10, 19, 12)),
      screen: createScreen({ write: () => true, ...terminal }, env),
    },
    { by: 'user', format: 'table', ...options },
  );
  return (await Array.fromAsync(pieces)).join('');
}

describe('the table of usage by user', () => {
  it('shows GB with two decimals, the quota as a bar, what could not be seen, and the total of the leaves', async () => {
    const table = await print(DAYS, {});
    assert.equal(
      table,
      [
        'Usage by user, Thu 19 Nov 2026, so far (Asia/Karachi)',
        '',
        '#  User    Router  Down GB  Up GB  Total GB                         Quota  Remarks',
        '───────────────────────────────────────────────────────────────────────────────────────────────────────────────────',
        '1  al      edge-1    11.00   0.00     11.00  ████████████████████  110.0%  over quota, unobserved 3 min, 2 restarts',
        '2  bob     edge-1     9.00   0.50      9.50  ██████████████████     90.0%',
        '3  山田    edge-1     3.00   0.00      3.00  ██████                 30.0%  1.00 GB estimated',
        '4  server  edge-1    100 B   0.00     100 B  ▏',
        '───────────────────────────────────────────────────────────────────────────────────────────────────────────────────',
        '   Total             23.00   0.50     23.50',
        '',
      ].join('\n'),
    );
  });

  it('shows the day of each row over several days, and no "so far" for days that are over', async () => {
    const table = await print([queueDay({ day: '2026-11-17', uploadBytes: 1n })], {
      from: '2026-11-17',
      to: '2026-11-18',
    });
    assert.match(table, /^Usage by user, Tue 17 Nov 2026 to Wed 18 Nov 2026 \(/);
    assert.match(table, /^1 {2}2026-11-17 {2}bob/m);
  });

  it('says so when there is nothing', async () => {
    assert.match(await print([], {}), /No usage\./);
  });

  it('keeps within the terminal, however long the names', async () => {
    const long = [
      queueDay({ queue: '界'.repeat(255), router: 'r'.repeat(255), uploadBytes: GB, unobservedMs: 1, restarts: 1 }),
    ];
    const overDays: Partial<UsageOptions> = { from: '2026-11-18', to: '2026-11-19' };
    for (const columns of [80, 100, 120, 200]) {
      for (const options of [
        {},
        overDays,
        { by: 'queue' },
        { ...overDays, by: 'queue' },
        { ...overDays, sum: true },
      ] as const) {
        const table = await print(long, options, { columns, env: { NO_COLOR: '1' } });
        for (const line of table.split('\n')) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
      }
    }
  });

  it('leaves out what it can do without where the terminal is narrow: bars, comments, years, ranks, users', async () => {
    const days = Array.from({ length: 120 }, (_, index) =>
      queueDay({
        ...{
          day: '2026-11-18',
          queue: `queue-of-house-${index}`,
          user: `user-of-house-${index}`,
          comment: 'Fiber 100',
        },
        ...{ router: 'tower-north', downloadBytes: 12_345n * GB, uploadBytes: 1_234n * GB, restarts: 1 },
      }),
    );
    const options: Partial<UsageOptions> = { by: 'queue', from: '2026-11-18', to: '2026-11-19' };
    const wide = await print(days, options, { columns: 160, env: { NO_COLOR: '1' } });
    assert.match(wide, /#.*Day.*Queue.*User.*Comment.*Router/);
    const narrow = await print(days, options, { columns: 80, env: { NO_COLOR: '1' } });
    for (const line of narrow.split('\n')) assert.ok(textWidth(line) <= 80, line);
    assert.match(narrow, /^Day {4}Queue +Router +Down GB +Up GB +Total GB +Remarks$/m);
    assert.match(narrow, /^11-18 {2}queue-o\S* +tower-\S* +12,345\.00 +1,234\.00 +13,579\.00 {2}1 restart$/m);
  });

  it('wraps a heading that is wider than the terminal', async () => {
    const table = await print([], { from: '2026-11-17', to: '2026-11-19' }, { columns: 40, env: { NO_COLOR: '1' } });
    for (const line of table.split('\n')) assert.ok(textWidth(line) <= 40, line);
  });

  it('cuts no name where there is no terminal', async () => {
    assert.ok((await print([queueDay({ queue: 'x'.repeat(255), uploadBytes: 1n })], {})).includes('x'.repeat(255)));
  });

  it('uses colours on a terminal only, and never with NO_COLOR', async () => {
    assert.ok((await print(DAYS, {}, { columns: 120 })).includes('\u001b[31m'));
    for (const look of [{}, { columns: 120, env: { NO_COLOR: '1' } }, { columns: 120, env: { TERM: 'dumb' } }]) {
      assert.ok(!(await print(DAYS, {}, look)).includes('\u001b'));
    }
  });
});

describe('the table of usage by queue', () => {
  it('shows parents, marked and left out of the sum, and bars against the largest', async () => {
    const table = await print(DAYS, { by: 'queue' });
    assert.match(table, /^1 {2}all .* 23\.00 {2}█{20} {2}parent$/m);
    assert.match(table, /^2 {2}al {6}.*flat 12 {2}edge-1 {4}11\.00/m);
    assert.match(table, /^3 {2}bob-1 {3}bob /m);
    assert.match(table, /^ {3}Total .* 23\.50$/m);
    assert.match(table, /Parent queues contain the bytes of other queues and are not in the total\./);
    assert.ok(!table.includes('Quota'));
  });
});

describe('usage of a range with --sum', () => {
  const days = [
    queueDay({
      day: '2026-11-17',
      queue: 'bob-1',
      user: 'bob',
      comment: 'flat 7',
      downloadBytes: 12n * GB,
      restarts: 1,
    }),
    queueDay({ day: '2026-11-18', queue: 'bob-2', user: 'bob', uploadBytes: GB }),
    queueDay({ day: '2026-11-18', queue: 'al', downloadBytes: 3n * GB }),
    queueDay({ day: '2026-11-18', queue: 'all', isParent: true, downloadBytes: 15n * GB }),
  ];
  const range: Partial<UsageOptions> = { from: '2026-11-17', to: '2026-11-18', sum: true };

  it('is one row a user, without days and without what a daily limit says', async () => {
    const table = await print(days, range);
    assert.match(table, /^Usage by user, Tue 17 Nov 2026 to Wed 18 Nov 2026 \(Asia\/Karachi\)\n/);
    assert.match(table, /^1 {2}bob .* 12\.00 .* 13\.00 {2}█{20} {2}1 restart$/m);
    assert.match(table, /^2 {2}al .* 3\.00 {2}█+▋?$/m);
    assert.match(table, /^ {3}Total .* 16\.00$/m);
    assert.doesNotMatch(table, /2026-11-1|Quota|over quota/);
  });

  it('is one row a queue by queue, parents marked and in no sum', async () => {
    const table = await print(days, { ...range, by: 'queue' });
    assert.match(table, /^Usage by queue, Tue 17 Nov 2026 to Wed 18 Nov 2026 \(/);
    assert.match(table, /^1 {2}all .* 15\.00 .*parent$/m);
    assert.match(table, /^ {3}Total .* 16\.00$/m);
    assert.ok(!table.includes('2026-11-17'));
  });

  it('names the range in JSON and CSV, as it was asked for', async () => {
    const rows = JSON.parse(await print(days, { ...range, from: '2026-11-10', format: 'json' }));
    assert.deepEqual(rows[0], {
      from: '2026-11-10',
      to: '2026-11-18',
      router: 'edge-1',
      user: 'bob',
      queues: ['bob-1', 'bob-2'],
      uploadBytes: Number(GB),
      downloadBytes: Number(12n * GB),
      totalBytes: Number(13n * GB),
      estimatedBytes: 0,
      unobservedSeconds: 0,
      restarts: 1,
    });
    assert.equal(
      (await print(days, { ...range, format: 'csv' })).split('\r\n').slice(0, 2).join('\n'),
      'from,to,router,user,queues,uploadBytes,downloadBytes,totalBytes,estimatedBytes,unobservedSeconds,restarts\n' +
        '2026-11-17,2026-11-18,edge-1,bob,"bob-1; bob-2",1073741824,12884901888,13958643712,0,0,1',
    );
    assert.equal(
      (await print(days, { ...range, by: 'queue', format: 'csv' })).split('\r\n').slice(0, 2).join('\n'),
      'from,to,router,queue,user,comment,uploadBytes,downloadBytes,totalBytes,estimatedBytes,unobservedSeconds,restarts,parent\n' +
        '2026-11-17,2026-11-18,edge-1,all,all,,0,16106127360,16106127360,0,0,0,true',
    );
  });

  it('is an empty array of nothing, and sums one day too', async () => {
    assert.equal(await print([], { ...range, format: 'json' }), '[]\n');
    assert.match(await print(DAYS, { sum: true }), /^Usage by user, Thu 19 Nov 2026, so far/);
  });
});

describe('hostile names', () => {
  const days = [
    queueDay({ queue: HOSTILE, router: HOSTILE, comment: HOSTILE, uploadBytes: 1n }),
    queueDay({ queue: '=1+1', uploadBytes: 1n }),
  ];

  it('reach no terminal as commands, and stay on their line', async () => {
    for (const by of ['user', 'queue'] as const) {
      const table = await print(days, { by });
      assert.doesNotMatch(table.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b]/u);
      assert.equal(table.split('\n').length, 9);
    }
  });

  it('are exact in JSON, and written so that they disturb nothing', async () => {
    const json = await print(days, { by: 'queue', format: 'json' });
    assert.doesNotMatch(json.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b]/u);
    assert.ok(JSON.parse(json).some((row: { queue: string }) => row.queue === HOSTILE));
  });

  it('are no formulas in CSV, in any column', async () => {
    const formulas = ['=1+1', '+1', '-1', '@x', '\tx', '\rx'].map((name) =>
      queueDay({ queue: name, user: name, router: name, comment: name, uploadBytes: 1n }),
    );
    for (const by of ['user', 'queue'] as const) {
      const csv = await print(formulas, { by, format: 'csv' });
      assert.doesNotMatch(csv, /(^|[,\n])"?[=+\-@\t]/);
      assert.match(csv, /'=1\+1/);
    }
  });
});
