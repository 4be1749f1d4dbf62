import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMailTemplates } from '../../src/notices/channels/mail/templates.ts';
import { createPageLinks } from '../../src/platform/http/page-links.ts';
import { type ComposeDeps, composeReport } from '../../src/reports/compose.ts';
import type { ReportPage } from '../../src/reports/ports.ts';
import { createReportTemplate } from '../../src/reports/template.ts';
import { stripOf } from '../../src/runtime/row-parts.ts';
import { textWidth } from '../../src/runtime/text-width.ts';
import type { Coverage } from '../../src/usage/accounting/coverage.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { buildModel } from '../../src/usage/accounting/ranking.ts';
import type { HistoryDeps } from '../../src/usage/history.ts';
import { conditionOf } from '../support/conditions.ts';
import { createMemoryUsage, type UsageRow, usageRow } from '../support/memory-usage.ts';
import { usageOf } from '../support/report-usage.ts';

const GB = 1024n ** 3n;
const HOUR = 3_600_000;
const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
const calendar = createCalendar('Asia/Karachi');
const NOW = calendar.startOf(TODAY) + 18.25 * HOUR;
const DAY: Coverage = { period: 'day', days: { startDay: TODAY, endDay: TODAY } };
const templates = createMailTemplates();
const HOSTILE = [
  '<script>alert(1)</script>',
  '{{constructor.name}}',
  '{{{user}}}',
  'two\r\nlines',
  '=cmd|calc',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\u202Egnp.exe',
  'x'.repeat(255),
  '👾'.repeat(255),
  `"quoted", 'too'`,
  '&amp;',
];

type Change = Partial<Omit<ComposeDeps, 'usageOf'>> & {
  readonly archive?: ReturnType<typeof createMemoryUsage>;
  readonly quotas?: HistoryDeps['quotas'];
};

function deps(rows: readonly UsageRow[], change: Change = {}): ComposeDeps {
  const {
    archive = createMemoryUsage(rows),
    quotas = [{ dailyGb: 10, warnAtPercent: [80] }],
    retentionDays = 14,
    ...rest
  } = change;
  return {
    usageOf: usageOf({ archive, calendar, quotas, retentionDays }),
    calendar,
    retentionDays,
    conditions: () => [conditionOf('edge-1', { lastReadAt: NOW })],
    template: createReportTemplate(templates),
    ...rest,
  };
}

const compose = (rows: readonly UsageRow[], change: Change = {}, coverage = DAY, shown = 200) =>
  composeReport(coverage, shown, NOW, deps(rows, change));

it('links to the page of the same days', async () => {
  const pages = createPageLinks('https://n.example.com');
  const week = { period: 'week', days: { startDay: '2026-11-16', endDay: '2026-11-22' } } as const;
  const range = { period: 'range', days: { startDay: '2026-11-18', endDay: '2026-11-20' } } as const;
  for (const [coverage, query] of [
    [DAY, `period=day&day=${DAY.days.startDay}`],
    [week, 'period=week&day=2026-11-16'],
    [range, 'from=2026-11-18&to=2026-11-20'],
  ] as const) {
    const { text, html } = await compose([], { pages }, coverage);
    assert.ok(text.includes(`On the page:\n  https://n.example.com/?${query}\n`), text);
    assert.ok(
      html.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&').includes(`<a href="https://n.example.com/?${query}"`),
    );
  }
  const { text, html } = await compose([]);
  assert.doesNotMatch(`${text}${html}`, /On the page|<a /);
});

/** The page that the HTML is made from. */
async function pageOf(
  rows: readonly UsageRow[],
  change: Change = {},
  coverage = DAY,
  shown = 200,
): Promise<ReportPage> {
  let last: ReportPage | null = null;
  const template = {
    reportHtml(page: ReportPage) {
      last = page;
      return '';
    },
  };
  await composeReport(coverage, shown, NOW, deps(rows, { ...change, template }));
  assert.ok(last !== null);
  return last;
}

function uses(user: string, gb: number, change: Partial<UsageRow> = {}): UsageRow {
  return usageRow({ day: TODAY, user, downloadBytes: BigInt(Math.round(gb * 1024)) * (GB / 1024n), ...change });
}

describe('ranking', () => {
  it('is by total, then by name', async () => {
    const { rows } = await pageOf([
      uses('b', 1),
      uses('c', 1),
      uses('a', 1),
      uses('z', 2),
      uses('y', 0, { uploadBytes: 3n * GB }),
    ]);
    assert.deepEqual(
      rows.map(({ rank, user }) => `${rank} ${user}`),
      ['1 y', '2 z', '3 a', '4 b', '5 c'],
    );
  });

  it('sums a user’s queues, sets parents apart and leaves ignored ones out', async () => {
    const rows = [
      uses('bob', 1, { queue: 'bob-1' }),
      uses('bob', 2, { queue: 'bob-2' }),
      uses('all', 9, { isParent: true }),
      uses('test', 5),
    ];
    const page = await pageOf(rows, { quotas: [{ match: 'test', ignore: true }] });
    assert.deepEqual(
      page.rows.map(({ user, total }) => [user, total]),
      [['bob', '3 GB']],
    );
    assert.deepEqual(
      page.parents.map(({ name, total }) => [name, total]),
      [['all', '9 GB']],
    );
    assert.deepEqual(
      page.cards.map(({ value }) => value),
      ['1', '3 GB', '3 GB', '0 GB', '0', '100%'],
    );
  });

  it('keeps users of one name on two routers apart', async () => {
    const page = await pageOf([uses('bob', 1), uses('bob', 2, { router: 'edge-2' })]);
    assert.deepEqual(
      page.rows.map(({ user, detail }) => [user, detail]),
      [
        ['bob', 'edge-2'],
        ['bob', 'edge-1'],
      ],
    );
  });

  it('loses and doubles no byte', async () => {
    const rows = Array.from({ length: 50 }, (_, index) =>
      uses(`u${index % 7}`, index / 3, { queue: `q${index}`, uploadBytes: BigInt(index) }),
    );
    const totals = await createMemoryUsage(rows).queueTotals({ fromDay: TODAY, toDay: TODAY });
    const gaps = { within: { startAt: 0, endAt: 1 }, spans: [] };
    const model = buildModel({ coverage: DAY, soFarAt: NOW, quotas: [], totals, gaps });
    assert.equal(
      model.downloadBytes,
      rows.reduce((sum, row) => sum + row.downloadBytes, 0n),
    );
    assert.equal(
      model.uploadBytes,
      rows.reduce((sum, row) => sum + row.uploadBytes, 0n),
    );
    assert.equal(
      model.rows.reduce((sum, row) => sum + row.totalBytes, 0n),
      model.downloadBytes + model.uploadBytes,
    );
  });
});

describe('quota in the report', () => {
  it('names those over it first, highest share first, with a badge', async () => {
    const page = await pageOf([uses('bob', 10.5), uses('eve', 9), uses('max', 25)]);
    assert.equal(page.summary, 'Over quota: max (250%), bob (105%). 3 users used 44.5 GB.');
    assert.deepEqual(
      page.rows.map(({ badge, quota }) => [badge, quota?.text, quota?.level, quota?.barPercent]),
      [
        ['over quota', '250%', 'over', 100],
        ['over quota', '105%', 'over', 100],
        [null, '90%', 'near', 90],
      ],
    );
  });

  it('is not exceeded by the limit itself', async () => {
    const page = await pageOf([uses('bob', 10)]);
    assert.equal(page.summary, 'No user is over quota. 1 user used 10 GB.');
  });

  it('is the one of the report’s period', async () => {
    const quotas = [{ match: 'bob', weeklyGb: 20 }, { match: 'eve', monthlyGb: 20, monthStartsOn: 15 }, { dailyGb: 1 }];
    const week: Coverage = { period: 'week', days: { startDay: '2026-11-09', endDay: '2026-11-15' } };
    const inWeek = { day: '2026-11-10' };
    const page = await pageOf([uses('bob', 10, inWeek), uses('max', 5, inWeek)], { quotas }, week);
    assert.deepEqual(
      page.rows.map(({ quota }) => quota?.text),
      ['50%', undefined],
    );
    const month: Coverage = { period: 'month', days: { startDay: '2026-11-01', endDay: '2026-11-30' } };
    assert.equal((await pageOf([uses('eve', 10)], { quotas }, month)).rows[0]?.quota, null);
  });

  it('says unlimited of whom it is', async () => {
    const page = await pageOf([uses('server', 100), uses('bob', 1)], {
      quotas: [{ match: 'server', unlimited: true }, { dailyGb: 10 }],
    });
    assert.deepEqual(
      page.rows.map(({ isUnlimited, quota }) => [isUnlimited, quota === null]),
      [
        [true, true],
        [false, false],
      ],
    );
  });
});

describe('comparison', () => {
  const spread = (gb: number) => ({
    day: YESTERDAY,
    hours: Array.from({ length: 24 }, (_, hour) => ({
      hourAt: calendar.startOf(YESTERDAY) + hour * HOUR,
      uploadBytes: 0n,
      downloadBytes: (BigInt(gb) * GB) / 24n,
    })),
  });

  it('of today is with the same time yesterday, the running hour in proportion', async () => {
    const page = await pageOf([uses('bob', 36.5), uses('bob', 24, spread(24))]);
    assert.equal(page.changeTitle, 'vs same time yesterday');
    assert.equal(page.rows[0]?.change, '+100%');
    assert.equal(page.footnote, null);
  });

  it('is with all of yesterday, and says so, where the hours are not known', async () => {
    const page = await pageOf([uses('bob', 12), uses('bob', 24, { day: YESTERDAY })]);
    assert.equal(page.changeTitle, 'vs yesterday');
    assert.equal(page.rows[0]?.change, '−50%');
    assert.match(page.footnote ?? '', /all of the day before/);
  });

  it('marks the users for whom another comparison had to do', async () => {
    const page = await pageOf([
      uses('bob', 36.5),
      uses('bob', 24, spread(24)),
      uses('eve', 12),
      uses('eve', 24, { day: YESTERDAY }),
    ]);
    assert.deepEqual(
      page.rows.map(({ change }) => change),
      ['+100%', '−50%°'],
    );
    assert.match(page.footnote ?? '', /^° /);
  });

  it('of a closed day is with the day before', async () => {
    const coverage: Coverage = { period: 'day', days: { startDay: YESTERDAY, endDay: YESTERDAY } };
    const page = await pageOf(
      [uses('bob', 3, { day: YESTERDAY }), uses('bob', 1, { day: '2026-11-18' })],
      {},
      coverage,
    );
    assert.equal(page.title, 'Usage of the day');
    assert.deepEqual([page.changeTitle, page.rows[0]?.change], ['vs day before', '+200%']);
  });

  it('of chosen days is with as many before, and of days so far up to the same time of the last', async () => {
    const hours = [
      { hourAt: calendar.startOf('2026-11-17') + 3 * HOUR, uploadBytes: 0n, downloadBytes: GB },
      { hourAt: calendar.startOf('2026-11-17') + 21 * HOUR, uploadBytes: 0n, downloadBytes: GB },
    ];
    const rows = [
      uses('bob', 2, { day: '2026-11-15' }),
      uses('bob', 2, { day: '2026-11-17', hours }),
      uses('bob', 3, { day: '2026-11-18' }),
      uses('bob', 3),
    ];
    const closed: Coverage = { period: 'range', days: { startDay: '2026-11-17', endDay: '2026-11-18' } };
    assert.equal((await pageOf(rows, {}, closed)).rows[0]?.change, '+150%');
    const open: Coverage = { period: 'range', days: { startDay: '2026-11-18', endDay: TODAY } };
    const page = await pageOf(rows, {}, open);
    assert.deepEqual([page.changeTitle, page.rows[0]?.change, page.footnote], ['vs same length before', '+100%', null]);
    const ahead: Coverage = { period: 'range', days: { startDay: '2026-11-18', endDay: '2026-12-24' } };
    assert.equal((await pageOf(rows, {}, ahead)).rows[0]?.change, '+100%', 'days still to come are none before either');
    assert.equal((await pageOf(rows, { retentionDays: 4 }, open)).rows[0]?.change, '–');
  });

  it('is left out for whom there is nothing to compare with, and when it is no longer kept', async () => {
    const rows = [uses('bob', 1, { day: '2026-11-09' }), uses('bob', 1, { day: '2026-11-02' })];
    const week: Coverage = { period: 'week', days: { startDay: '2026-11-09', endDay: '2026-11-15' } };
    assert.equal((await pageOf([uses('bob', 1)])).rows[0]?.change, '–');
    assert.equal((await pageOf(rows, { retentionDays: 14 }, week)).rows[0]?.change, '–');
    assert.equal((await pageOf(rows, { retentionDays: 30 }, week)).rows[0]?.change, '+0%');
  });

  it('writes a large growth as a factor', async () => {
    assert.equal((await pageOf([uses('bob', 50), uses('bob', 1, { day: YESTERDAY })])).rows[0]?.change, '×50');
  });
});

describe('strip of days', () => {
  it('shows the last seven days, or the days of the period', async () => {
    const rows = ['2026-11-14', '2026-11-20'].map((day) => uses('bob', 1, { day }));
    const bars = (page: ReportPage) => page.rows[0]?.strip.map(({ bars: text, isEmpty }) => `${text}${isEmpty}`);
    assert.deepEqual(bars(await pageOf(rows)), ['█false', '▁▁▁▁▁true', '█false']);
    const week: Coverage = { period: 'week', days: { startDay: '2026-11-14', endDay: '2026-11-15' } };
    assert.deepEqual(bars(await pageOf(rows, {}, week)), ['█false', '▁true']);
  });

  it('shows the least byte as a bar, and nothing as none', () => {
    assert.deepEqual(stripOf([1n, 1000n, 0n]), [
      { bars: '▁█', isEmpty: false },
      { bars: '▁', isEmpty: true },
    ]);
    assert.deepEqual(stripOf([0n]), [{ bars: '▁', isEmpty: true }]);
  });
});

describe('what could not be seen', () => {
  it('is said for the user and for the router', async () => {
    const page = await pageOf([uses('bob', 1, { unobservedMs: 780_000 })]);
    assert.equal(page.rows[0]?.warning, '13 min of data missing');
    assert.match(page.notes[0] ?? '', /^edge-1: up to 13 min of data missing\.$/);
  });

  it('is for a user of several queues the time in which any was not seen, and no less for the router', async () => {
    const minutes = (from: number, to: number) => ({
      startAt: calendar.startOf(TODAY) + from * 60_000,
      endAt: calendar.startOf(TODAY) + to * 60_000,
    });
    const whose = { router: 'edge-1', user: 'bob', isParent: false };
    const rows = [
      uses('bob', 1, { queue: 'tv', unobservedMs: 10 * 60_000 }),
      uses('bob', 1, { queue: 'pc', unobservedMs: 10 * 60_000 }),
      uses('eve', 1, { unobservedMs: 12 * 60_000 }),
    ];
    const archive = createMemoryUsage(rows, [
      { ...whose, queue: 'tv', ...minutes(0, 10) },
      { ...whose, queue: 'pc', ...minutes(5, 15) },
    ]);
    const page = await pageOf(rows, { archive });
    assert.deepEqual(
      page.rows.map(({ user, warning }) => `${user}: ${warning}`),
      ['bob: 15 min of data missing', 'eve: 12 min of data missing'],
    );
    assert.match(page.notes[0] ?? '', /^edge-1: up to 15 min of data missing\.$/);
    assert.match((await compose(rows, { archive })).csv, /,900,0\r\n/);
  });

  it('asks when that was only of users with several queues that were not seen', async () => {
    const rows = [uses('bob', 1, { queue: 'tv', unobservedMs: 1 }), uses('bob', 1, { queue: 'pc' }), uses('eve', 1)];
    const archive = { ...createMemoryUsage(rows), unobservedOf: () => assert.fail('nobody is in question') };
    assert.equal((await pageOf(rows, { archive })).rows[0]?.warning, '1 s of data missing');
  });

  it('is said of a router that was not read lately, or never', async () => {
    const late = [
      conditionOf('edge-1', { isFresh: false, lastReadAt: NOW - 4 * HOUR }),
      conditionOf('edge-2', { isFresh: false }),
      conditionOf('edge-3', { lastReadAt: NOW - 4 * HOUR }),
      conditionOf('edge-4'),
    ];
    const { notes } = await pageOf([uses('bob', 1)], { conditions: () => late });
    assert.deepEqual(notes, [
      'edge-1 was last read on Fri 20 Nov, 14:15; usage since then is missing.',
      'edge-2 has never been read; its usage is missing.',
    ]);
  });

  for (const [why, rows, lastReadAt, coverage, expected] of [
    ['no router was read ever', [], null, DAY, /no router has been read yet/],
    ['no router was read since', [], NOW - 48 * HOUR, DAY, /no router has been read since before these days/],
    ['nothing moved', [], NOW, DAY, /no queue had traffic/],
    ['all is ignored', [uses('total', 1)], NOW, DAY, /parent queues or ignored/],
    [
      'the day is forgotten',
      [],
      NOW,
      { period: 'day', days: { startDay: '2026-11-05', endDay: '2026-11-05' } },
      /older than the retention of 14 days/,
    ],
    [
      'the day is to come',
      [],
      NOW,
      { period: 'day', days: { startDay: '2026-11-21', endDay: '2026-11-21' } },
      /in the future/,
    ],
  ] as const) {
    it(`is said when there is no usage because ${why}`, async () => {
      const report = await compose(
        rows,
        { conditions: () => [conditionOf('edge-1', { lastReadAt })], quotas: [{ match: 'total', ignore: true }] },
        coverage,
      );
      assert.match(report.text.replaceAll('\n', ' '), expected);
      assert.ok(expected.test(report.html));
    });
  }
});

describe('forms of the report', () => {
  const crowd = (count: number, name = (index: number) => `customer-${String(index).padStart(4, '0')}`) =>
    Array.from({ length: count }, (_, index) =>
      uses(name(index), 20 - index / 50, {
        comment: 'Fiber 100, block C',
        uploadBytes: GB,
        unobservedMs: index % 9 === 0 ? 60_000 : 0,
        router: `edge-${index % 2}`,
      }),
    );

  it('stay under 100 KB of HTML with 300 users, and say how many follow in the CSV file', async () => {
    const { html, csv } = await compose(crowd(300));
    assert.ok(Buffer.byteLength(html) < 100_000, String(Buffer.byteLength(html)));
    assert.ok(/100 more users follow in the attached CSV file/.test(html));
    assert.equal(csv.trimEnd().split('\r\n').length, 301);
  });

  it('stay under 100 KB of HTML with the longest names too', async () => {
    const { html, csv } = await compose(crowd(300, (index) => `${index} ${'👾<&"'.repeat(62)}`));
    assert.ok(Buffer.byteLength(html) < 100_000, String(Buffer.byteLength(html)));
    assert.ok(/more users follow/.test(html));
    assert.equal(csv.trimEnd().split('\r\n').length, 301);
  });

  it('show as many rows as configured', async () => {
    const { html, text } = await compose(crowd(30), {}, DAY, 5);
    assert.ok(/25 more users follow/.test(html));
    assert.match(text, /… and 25 more; the attached CSV file has all users\./);
  });

  it('keep the columns of the text in line below names of wide and of combining signs', async () => {
    const names = ['ann', '田中さんの家', 'e\u0301'.repeat(30), '家'.repeat(30), '👨‍👩‍👧'];
    const { text } = await compose(names.map((name) => uses(name, 1)));
    const rows = text.split('\n').filter((line) => /^ {3}\d /.test(line));
    assert.equal(rows.length, names.length);
    const placeOfUnit = rows.map((line) => textWidth(line.slice(0, line.search(/ [KMG]?B\b/))));
    assert.equal(new Set(placeOfUnit).size, 1, text);
  });

  it('keep the text within 72 columns', async () => {
    const { text } = await compose([...crowd(20), ...HOSTILE.map((name) => uses(name, 1, { comment: name }))]);
    for (const line of text.split('\n')) assert.ok(textWidth(line) <= 72, line);
  });

  it('give amount, time and who is over the quota in the subject', async () => {
    assert.equal((await compose([uses('bob', 11)])).subject, 'Usage Fri 20 Nov until 18:15: 11 GB, 1 over quota');
    const week: Coverage = { period: 'week', days: { startDay: '2026-11-09', endDay: '2026-11-15' } };
    assert.equal((await compose([], {}, week)).subject, 'Usage of the week Mon 9 Nov – Sun 15 Nov: 0 B');
    const month: Coverage = { period: 'month', days: { startDay: '2026-10-01', endDay: '2026-10-31' } };
    assert.equal((await compose([], {}, month)).subject, 'Usage of October 2026: 0 B');
    const years: Coverage = { period: 'range', days: { startDay: '2025-12-30', endDay: '2026-01-02' } };
    assert.equal((await compose([], {}, years)).subject, 'Usage Tue 30 Dec 2025 – Fri 2 Jan 2026: 0 B');
  });

  it('are harmless with hostile names', async () => {
    const { html, text, csv, subject } = await compose(
      HOSTILE.map((name) => uses(name, 11, { comment: name, router: name })),
    );
    assert.ok(!/<script|\u202E|\son\w+=/.test(html));
    assert.ok(/&lt;script&gt;/.test(html));
    assert.ok(/\{\{constructor\.name\}\}/.test(html));
    assert.doesNotMatch(text, /\u202E|[\r\t]/);
    assert.doesNotMatch(subject, /[\r\n]/);
    for (const field of csv.split(/\r\n|,/)) assert.doesNotMatch(field, /^"?[=+@\t]|^"?-\D/, field);
  });

  it('load nothing from elsewhere', async () => {
    const { html } = await compose(crowd(10));
    assert.ok(!/https?:|<link|<img|<script|url\(|@import|@font-face|src=/i.test(html));
  });

  it('name the days that somebody chose in subject, HTML, text and file, without quotas', async () => {
    const range: Coverage = { period: 'range', days: { startDay: '2026-11-16', endDay: TODAY } };
    const rows = [uses('bob', 12, { day: '2026-11-17' }), uses('bob', 1)];
    const report = await compose(rows, {}, range);
    assert.equal(report.subject, 'Usage Mon 16 Nov – Fri 20 Nov 2026 until 18:15: 13 GB');
    assert.match(report.html, /Usage Mon 16 Nov – Fri 20 Nov 2026/);
    assert.match(report.text, /^USAGE MON 16 NOV – FRI 20 NOV 2026\nMon 16 Nov to Fri 20 Nov 2026, until 18:15 \(/);
    assert.doesNotMatch(report.text, /today|over quota/i);
    assert.equal(report.csvName, 'netsentinel-2026-11-16-to-2026-11-20.csv');
    assert.match(report.csv, /^\ufefffrom,to,rank,router,.*\r\n2026-11-16,2026-11-20,1,edge-1,bob,/);
  });

  it('shows the last 31 days of a longer range, and says so', async () => {
    const range: Coverage = { period: 'range', days: { startDay: '2026-09-01', endDay: TODAY } };
    const page = await pageOf([uses('bob', 1)], {}, range);
    assert.equal(page.stripTitle, 'last 31 days');
    assert.equal(
      page.rows[0]?.strip.reduce((count, { bars }) => count + bars.length, 0),
      31,
    );
  });

  it('have a file with every user and exact bytes', async () => {
    const { csv, csvName } = await compose([
      uses('bob', 0, { queue: 'q1', downloadBytes: 2n ** 60n + 1n, comment: 'a, "b"' }),
      uses('bob', 0, { queue: 'q2', restarts: 2, unobservedMs: 4_200 }),
    ]);
    assert.equal(csvName, 'netsentinel-2026-11-20.csv');
    const [head, row] = csv.split('\r\n');
    assert.equal(
      head,
      '\ufeffrank,router,user,comment,queues,download_bytes,upload_bytes,total_bytes,counted_bytes,limit_bytes,used_percent,over_quota,estimated_bytes,unobserved_seconds,restarts',
    );
    assert.equal(
      row,
      '1,edge-1,bob,"a, ""b""",q1 · q2,1152921504606846977,0,1152921504606846977,1152921504606846977,10737418240,10737418240,true,0,5,2',
    );
  });
});
