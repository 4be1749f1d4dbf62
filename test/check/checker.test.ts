import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CheckedRouter, type CheckerDeps, createChecker } from '../../src/check/checker.ts';
import type { DatabaseProbe, Inspection } from '../../src/check/ports.ts';
import { lookAtDevices } from '../../src/devices/look.ts';
import type { DirectoryProbe, Listing } from '../../src/devices/look-up.ts';
import type { Condition, RouterDevice } from '../../src/devices/ports.ts';
import { createNoticesExamine } from '../../src/notices/examine.ts';
import type { ChannelDesk, ChannelRecord, MailProbe, MailRecord } from '../../src/notices/ports.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Examine } from '../../src/runtime/examination.ts';
import { about, type Finding, ok, routerSubject } from '../../src/runtime/finding.ts';
import type { JobRun } from '../../src/runtime/jobs.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createUsageExamine } from '../../src/usage/examine.ts';
import type { RouterGaps } from '../../src/usage/ports.ts';
import { conditionOf } from '../support/conditions.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { noChannels } from '../support/no-channels.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const UNREACHED: Inspection = {
  reach: {
    addresses: [],
    localAddress: null,
    connectMs: null,
    certificate: null,
    failed: { step: 'name', trouble: new TroubleError('ROUTER_NAME_UNRESOLVED', 'no such name', 'Correct the host.') },
  },
  router: null,
};

const database: DatabaseProbe = {
  place: 'db.example:3306/netsentinel',
  migrate: async () => [],
  tryWriting: async () => {},
  now: async () => NOW,
  freeDisk: async () => null,
};
const mail: MailProbe = {
  server: 'smtp.example:587',
  to: ['admin@example.com', 'boss@example.com'],
  verify: async () => {},
  sendTest: async () => [],
};
const noMails: MailRecord = { waiting: 0, oldestAt: null, trouble: null, failed: 0, failure: null };
const collected: RouterGaps = { router: 'edge-1', unobservedQueues: 0, longestUnobservedMs: 0 };
const read = conditionOf('edge-1', { lastReadAt: NOW - MINUTE });

interface Changes extends Partial<CheckerDeps> {
  readonly routers?: readonly RouterDevice[];
  readonly directory?: DirectoryProbe;
  readonly mail?: MailProbe | null;
  readonly mails?: MailRecord;
  readonly desk?: Pick<ChannelDesk, 'entries' | 'examine'>;
  readonly standings?: readonly ChannelRecord[];
  readonly gaps?: RouterGaps;
  readonly condition?: Condition;
  readonly runs?: JobRun[];
  /** Of a further capability. */
  readonly more?: Examine;
}

const nothingKept = { routers: [], devices: 0, doubles: [], trouble: null };

/** What `check` finds with one thing changed. */
async function findAll(changes: Changes, sendsTestMail = false): Promise<Finding[]> {
  const {
    mails = noMails,
    desk = noChannels,
    standings = [],
    gaps = collected,
    condition = read,
    runs = [],
    more,
    ...deps
  } = changes;
  const { routers = [deviceOf('edge-1')], directory = null, mail: probe = mail, ...rest } = deps;
  const calendar = createCalendar('UTC');
  const clock = createManualClock(NOW);
  const lists = { configured: routers, inventory: async () => nothingKept, directory };
  const checker = createChecker({
    look(examination) {
      const look = lookAtDevices(lists, examination);
      return { ...look, routers: look.routers.map(async (list) => (await list).map(({ name }) => unreached(name))) };
    },
    examines: () => [
      createNoticesExamine({
        ...{ probe, desk, clock },
        outbox: { standing: async () => mails, channels: async () => standings },
      }),
      createUsageExamine({
        records: { gaps: async () => [gaps] },
        conditions: { find: () => condition },
        ...{ calendar, clock },
      }),
      ...(more === undefined ? [] : [more]),
    ],
    mappedUsers: [],
    database,
    usersWithBytes: async () => new Set<string>(),
    jobs: { lastRuns: async () => runs },
    ...{ calendar, clock },
    concurrency: 2,
    ...rest,
  });
  const all = await checker.check({ sendsTestMail, signal: new AbortController().signal });
  for (const { status, advice } of all)
    assert.equal(advice === null, status === 'ok', 'advice where there is something to do');
  return all;
}

function unreached(name: string): CheckedRouter {
  const address = { name, host: `${name}.example`, port: 8728, protection: 'clear', username: 'api' } as const;
  return { ...address, inspector: { inspect: async () => UNREACHED } };
}

/** `[part, status, found]` of one subject, with one thing changed. */
async function findings(subject: string, changes: Changes, sendsTestMail = false) {
  const all = await findAll(changes, sendsTestMail);
  return all.filter((finding) => finding.subject === subject).map(({ part, status, found }) => [part, status, found]);
}

function failing<Result>(code: string): () => Promise<Result> {
  return () => Promise.reject(new TroubleError(code, 'it does not work', 'Repair it.'));
}

describe('check of LibreNMS', () => {
  const listed = deviceOf('core');
  const list: Listing = { routers: [listed], devices: 2, skipped: null };

  it('warns of devices that cannot be polled, and of a list without any', async () => {
    const skipped = new TroubleError(
      'LIBRENMS_DEVICES_SKIPPED',
      '1 device of LibreNMS cannot be polled',
      'Correct it.',
    );
    const partly = { listed: async () => ({ ...list, skipped }), lastKnown: failing<never[]>('NOT_ASKED') };
    assert.deepEqual(await findings('LibreNMS', { directory: partly }), [
      ['list', 'ok', 'it answers and lists 1 router, besides those in the configuration'],
      ['devices', 'warning', '1 device of LibreNMS cannot be polled (LIBRENMS_DEVICES_SKIPPED)'],
    ]);
    const empty = { ...partly, listed: async () => ({ routers: [], devices: 0, skipped: null }) };
    assert.deepEqual(await findings('LibreNMS', { directory: empty }), [
      ['list', 'warning', 'it answers, but lists no RouterOS device'],
    ]);
  });

  it('looks at the routers that it lists as at those of the configuration', async () => {
    const directory = { listed: async () => list, lastKnown: failing<never[]>('NOT_ASKED') };
    assert.deepEqual(await findings('LibreNMS', { directory }), [
      ['list', 'ok', 'it answers and lists 1 router, besides those in the configuration'],
    ]);
    assert.notDeepEqual(await findings('router core', { directory }), []);
  });

  it('warns while it is away, and looks at the routers of its last list', async () => {
    const directory = { listed: failing<never>('LIBRENMS_DENIED'), lastKnown: async () => [listed] };
    assert.deepEqual(await findings('LibreNMS', { directory }), [
      ['list', 'warning', 'it does not work (LIBRENMS_DENIED); the last list is used: 1 router'],
    ]);
    assert.notDeepEqual(await findings('router core', { directory }), []);
  });

  it('fails when there is no last list either', async () => {
    const directory = {
      listed: failing<never>('LIBRENMS_DENIED'),
      lastKnown: failing<never[]>('DATABASE_UNAVAILABLE'),
    };
    assert.deepEqual(
      (await findings('LibreNMS', { directory })).map(([part, status]) => [part, status]),
      [
        ['list', 'failure'],
        ['last list', 'failure'],
      ],
    );
  });

  it('says nothing of it where it is not configured', async () => {
    assert.deepEqual(await findings('LibreNMS', {}), []);
  });
});

describe('check of this machine', () => {
  it('reports that its clock can be right', async () => {
    const [, clock] = await findings('configuration', {});
    assert.deepEqual(clock, ['clock', 'ok', "this machine's clock can be right"]);
  });

  it('fails with a clock that shows an instant before the release', async () => {
    const clock = createManualClock(Date.UTC(1970, 0, 1), { earliestAt: Date.UTC(2026, 10, 20) });
    const found = 'the clock of this machine shows 1970-01-01, but this version was released on 2026-11-20';
    assert.deepEqual((await findings('configuration', { clock }))[1], [
      'clock',
      'failure',
      `${found} (CLOCK_IMPLAUSIBLE)`,
    ]);
  });
});

describe('check of the database', () => {
  it('reports reach, schema, rights and clock', async () => {
    assert.deepEqual(await findings('database', {}), [
      ['reach', 'ok', 'db.example:3306/netsentinel answers'],
      ['schema', 'ok', 'the schema is up to date'],
      ['rights', 'ok', 'every table can be read and written'],
      ['clock', 'ok', "the server's clock agrees with this machine's"],
    ]);
  });

  it('reports what was brought up to date', async () => {
    const migrate = async () => ['001-usage.sql', '002-alerts.sql'];
    const [, schema] = await findings('database', { database: { ...database, migrate } });
    assert.deepEqual(schema, ['schema', 'ok', 'the schema was updated: 001-usage.sql, 002-alerts.sql']);
  });

  it('fails when it is away, and says nothing of the work then', async () => {
    const gone = { ...database, migrate: failing<string[]>('DATABASE_UNAVAILABLE') };
    assert.deepEqual(await findings('database', { database: gone }), [
      ['reach', 'failure', 'it does not work (DATABASE_UNAVAILABLE)'],
    ]);
    assert.deepEqual(await findings('router edge-1', { database: gone }), [
      ['name', 'failure', 'no such name (ROUTER_NAME_UNRESOLVED)'],
    ]);
  });

  it('fails when the schema is that of a newer version, or we may not write', async () => {
    const newer = { ...database, migrate: failing<string[]>('SCHEMA_TOO_NEW') };
    assert.deepEqual((await findings('database', { database: newer }))[1], [
      'schema',
      'failure',
      'it does not work (SCHEMA_TOO_NEW)',
    ]);
    const guarded = { ...database, tryWriting: failing<void>('DATABASE_ACCESS_DENIED') };
    assert.deepEqual((await findings('database', { database: guarded }))[2], [
      'rights',
      'failure',
      'it does not work (DATABASE_ACCESS_DENIED)',
    ]);
  });

  it('warns of a clock that is off, and of a disk that fills', async () => {
    const late = { ...database, now: async () => NOW - 90_000 };
    assert.deepEqual((await findings('database', { database: late }))[3], [
      'clock',
      'warning',
      "the server's clock is 1 min behind this machine's",
    ]);
    const disk = async (bytes: bigint) =>
      (
        await findings('database', { database: { ...database, now: async () => null, freeDisk: async () => bytes } })
      ).at(-1);
    assert.deepEqual(await disk(5n << 30n), ['disk', 'ok', '5 GB free on the disk of the database']);
    assert.deepEqual(await disk(1n << 29n), ['disk', 'warning', '512 MB free on the disk of the database']);
    assert.equal((await disk(1n << 20n))?.[1], 'failure');
  });
});

describe('check of the mail', () => {
  it('tries the login, and sends nothing unless asked to', async () => {
    let sent = 0;
    const counting = {
      ...mail,
      sendTest: async () => {
        sent += 1;
        return [];
      },
    };
    assert.deepEqual(await findings('mail', { mail: counting }), [
      ['server', 'ok', 'smtp.example:587: login OK'],
      ['outbox', 'ok', 'no mail is waiting'],
    ]);
    assert.equal(sent, 0);
    const [, test] = await findings('mail', { mail: counting }, true);
    assert.equal(sent, 1);
    assert.match(`${test}`, /test mail,ok,sent to admin@example\.com, boss@example\.com/);
  });

  it('warns when some addresses are refused, fails when all are', async () => {
    const refusing = (refused: string[]) =>
      findings('mail', { mail: { ...mail, sendTest: async () => refused } }, true);
    assert.match(
      `${(await refusing(['boss@example.com (unknown)']))[1]}`,
      /^test mail,warning,1 address was refused: boss@/,
    );
    assert.match(`${(await refusing(['admin@example.com', 'boss@example.com']))[1]}`, /^test mail,failure/);
  });

  it('fails when the server does not let us in, and tries no mail then', async () => {
    const sendTest = () => assert.fail('no mail was to be sent');
    assert.deepEqual(
      await findings('mail', { mail: { ...mail, verify: failing<void>('MAIL_LOGIN_REFUSED'), sendTest } }, true),
      [
        ['server', 'failure', 'it does not work (MAIL_LOGIN_REFUSED)'],
        ['outbox', 'ok', 'no mail is waiting'],
      ],
    );
  });

  it('is well without a mail server, unless a test mail is asked for', async () => {
    assert.deepEqual(
      (await findings('mail', { mail: null })).map(([, status]) => status),
      ['ok'],
    );
    assert.deepEqual(
      (await findings('mail', { mail: null }, true)).map(([, status]) => status),
      ['failure'],
    );
  });

  it('reports mails that wait and that were given up', async () => {
    const waiting = {
      waiting: 2,
      oldestAt: NOW - 90 * MINUTE,
      trouble: 'MAIL_TIMED_OUT: \u0007no answer',
      failed: 1,
      failure: '550 \u0007no',
    };
    assert.deepEqual((await findings('mail', { mails: waiting })).slice(1), [
      ['outbox', 'warning', '2 mails waiting, the oldest for 1 h 30 min; last error: MAIL_TIMED_OUT: �no answer'],
      ['outbox', 'warning', '1 mail was given up; last reason: 550 �no'],
    ]);
    const waitingFor = async (minutes: number) =>
      (await findings('mail', { mails: { ...noMails, waiting: 1, oldestAt: NOW - minutes * MINUTE } }))[1]?.[1];
    assert.equal(await waitingFor(1), 'ok');
    assert.equal(await waitingFor(60), 'warning', 'a mail that nobody has tried for an hour');
  });
});

describe('check of the work', () => {
  const collection = async (change: Partial<Condition>, gaps: Partial<RouterGaps> = {}) =>
    (await findings('router edge-1', { condition: { ...read, ...change }, gaps: { ...collected, ...gaps } })).slice(1);
  const late = { isFresh: false, lastReadAt: NOW - 11 * MINUTE };

  it('reports when a router was last collected, and gaps', async () => {
    assert.deepEqual(await collection({}), [
      ['collection', 'ok', 'last read 1 min ago (Fri 20 Nov, 11:59)'],
      ['gaps', 'ok', 'none since yesterday'],
    ]);
    const short = await collection({}, { unobservedQueues: 3, longestUnobservedMs: 5 * MINUTE });
    assert.deepEqual(short[1], ['gaps', 'ok', '3 queues with data missing since yesterday, at most 5 min a day']);
    const long = await collection({}, { unobservedQueues: 1, longestUnobservedMs: 70 * MINUTE });
    assert.deepEqual(long[1], [
      'gaps',
      'warning',
      '1 queue with data missing since yesterday, at most 1 h 10 min a day',
    ]);
  });

  it('warns when collecting has stopped or never began', async () => {
    assert.equal((await collection(late))[0]?.[1], 'warning');
    const never = { isFresh: false, lastReadAt: null };
    assert.deepEqual(await collection(never), [['collection', 'warning', 'never read']]);
    assert.deepEqual(await collection(never, { router: 'other' }), [['collection', 'warning', 'never read']]);
  });

  it('never says ok of gaps since a router was last collected', async () => {
    const [, gaps] = await collection(late);
    assert.deepEqual(gaps, ['gaps', 'warning', 'unknown since then; before that: none since yesterday']);
  });

  it('warns of a sample that is dated after now', async () => {
    assert.deepEqual((await collection({ lastReadAt: NOW + 60 * MINUTE }))[0], [
      'collection',
      'warning',
      'the last sample is dated 1 h after the time of this machine',
    ]);
    assert.equal((await collection({ lastReadAt: NOW + MINUTE }))[0]?.[1], 'ok');
  });

  it('tells since when the worker cannot read a router', async () => {
    const failing = { since: NOW - 120 * MINUTE, code: 'ROUTER_TIMEOUT' };
    const [, blind] = await collection({ ...late, ...failing });
    assert.deepEqual(await collection({ ...late, ...failing, lastReadAt: null }), [blind]);
    assert.deepEqual(blind, [
      'collection',
      'warning',
      'the worker cannot read it since Fri 20 Nov, 10:00 (ROUTER_TIMEOUT)',
    ]);
  });

  it('reports the result of each job', async () => {
    const run = { startedAt: NOW - 5 * MINUTE, durationMs: 12 };
    const runs: JobRun[] = [
      { ...run, job: 'evaluation', outcome: 'ok', code: null },
      { ...run, job: 'report', outcome: 'failed', code: 'DATABASE_BUSY' },
    ];
    assert.deepEqual(await findings('jobs', { runs }), [
      ['evaluation', 'ok', 'last run 5 min ago'],
      ['report', 'warning', 'failed 5 min ago (DATABASE_BUSY)'],
    ]);
  });

  it('warns where no job has ever run, and of a purge that no worker does any more', async () => {
    assert.deepEqual(await findings('jobs', {}), [['all', 'warning', 'no job has run yet']]);
    const purge = (startedAt: number): JobRun => ({
      job: 'purge',
      startedAt,
      durationMs: 12,
      outcome: 'ok',
      code: null,
    });
    assert.deepEqual(await findings('jobs', { runs: [purge(NOW - 27 * 60 * MINUTE)] }), [
      ['purge', 'warning', 'last successful run 1 d 3 h ago'],
    ]);
    assert.deepEqual(await findings('jobs', { runs: [purge(NOW - 25 * 60 * MINUTE)] }), [
      ['purge', 'ok', 'last run 1 d 1 h ago'],
    ]);
  });

  it('never says ok of users while no router is known', async () => {
    const [, , users] = await findings('configuration', { routers: [], mappedUsers: [{ name: 'bob' }] });
    assert.deepEqual(users, [
      'users',
      'warning',
      'not checked: "bob" may be on a router whose queues could not be read',
    ]);
  });

  it('passes a bug on', async () => {
    const bug = new TypeError('a mistake of ours');
    await assert.rejects(findings('database', { database: { ...database, migrate: () => Promise.reject(bug) } }), bug);
  });
});

describe('check of what any capability adds', () => {
  const weather: Examine = async ({ read, routers }) => [
    ...((await read(async () => 'sunny')) === null ? [] : about('weather', [ok('sky', 'sunny')])),
    ...(await routers()).flatMap((name) => about(routerSubject(name), [ok('sky', `blue over ${name}`)])),
  ];
  const subjectsOf = (all: readonly Finding[]) => [...new Set(all.map(({ subject }) => subject))];

  it('stands before the routers, and what is about a router with what else is about it', async () => {
    const routers = [deviceOf('a'), deviceOf('b')];
    const all = await findAll({ more: weather, routers });
    const order = ['configuration', 'database', 'jobs', 'mail', 'weather', 'router a', 'router b'];
    assert.deepEqual(subjectsOf(all), order);
    const ofB = all.filter(({ subject }) => subject === 'router b');
    assert.deepEqual(
      ofB.map(({ part }) => part),
      ['name', 'collection', 'gaps', 'sky'],
    );
  });

  it('says once that the database cannot be read, whoever asks', async () => {
    const usersWithBytes = failing<never>('DATABASE_BUSY');
    const more: Examine = async ({ read }) => {
      assert.equal(await read(failing('DATABASE_BUSY')), null);
      return [];
    };
    const all = await findings('database', { usersWithBytes, more });
    assert.deepEqual(all.slice(4), [['books', 'failure', 'it does not work (DATABASE_BUSY)']]);
  });

  it('reads nothing from a database that is away', async () => {
    const gone = { ...database, migrate: failing<string[]>('DATABASE_UNAVAILABLE') };
    const more: Examine = async ({ read }) => {
      assert.equal(await read(() => assert.fail('it was read')), null);
      return [];
    };
    assert.deepEqual(subjectsOf(await findAll({ database: gone, more })), [
      'configuration',
      'database',
      'mail',
      'router edge-1',
    ]);
  });
});

describe('check of channels', () => {
  const entry = { name: 'ops', kind: 'telegram', addresses: ['-100', '-200'] };
  const channels = (examine: () => Promise<string | null>) => ({
    entries: [{ name: 'mail', kind: 'mail', addresses: [] }, entry],
    examine,
  });
  const standing = { channel: 'ops', waiting: 0, oldestAt: null, trouble: null, failed: 0, failure: null };

  it('has a line for each beside mail, without sending anything', async () => {
    assert.deepEqual(await findings('channel ops', { desk: channels(async () => 'login OK as @bot') }), [
      ['login', 'ok', 'telegram, 2 addresses: login OK as @bot'],
      ['notices', 'ok', 'none is waiting'],
    ]);
    const [unseen] = await findings('channel ops', { desk: channels(async () => null) });
    assert.match(String(unseen?.[2]), /test it with `.*channel test ops`/);
    assert.deepEqual(await findings('channel mail', { desk: channels(async () => null) }), []);
  });

  it('fails with a login that does not work, and warns of what waits or was given up', async () => {
    const waiting = { ...standing, waiting: 2, oldestAt: NOW - 3 * MINUTE, trouble: 'HTTP 401', failed: 1 };
    const found = await findings('channel ops', {
      desk: channels(failing('CHANNEL_LOGIN_REFUSED')),
      standings: [waiting],
    });
    assert.deepEqual(found, [
      ['login', 'failure', 'it does not work (CHANNEL_LOGIN_REFUSED)'],
      ['notices', 'warning', '2 messages waiting, the oldest for 3 min; last error: HTTP 401'],
      ['notices', 'warning', '1 message was given up'],
    ]);
  });

  it('warns of what waits for a channel that the configuration has no more, until it is closed', async () => {
    const waiting = { ...standing, channel: 'former', waiting: 2, oldestAt: NOW - 3 * MINUTE };
    assert.deepEqual(await findings('channel former', { standings: [waiting] }), [
      ['notices', 'warning', '2 messages waiting, the oldest for 3 min, but the configuration has no such channel'],
    ]);
    assert.deepEqual(await findings('channel former', { standings: [{ ...waiting, waiting: 0, failed: 2 }] }), []);
  });
});
