import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routerLink, userLink } from '../../../src/platform/http/links.ts';
import { formatTogether } from '../../../src/runtime/format.ts';
import type { DailyPart } from '../../../src/usage/ports.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import {
  bookVillage,
  breachOf,
  EVENING,
  freshRouter,
  PASSWORD,
  servePagesFor,
  TODAY,
  userDay,
} from '../../support/pages.ts';
import { createBreachStore } from '../../support/stores.ts';
import { createMemoryArchive, queueDay } from '../../support/usage-archive.ts';

const GB = 1024n ** 3n;
const OPEN = { password: null };
const YESTERDAY = '2026-11-19';
/** Not to be held by a double. */
const ODD_BYTES = 9_007_199_254_740_993n;
const RESOURCES = [
  'today',
  'users/edge-1/bob',
  'user?router=edge-1&user=bob',
  'routers',
  'routers/edge-1',
  'router?name=edge-1',
  'alerts',
  'usage',
  'explain?queue=bob',
];

const textOf = async (url: string, path: string) => (await fetch(`${url}/api/v1/${path}`)).text();
const jsonOf = async (url: string, path: string) => JSON.parse(await textOf(url, path));

describe('the API', () => {
  it('needs a session; others get that answer in JSON, whatever format they accept', async (t) => {
    const { url, book } = await servePagesFor(t);
    await book('edge-1', [userDay('bob', TODAY, GB)]);
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ password: PASSWORD }),
      redirect: 'manual',
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const path of RESOURCES) {
      const refused = await fetch(`${url}/api/v1/${path}`, { headers: { accept: 'text/html' }, redirect: 'manual' });
      assert.equal(refused.status, 401, path);
      assert.deepEqual(await refused.json(), { error: 'log in first' });
      const answered = await fetch(`${url}/api/v1/${path}`, { headers: { cookie } });
      assert.equal(answered.status, 200, path);
      assert.equal(answered.headers.get('content-type'), 'application/json; charset=utf-8');
    }
  });

  it('can be read and not written', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    for (const path of RESOURCES) {
      assert.equal((await fetch(`${url}/api/v1/${path}`, { method: 'POST' })).status, 405, path);
    }
  });

  it('gives exact bytes, also beyond what a double holds', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    await book('edge-1', [userDay('bob', TODAY, 0n, { downloadBytes: ODD_BYTES, uploadBytes: 0n, hours: [] })]);
    for (const path of RESOURCES.filter((each) => each !== 'alerts')) {
      assert.match(await textOf(url, path), /"downloadBytes":9007199254740993,/, path);
    }
    assert.match(await textOf(url, 'today'), /"lastDaysBytes":\[0,0,0,0,0,0,9007199254740993\]/);
    assert.match(await textOf(url, 'users/edge-1/bob'), /"unplacedBytes":9007199254740993/);
  });

  it('says what it does not understand', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    const queries = [
      ...['day=tomorrow', 'by=router', 'from=2026-13-01', 'router=a&router=b', 'sum=yes'].map(
        (query) => `usage?${query}`,
      ),
      ...['sort=size', 'page=0', 'page=two', 'page=1.5', `q=${'x'.repeat(256)}`].flatMap((query) =>
        ['today', 'routers/edge-1'].map((path) => `${path}?${query}`),
      ),
      'today?router=a&router=b',
      ...['day=tomorrow', 'day=2026-02-30'].map((query) => `users/edge-1/bob?${query}`),
      'user?router=edge-1',
      'user?user=bob',
      'router',
      'alerts?sort=size',
      ...['usage', 'alerts'].flatMap((path) => [`${path}?from=${TODAY}&to=${YESTERDAY}`, `${path}?from=2027-01-01`]),
      'explain',
    ];
    for (const path of queries) {
      const response = await fetch(`${url}/api/v1/${path}`);
      assert.equal(response.status, 400, path);
      assert.match(await response.text(), /^\{"error":"[a-z]+: /, path);
    }
  });

  it('says in words what is missing and what a day looks like', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    assert.equal(await textOf(url, 'explain'), '{"error":"queue: is missing"}');
    assert.equal(await textOf(url, 'usage?day=2026-13-40'), '{"error":"day: must be a day, YYYY-MM-DD"}');
  });

  it('says that a name is not known', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    await book('edge-1', [userDay('bob', TODAY, GB)]);
    const user = { error: 'no such user on this router' };
    const router = { error: 'no such router' };
    for (const [path, answer] of [
      ['users/edge-1/nobody', user],
      ['users/nowhere/bob', user],
      ['user?router=edge-1&user=..', user],
      ['routers/nowhere', router],
      ['router?name=.', router],
    ] as const) {
      const response = await fetch(`${url}/api/v1/${path}`);
      assert.equal(response.status, 404, path);
      assert.deepEqual(await response.json(), answer);
    }
  });

  it('gives days by user or by queue', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    for (const day of ['2026-11-18', YESTERDAY, TODAY]) await book('edge-1', [userDay('bob', day, GB)]);
    assert.equal((await jsonOf(url, `usage?from=2026-11-18&to=${YESTERDAY}&router=edge-1`)).length, 2);
    assert.equal((await jsonOf(url, 'usage?by=queue&day=2026-11-18'))[0].parent, false);
  });

  it('gives the sums of days with `sum`, as JSON and as CSV', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    for (const day of ['2026-11-18', YESTERDAY, TODAY]) await book('edge-1', [userDay('bob', day, GB)]);
    const days = await jsonOf(url, `usage?from=2026-11-18&to=${TODAY}`);
    const query = `from=2026-11-18&to=${TODAY}&sum=true`;
    const [sum, ...others] = await jsonOf(url, `usage?${query}`);
    assert.equal(others.length, 0);
    assert.equal(
      sum.totalBytes,
      days.reduce((bytes: number, day: { totalBytes: number }) => bytes + day.totalBytes, 0),
    );
    assert.deepEqual([sum.from, sum.to, sum.user, 'day' in sum], ['2026-11-18', TODAY, 'bob', false]);
    assert.equal((await jsonOf(url, `usage?by=queue&${query}`))[0].queue, 'bob');
    const csv = await (await fetch(`${url}/usage.csv?${query}`)).text();
    assert.match(csv, new RegExp(`^from,to,router,user,queues,.*\r\n2026-11-18,${TODAY},edge-1,bob,bob,[^\r]*\r\n$`));
    assert.equal((await jsonOf(url, `usage?${query.replace('true', 'false')}`)).length, 3);
  });

  it('gives the days of a user as CSV', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 3);
    const response = await fetch(`${pages.url}/usage.csv?router=edge-1&user=user-0001&from=2026-11-18&to=${TODAY}`);
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename="netsentinel-2026-11-18-${TODAY}.csv"`,
    );
    const [head, ...rows] = (await response.text()).trimEnd().split('\r\n');
    assert.match(head ?? '', /^day,router,user,queues,uploadBytes/);
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(0, 3).join(' ')),
      ['2026-11-18 edge-1 user-0001', '2026-11-19 edge-1 user-0001', '2026-11-20 edge-1 user-0001'],
    );
  });
});

describe('/api/v1/today of other days', () => {
  const part = (user: string, day: string, gb: bigint, hours: DailyPart['hours'] = []) =>
    userDay(user, day, 0n, { downloadBytes: gb * GB, uploadBytes: 0n, hours });

  it('gives a week and a month so far with their limits, against the same days before up to the same time', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    const wednesday = EVENING - 18.25 * 3_600_000 - 7 * 24 * 3_600_000;
    const hour = (at: number, gb: bigint) => ({ hourAt: at, uploadBytes: 0n, downloadBytes: gb * GB });
    await book('edge-1', [
      part('bob', '2026-11-09', 4n),
      part('bob', '2026-11-13', 6n, [hour(wednesday, 2n), hour(wednesday + 20 * 3_600_000, 4n)]),
      part('bob', '2026-11-16', 40n),
      part('bob', TODAY, 11n),
    ]);
    const { ranking, ...week } = await jsonOf(url, 'today?period=week');
    assert.deepEqual(
      [week.day, week.period, week.from, week.to, week.soFar, week.yesterday],
      [TODAY, 'week', '2026-11-16', '2026-11-22', true, null],
    );
    assert.deepEqual([week.totalBytes, week.breachedUsers], [Number(51n * GB), 1]);
    assert.deepEqual(week.before, {
      from: '2026-11-09',
      to: '2026-11-13',
      totalBytes: Number(10n * GB),
      sameTimeBytes: Number(6n * GB),
    });
    const [bob] = ranking.rows;
    assert.deepEqual([bob.limitBytes, bob.usedPercent, bob.breached], [Number(50n * GB), 102, true]);
    assert.deepEqual(bob.change, { percent: 750, basis: 'same-time' });
    assert.deepEqual(bob.lastDaysBytes, [Number(40n * GB), 0, 0, 0, Number(11n * GB)]);
    const month = await jsonOf(url, 'today?period=month');
    assert.deepEqual([month.from, month.to, month.totalBytes], ['2026-11-01', '2026-11-30', Number(61n * GB)]);
    assert.equal(month.before, null, 'October is no longer kept');
  });

  it('gives the days from one to another, without limits, against as many before', async (t) => {
    const { url, book, conditions } = await servePagesFor(t, OPEN);
    conditions.push(freshRouter('hill', { isFresh: false }));
    await book('edge-1', [part('bob', '2026-11-14', 2n), part('bob', '2026-11-16', 30n), part('bob', TODAY, 1n)]);
    const { ranking, ...range } = await jsonOf(url, 'today?from=2026-11-16&to=2026-11-19');
    assert.deepEqual([range.period, range.soFar, range.totalBytes], ['range', false, Number(30n * GB)]);
    const before = { from: '2026-11-12', to: '2026-11-15', totalBytes: Number(2n * GB), sameTimeBytes: null };
    assert.deepEqual(range.before, before);
    assert.deepEqual([ranking.rows[0].limitBytes, ranking.rows[0].breached], [null, false]);
    assert.deepEqual(ranking.rows[0].change, { percent: 1400, basis: 'whole' });
    assert.deepEqual(range.stale, [], 'days that are over miss nothing of what a router counts now');
    const day = await jsonOf(url, 'today?from=2026-11-16&to=2026-11-16');
    assert.deepEqual([day.period, day.breachedUsers, day.yesterday], ['day', 1, null]);
    assert.equal((await jsonOf(url, 'today?day=2026-11-16')).totalBytes, Number(30n * GB));
    assert.equal((await jsonOf(url, `today?from=2026-11-14`)).to, TODAY);
  });

  it('sums what the days sum to, of one router too', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5, 4);
    for (const router of ['', '&router=edge-1']) {
      const days = await jsonOf(pages.url, `usage?from=2026-11-17&to=${TODAY}${router}`);
      const range = await jsonOf(pages.url, `today?from=2026-11-17&to=${TODAY}${router}`);
      const sum = days.reduce((bytes: number, { totalBytes }: { totalBytes: number }) => bytes + totalBytes, 0);
      assert.equal(range.totalBytes, sum);
    }
  });

  it('refuses what is no day, and days that end before they begin', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    for (const query of [
      'period=year',
      'from=2026-11-20&to=2026-11-19',
      'from=2027-01-01',
      'day=1066-10-14',
      'to=9999-12-31',
    ]) {
      const response = await fetch(`${url}/api/v1/today?${query}`);
      assert.equal(response.status, 400, query);
      assert.match(await response.text(), /^\{"error":"(period|from|day|to): /);
    }
    assert.equal((await fetch(`${url}/api/v1/today?from=1970-01-01&to=9998-12-31`)).status, 200);
  });
});

describe('/api/v1/today', () => {
  it('gives the sums, what is missing in them and the ranking, as numbers', async (t) => {
    const trouble = { code: 'ROUTER_REFUSED', message: 'refused', advice: 'Switch it on.' };
    const { url, book, conditions } = await servePagesFor(t, OPEN);
    conditions.push(freshRouter('hill', { isFresh: false, ageMs: 840_400, code: 'ROUTER_REFUSED', trouble }));
    const startAt = EVENING - 18.25 * 3_600_000;
    const hours = [{ hourAt: startAt - 24 * 3_600_000, uploadBytes: 0n, downloadBytes: 4n * GB }];
    await book('edge-1', [
      userDay('bob', YESTERDAY, 0n, { downloadBytes: 4n * GB, uploadBytes: 0n, hours }),
      userDay('bob', TODAY, 0n, {
        comment: 'house 1',
        downloadBytes: 9n * GB,
        uploadBytes: 1n,
        estimatedBytes: 7n,
        unobservedMs: 1_001,
        restarts: 2,
        hours: [],
      }),
      userDay('server', TODAY, 0n, { downloadBytes: GB, uploadBytes: 0n, hours: [] }),
      userDay('all', TODAY, 0n, { downloadBytes: 10n * GB, uploadBytes: 0n, hours: [], isParent: true }),
    ]);
    const { ranking, traffic, wan, ...today } = await jsonOf(url, 'today');
    assert.deepEqual(today, {
      day: TODAY,
      period: 'day',
      from: TODAY,
      to: TODAY,
      soFar: true,
      keptFromDay: '2026-11-06',
      timeZone: 'Asia/Karachi',
      until: '2026-11-20T13:15:00.000Z',
      router: null,
      users: 2,
      uploadBytes: 1,
      downloadBytes: Number(10n * GB),
      totalBytes: Number(10n * GB) + 1,
      breachedUsers: 0,
      topTenPercent: 100,
      yesterday: { totalBytes: Number(4n * GB), sameTimeBytes: Number(4n * GB) },
      before: { from: YESTERDAY, to: YESTERDAY, totalBytes: Number(4n * GB), sameTimeBytes: Number(4n * GB) },
      unobserved: [{ router: 'edge-1', unobservedSeconds: 2 }],
      routers: [
        { router: 'edge-1', users: 2, totalBytes: Number(10n * GB) + 1 },
        { router: 'hill', users: 0, totalBytes: 0 },
      ],
      stale: [
        {
          router: 'hill',
          staleSeconds: 840,
          lastReadAt: '2026-11-20T13:14:48.000Z',
          code: 'ROUTER_REFUSED',
          advice: 'Switch it on.',
        },
      ],
    });
    assert.deepEqual(traffic.days, [
      { day: YESTERDAY, uploadBytes: 0, downloadBytes: Number(4n * GB), missingSeconds: 0 },
      { day: TODAY, uploadBytes: 1, downloadBytes: Number(10n * GB), missingSeconds: 12 },
    ]);
    assert.deepEqual(
      [wan.hours.length, wan.days.length, wan.hours[0]],
      [
        24,
        7,
        {
          ...{ from: '2026-11-19T14:00:00.000Z', to: '2026-11-19T15:00:00.000Z', downloadBps: null, uploadBps: null },
          ...{ seenRouters: 0, routers: null, missingSeconds: 3600 },
        },
      ],
    );
    assert.equal(traffic.unplacedBytes, Number(10n * GB) + 1);
    const { rows, ...page } = ranking;
    assert.deepEqual(page, { q: '', sort: 'total', page: 1, pages: 1, rowsPerPage: 200, users: 2, found: 2 });
    assert.deepEqual(rows[0], {
      rank: 1,
      router: 'edge-1',
      user: 'bob',
      queues: ['bob'],
      comments: ['house 1'],
      uploadBytes: 1,
      downloadBytes: Number(9n * GB),
      totalBytes: Number(9n * GB) + 1,
      countedBytes: Number(9n * GB),
      limitBytes: Number(10n * GB),
      usedPercent: 90,
      breached: false,
      warned: true,
      unlimited: false,
      estimatedBytes: 7,
      unobservedSeconds: 2,
      restarts: 2,
      change: { percent: 125, basis: 'same-time' },
      lastDaysBytes: [0, 0, 0, 0, 0, Number(4n * GB), Number(9n * GB) + 1],
    });
    const { countedBytes, limitBytes, usedPercent, unlimited, change } = rows[1];
    assert.deepEqual([countedBytes, limitBytes, usedPercent, unlimited, change], [Number(GB), null, null, true, null]);
  });

  it('takes what the page takes: a search, a router, an order, a page', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 250, 0);
    const second = await jsonOf(pages.url, 'today?sort=user&page=2&router=edge-1&q=USER');
    assert.deepEqual(
      [second.router, second.users, second.ranking.found, second.ranking.page, second.ranking.pages],
      ['edge-1', 250, 249, 2, 2],
    );
    assert.equal(second.ranking.rows.length, 49);
    assert.equal(second.ranking.rows[0].user, 'user-0201');
    assert.deepEqual(second.stale, []);
    assert.equal((await jsonOf(pages.url, 'today?page=99')).ranking.page, 2);
    const { ranking, users } = await jsonOf(pages.url, 'today?router=nowhere');
    assert.deepEqual([users, ranking.rows], [0, []]);
  });

  it('gives every number that the page shows, and no other', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 30);
    for (const query of ['', '?router=village&sort=user', '?q=house&sort=upload']) {
      const today = await jsonOf(pages.url, `today${query}`);
      const html = await (await fetch(`${pages.url}/${query}`)).text();
      const [, body = ''] = html.split('<table class="list ranking"');
      const cells = [...body.matchAll(/<td class="(total|download|upload)">([^<]*)</g)].map(([, , text]) => text);
      const amounts = (row: { totalBytes: number; downloadBytes: number; uploadBytes: number }) =>
        formatTogether([row.totalBytes, row.downloadBytes, row.uploadBytes].map((bytes) => BigInt(bytes)));
      assert.ok(today.ranking.rows.length > 5);
      assert.deepEqual(cells, today.ranking.rows.flatMap(amounts), query);
      const cards = [...html.matchAll(/<dd>([^<]*)</g)].map(([, text]) => text).slice(0, 3);
      assert.deepEqual(cards, amounts(today), query);
      const names = [...body.matchAll(/scope="row"><a [^>]*>([^<]*)</g)].map(([, text]) => text);
      assert.deepEqual(
        names,
        today.ranking.rows.map(({ user }: { user: string }) => user),
      );
    }
  });
});

describe('/api/v1/users', () => {
  it('gives the days of a user, their periods, their breaches and how a day is calculated', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5);
    const user = await jsonOf(pages.url, 'users/edge-1/user-0001');
    assert.deepEqual(
      [user.router, user.user, user.fromDay, user.toDay, user.counts, user.unlimited],
      ['edge-1', 'user-0001', '2026-11-06', TODAY, 'download', false],
    );
    assert.deepEqual(user.days, await jsonOf(pages.url, 'usage?router=edge-1&user=user-0001&from=2026-11-06'));
    assert.deepEqual([user.week.startDay, user.week.limitBytes], ['2026-11-16', Number(50n * GB)]);
    assert.deepEqual([user.month.startDay, user.month.knownFromDay], ['2026-11-01', '2026-11-06']);
    const sum = user.days.reduce((bytes: number, day: { totalBytes: number }) => bytes + day.totalBytes, 0);
    assert.equal(user.month.totalBytes, sum);
    assert.deepEqual(
      user.alerts.map(({ threshold, state }: { threshold: number; state: string }) => [threshold, state]),
      [
        [100, 'unsent'],
        [80, 'superseded'],
      ],
    );
    const day = user.chosenDay;
    assert.equal(day.day, TODAY);
    assert.deepEqual(day.accounts, await jsonOf(pages.url, 'explain?queue=user-0001&router=edge-1'));
    assert.deepEqual(day.queues, await jsonOf(pages.url, 'usage?by=queue&router=edge-1&user=user-0001'));
    assert.deepEqual(day.hours, day.accounts[0].hours);
    assert.deepEqual([day.moreQueues, day.unplacedBytes], [0, 0]);
  });

  it('takes a day that is kept', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    await book('edge-1', [userDay('bob', YESTERDAY, GB), userDay('bob', TODAY, GB)]);
    for (const path of ['users/edge-1/bob?', 'user?router=edge-1&user=bob&']) {
      assert.equal((await jsonOf(url, `${path}day=${YESTERDAY}`)).chosenDay.queues[0].day, YESTERDAY);
      assert.deepEqual((await jsonOf(url, `${path}day=2026-11-08`)).chosenDay.queues, []);
    }
    for (const day of ['2026-11-05', '2026-11-21']) {
      const response = await fetch(`${url}/api/v1/users/edge-1/bob?day=${day}`);
      assert.equal(response.status, 400, day);
      assert.deepEqual(await response.json(), { error: 'day: outside the retention period' });
    }
  });

  it('says how many queues have no account, and has the hours and the events of all', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    await book(
      'edge-1',
      Array.from({ length: 12 }, (_, index) => userDay(`phone-${index}`, TODAY, GB, { user: 'bob' })),
    );
    const reset = { at: EVENING - 60_000, code: 'COUNTER_RESTARTED', detail: 'again' };
    await book(
      'edge-1',
      [userDay('other', TODAY, GB)],
      [...['phone-11', 'other'].map((queue) => ({ ...reset, queue })), { ...reset, at: EVENING - 30_000, queue: null }],
    );
    const { chosenDay } = await jsonOf(url, 'users/edge-1/bob');
    assert.deepEqual([chosenDay.queues.length, chosenDay.accounts.length, chosenDay.moreQueues], [12, 10, 2]);
    const placed = chosenDay.hours.reduce(
      (sum: number, hour: { downloadBytes: number }) => sum + hour.downloadBytes,
      0,
    );
    assert.equal(
      placed,
      chosenDay.queues.reduce((sum: number, queue: { downloadBytes: number }) => sum + queue.downloadBytes, 0),
    );
    assert.equal(chosenDay.unplacedBytes, 0);
    assert.deepEqual(
      chosenDay.events.map(({ at, queue }: { at: string; queue: string | null }) => [at, queue]),
      [
        ['2026-11-20T13:14:00.000Z', 'phone-11'],
        ['2026-11-20T13:14:30.000Z', null],
      ],
    );
  });

  it('has no bytes less than none when a poll is booked while it is read', async (t) => {
    const hour = { router: 'edge-1', queue: 'bob', user: 'bob', isParent: false, hourAt: EVENING - 900_000 };
    const usage = createMemoryArchive({
      days: [queueDay({ day: TODAY, downloadBytes: 3n })],
      hours: [{ ...hour, uploadBytes: 0n, downloadBytes: 4n }],
    });
    const { url } = await servePagesFor(t, { ...OPEN, usage });
    const { chosenDay } = await jsonOf(url, 'users/edge-1/bob');
    assert.deepEqual([chosenDay.unplacedBytes, chosenDay.accounts[0].unplacedBytes], [0, 0]);
  });
});

describe('/api/v1/routers', () => {
  it('gives each router with how it is read and what its users moved', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5, 0);
    const [edge, village] = await jsonOf(pages.url, 'routers');
    const { users, uploadBytes, downloadBytes, totalBytes, ...state } = edge;
    assert.deepEqual(state, {
      router: 'edge-1',
      fresh: true,
      staleSeconds: 12,
      lastReadAt: '2026-11-20T13:14:48.000Z',
      code: null,
      reachableSince: '2026-11-12T13:15:00.000Z',
      reachableUntil: null,
      version: '7.20.1',
      board: 'CCR2116-12G-4S+',
      identity: 'edge',
      bootedAt: '2026-11-08T13:15:00.000Z',
      pollMs: 38,
    });
    const today = await jsonOf(pages.url, 'today?router=edge-1');
    assert.deepEqual(
      [users, uploadBytes, downloadBytes, totalBytes],
      [5, today.uploadBytes, today.downloadBytes, today.totalBytes],
    );
    assert.deepEqual([village.fresh, village.code, village.version, village.users], [false, 'ROUTER_REFUSED', null, 1]);
  });

  it('gives one by its name or by the host that LibreNMS knows it by, with its own ranking', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5, 1);
    const today = await jsonOf(pages.url, 'today?router=edge-1&q=user&sort=user');
    for (const path of ['routers/edge-1?', 'routers/EDGE-1?', 'routers/192.0.2.1?', 'router?name=192.0.2.1&']) {
      const router = await jsonOf(pages.url, `${path}q=user&sort=user`);
      assert.deepEqual([router.router, router.host, router.queues], ['edge-1', '192.0.2.1', 5], path);
      for (const key of ['day', 'until', 'users', 'totalBytes', 'yesterday', 'unobserved', 'ranking']) {
        assert.deepEqual(router[key], today[key], `${path} ${key}`);
      }
    }
  });

  it('gives the result of the last poll, and when one last failed', async (t) => {
    const trouble = { code: 'ROUTER_REFUSED', message: 'refused', advice: 'Switch it on.' };
    const failed = {
      router: 'hill',
      reachableSince: null,
      reachableUntil: EVENING - 120_000,
      errorCode: 'ROUTER_TIMEOUT',
      errorAt: EVENING - 60_000,
      errorText: { message: 'no answer in 20 s', advice: 'Look at the line.' },
      version: null,
      board: null,
      identity: null,
      bootedAt: null,
      pollMs: 1.6,
      notedAt: EVENING - 60_000,
    };
    const states = { states: async () => [failed] };
    const { url, conditions } = await servePagesFor(t, { ...OPEN, states });
    conditions.splice(0, 1, freshRouter('edge-1', { trouble }));
    conditions.push(freshRouter('hill'));
    const edge = await jsonOf(url, 'routers/edge-1');
    assert.deepEqual([edge.trouble, edge.errorCode, edge.errorAt], [trouble, null, null]);
    const hill = await jsonOf(url, 'routers/hill');
    assert.deepEqual(
      [hill.trouble, hill.errorCode, hill.errorAt, hill.reachableUntil, hill.pollMs, hill.host],
      [null, 'ROUTER_TIMEOUT', '2026-11-20T13:14:00.000Z', '2026-11-20T13:13:00.000Z', 2, '192.0.2.9'],
    );
    assert.deepEqual([hill.errorMessage, hill.errorAdvice], ['no answer in 20 s', 'Look at the line.']);
  });
});

describe('/api/v1/alerts', () => {
  it('gives the breaches of some days, as listed or the newest first, of all or of one', async (t) => {
    const { url, database } = await servePagesFor(t, OPEN);
    await createBreachStore({ database }).record(
      [
        breachOf('edge-1', 'ann', { noticedAt: EVENING - 3_000 }),
        breachOf('edge-1', 'bob', { noticedAt: EVENING - 1_000 }),
        breachOf('hill', 'bob', { noticedAt: EVENING - 2_000, day: YESTERDAY, periodStart: YESTERDAY }),
      ],
      [],
    );
    const listed = async (query: string) =>
      (await jsonOf(url, `alerts${query}`)).map(
        ({ router, user }: { router: string; user: string }) => `${router} ${user}`,
      );
    assert.deepEqual(await listed(''), ['edge-1 ann', 'edge-1 bob']);
    assert.deepEqual(await listed(`?from=${YESTERDAY}`), ['hill bob', 'edge-1 ann', 'edge-1 bob']);
    assert.deepEqual(await listed(`?from=${YESTERDAY}&sort=newest`), ['edge-1 bob', 'hill bob', 'edge-1 ann']);
    assert.deepEqual(await listed(`?from=${YESTERDAY}&user=bob&router=hill`), ['hill bob']);
    const [first] = await jsonOf(url, 'alerts');
    assert.equal(
      Object.keys(first).join(' '),
      'day router user period periodStart threshold countedBytes limitBytes state sentAt attempts',
    );
  });
});

describe('/api/v1/alerts/lines', () => {
  it('gives one entry for each user and period, with what was asked for and the pages', async (t) => {
    const { url, database } = await servePagesFor(t, OPEN);
    const many = Array.from({ length: 205 }, (_, index) =>
      breachOf('edge-1', `user-${index}`, { noticedAt: EVENING - 1_000 - index, threshold: 80 }),
    );
    await createBreachStore({ database }).record([...many, breachOf('edge-1', 'user-7')], []);
    const first = await jsonOf(url, 'alerts/lines?q=USER&page=1');
    const { lines, ...asked } = first;
    assert.deepEqual(asked, {
      ...{ from: TODAY, to: TODAY, router: null, user: null, q: 'USER', period: null, level: null, mail: null },
      ...{ page: 1, pages: 3, linesPerPage: 100, found: 205 },
    });
    assert.equal(lines.length, 100);
    const newest = { router: 'edge-1', user: 'user-0', period: 'day', periodStart: TODAY };
    assert.deepEqual({ ...lines[0], alerts: lines[0].alerts.length }, { ...newest, alerts: 1 });
    const seven = lines.find(({ user }: { user: string }) => user === 'user-7');
    const entries = await jsonOf(url, 'alerts?user=user-7');
    assert.deepEqual(seven.alerts, entries.toReversed());
    assert.equal((await jsonOf(url, 'alerts/lines?page=99')).page, 3);
    assert.equal((await jsonOf(url, 'alerts/lines?level=over')).found, 1);
    assert.equal((await jsonOf(url, 'alerts/lines?mail=sent')).found, 0);
    assert.equal((await jsonOf(url, 'alerts?level=warning&q=user-20')).length, 6);
    for (const query of ['page=0', 'level=x', 'mail=x', 'period=x', 'from=2026-11-21&to=2026-11-20']) {
      assert.equal((await fetch(`${url}/api/v1/alerts/lines?${query}`)).status, 400, query);
    }
  });
});

describe('a hostile name', () => {
  for (const name of HOSTILE_NAMES) {
    it(`is whole and only a name in the API: ${JSON.stringify(name.slice(0, 40))}`, async (t) => {
      const { url, book, conditions, database } = await servePagesFor(t, OPEN);
      conditions.push(freshRouter(name));
      await book(name, [userDay(name, TODAY, GB, { comment: name })]);
      await createBreachStore({ database }).record([breachOf(name, name)], []);
      const apiOf = (link: string) =>
        link
          .replace(/^\/u/, 'user')
          .replace(/^\/d/, 'router')
          .replace(/^(user|router)\//, '$1s/');
      const value = encodeURIComponent(name);
      const today = await jsonOf(url, `today?router=${value}&q=${value}`);
      const [row] = today.ranking.rows;
      assert.deepEqual([today.router, today.ranking.q], [name, name]);
      assert.deepEqual([row.router, row.user, row.queues, row.comments], [name, name, [name], [name]]);
      const user = await jsonOf(url, apiOf(userLink(name, name)));
      assert.deepEqual([user.router, user.user, user.comments], [name, name, [name]]);
      assert.equal(user.chosenDay.accounts[0].queue, name);
      assert.equal((await jsonOf(url, apiOf(routerLink(name)))).ranking.rows[0].user, name);
      assert.equal((await jsonOf(url, `alerts?router=${value}&user=${value}`))[0].user, name);
      for (const path of ['today', apiOf(userLink(name, name)), 'routers', 'alerts']) {
        assert.doesNotMatch(await textOf(url, path), /\u202e|\0/);
      }
    });
  }

  it('may have 255 characters of two UTF-16 units each', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    const name = '\u{1F600}'.repeat(255);
    await book('edge-1', [userDay(name, TODAY, GB)]);
    const value = encodeURIComponent(name);
    assert.equal((await jsonOf(url, `users/edge-1/${value}`)).user, name);
    assert.equal((await jsonOf(url, `usage?user=${value}`))[0].user, name);
    assert.equal((await jsonOf(url, `explain?queue=${value}`))[0].queue, name);
    assert.equal((await fetch(`${url}/usage.csv?router=edge-1&user=${value}`)).status, 200);
  });
});
