import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { incidentsCommand } from '../../src/incidents/commands/incidents.ts';
import { createIncidentDesk } from '../../src/incidents/desk.ts';
import type { RecordChange } from '../../src/incidents/ports.ts';
import { createIncidentBook } from '../../src/incidents/store/incident-book.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { EVENING, servePagesFor } from '../support/pages.ts';
import { runCommands } from '../support/program.ts';
import { createIncidentStore } from '../support/stores.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

const MINUTE = 60_000;
const HOSTILE = '<b>tower</b>';

/** Three that are open, one of them long since, and one that is over. */
async function fill(database: Database): Promise<void> {
  const store = createIncidentStore({ database });
  const down = (subject: string, minutes: number) => ({
    ...{ subject, summary: `${subject} does not answer`, openedAt: EVENING - minutes * MINUTE },
  });
  await store.raise('down', [down('old', 90), down('over', 10), down(HOSTILE, 30), down('new', 1)], []);
  await store.clear('down', { subjects: ['over'], closedAt: EVENING - 5 * MINUTE }, []);
}

for (const [store, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as readonly [string, FreshDatabase][]) {
  describe(`incidents for people, on ${store}`, () => {
    async function setUp(t: TestContext) {
      const { database, drop } = await migrated(fresh);
      t.after(drop);
      await fill(database);
      const recorded: Parameters<RecordChange>[0][] = [];
      const record: RecordChange = async (change) => void recorded.push(change);
      const desk = createIncidentDesk({
        book: createIncidentBook({ database }),
        record,
        clock: { now: () => EVENING },
      });
      return { desk, recorded };
    }

    const by = (who: string) => ({ who, kind: 'user', from: '192.0.2.1' }) as const;

    it('are listed open ones first, then the newest', async (t) => {
      const { desk } = await setUp(t);
      const names = async (all: boolean) => (await desk.list({ all, most: 10 })).map(({ subject }) => subject);
      assert.deepEqual(await names(false), ['new', HOSTILE, 'old']);
      assert.deepEqual(await names(true), ['new', HOSTILE, 'old', 'over']);
      assert.equal((await desk.list({ all: true, most: 2 })).length, 2);
      assert.deepEqual(
        (await desk.ofSubject('over', 5)).map(({ subject, closedAt }) => [subject, closedAt]),
        [['over', EVENING - 5 * MINUTE]],
      );
      assert.deepEqual(await desk.ofSubject('over', 0), []);
    });

    it('are kept by who acknowledges first, who may change their note, and it is on record', async (t) => {
      const { desk, recorded } = await setUp(t);
      await desk.acknowledge(by('ann'), 1, 'on my way');
      const { acknowledged } = await desk.acknowledge(by('ann'), 1, 'it is the power 👾');
      assert.deepEqual(acknowledged, { by: 'ann', at: EVENING, note: 'it is the power 👾' });
      await assert.rejects(desk.acknowledge(by('bob'), 1, 'mine'), { code: 'INCIDENT_ACKNOWLEDGED' });
      await assert.rejects(desk.acknowledge(by('bob'), 99, 'mine'), { code: 'INCIDENT_UNKNOWN' });
      assert.deepEqual((await desk.find(1))?.acknowledged?.by, 'ann');
      assert.deepEqual(
        recorded.map(({ who, action, subject, outcome }) => [who, action, subject, outcome]),
        [
          ['ann', 'incident.ack', '1 down old', 'ok'],
          ['ann', 'incident.ack', '1 down old', 'ok'],
          ['bob', 'incident.ack', '1 down old', 'INCIDENT_ACKNOWLEDGED'],
        ],
      );
    });

    it('are acknowledged by one of many at once', async (t) => {
      const { desk } = await setUp(t);
      const people = ['ann', 'bob', 'carl', 'dora'];
      const outcomes = await Promise.allSettled(people.map((who) => desk.acknowledge(by(who), 1, who)));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    });
  });
}

describe('the command incidents', () => {
  async function run(t: TestContext, ...args: string[]) {
    const { database, drop } = await migrated(freshSqlite);
    t.after(drop);
    await fill(database);
    const desk = createIncidentDesk({
      book: createIncidentBook({ database }),
      record: async () => {},
      clock: { now: () => EVENING },
    });
    const incidents = {
      list: desk.list,
      acknowledge: (id: number, note: string) =>
        desk.acknowledge({ who: 'root', kind: 'command', from: 'host' }, id, note),
    };
    const said = await runCommands(args, [
      incidentsCommand({ open: async () => ({ incidents, calendar: { timeZone: 'UTC' }, close: async () => {} }) }),
    ]);
    return { ...said, now: await desk.list({ all: true, most: 10 }) };
  }

  it('prints the current ones for people, and all of them for programs', async (t) => {
    const { stdout } = await run(t, 'incidents');
    assert.match(stdout, /^Id +Device +Problem/);
    assert.ok(stdout.includes('old does not answer') && !stdout.includes('over does not answer'));
    const all = JSON.parse((await run(t, 'incidents', '--all', '--format', 'json')).stdout);
    assert.equal(all.length, 4);
    assert.deepEqual(Object.entries(all[3]), [
      ['id', 2],
      ['kind', 'down'],
      ['device', 'over'],
      ['openedAt', new Date(EVENING - 10 * MINUTE).toISOString()],
      ['closedAt', new Date(EVENING - 5 * MINUTE).toISOString()],
      ['acknowledgedBy', null],
      ['summary', 'over does not answer'],
    ]);
    const csv = (await run(t, 'incidents', '--format', 'csv')).stdout;
    assert.ok(csv.startsWith('id,kind,device,openedAt,closedAt,acknowledgedBy,summary\r\n4,down,new,'));
  });

  it('acknowledges one with a note, and says what is wrong with what was typed', async (t) => {
    const done = await run(t, 'incidents', 'ack', '1', '--note', 'power cut');
    assert.deepEqual([done.code, done.stdout], [0, 'Incident 1 is acknowledged.\n']);
    assert.deepEqual(done.now.find(({ id }) => id === 1)?.acknowledged, { by: 'root', at: EVENING, note: 'power cut' });
    assert.match((await run(t, 'incidents', 'ack', 'one')).stderr, /the id must be the number of an incident/);
    assert.match((await run(t, 'incidents', 'ack', '99')).stderr, /there is no incident of this number/);
    assert.match((await run(t, 'incidents', 'ack', '1', '--note', 'x'.repeat(1001))).stderr, /at most 1000 characters/);
  });
});

describe('incidents over HTTP', () => {
  async function serve(t: TestContext) {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    await fill(pages.database);
    for (const role of ['viewer', 'operator'] as const) await addUser(pages.database, role, role);
    const cookies = {
      viewer: await sessionOf(pages.database, 'viewer'),
      operator: await sessionOf(pages.database, 'operator'),
    };
    const ask = (who: keyof typeof cookies, path: string, form?: Record<string, string>) =>
      fetch(`${pages.url}${path}`, {
        method: form === undefined ? 'GET' : 'POST',
        headers: { cookie: cookies[who], 'sec-fetch-site': 'same-origin' },
        redirect: 'manual',
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      });
    return { ...pages, ask };
  }

  it('answer programs with the keys they rely on; acknowledging needs an operator', async (t) => {
    const { url, database } = await serve(t);
    const token = { viewer: await tokenWith(database, 'viewer'), operator: await tokenWith(database, 'operator') };
    const api = (role: keyof typeof token, path: string, body?: object) =>
      fetch(`${url}/api/v1/incidents${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token[role]}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const listed = JSON.parse(await (await api('viewer', '')).text());
    assert.deepEqual(
      listed.map(({ device }: { device: string }) => device),
      ['new', HOSTILE, 'old'],
    );
    assert.deepEqual(Object.keys(listed[0]), 'id kind device openedAt closedAt acknowledgedBy summary'.split(' '));
    assert.equal(JSON.parse(await (await api('viewer', '?all=true')).text()).length, 4);
    assert.equal((await api('viewer', '?all=maybe')).status, 400);
    assert.equal((await api('viewer', '/1/ack', {})).status, 403);
    const acknowledged = JSON.parse(await (await api('operator', '/1/ack', { note: 'on my way' })).text());
    assert.deepEqual([acknowledged.id, typeof acknowledged.acknowledgedBy], [1, 'string']);
    assert.equal((await api('operator', '/99/ack', {})).status, 404);
    assert.equal((await api('operator', '/x/ack', {})).status, 404);
    assert.equal((await api('operator', '/1/ack', { note: 7 })).status, 400);
  });

  it('are a page with the open ones, on which no name is markup', async (t) => {
    const { ask } = await serve(t);
    const text = await (await ask('viewer', '/incidents')).text();
    assert.ok(text.includes('3 current problems, 3 not acknowledged') && text.includes('&lt;b&gt;tower&lt;/b&gt;'));
    assert.ok(!text.includes(HOSTILE) && !text.includes('over does not answer'));
    assert.ok((await (await ask('viewer', '/incidents?all=true')).text()).includes('over does not answer'));
  });

  it('lead to the page of their device, if they are about one', async (t) => {
    const { ask, database } = await serve(t);
    const line = { subject: 'own line', summary: 'no witness answers', openedAt: EVENING };
    await createIncidentStore({ database }).raise('line', [line], []);
    const linksOf = async (path: string) => {
      const text = await (await ask('viewer', path)).text();
      return [...text.matchAll(/<(?:th|h1)[^>]*>(?:<a href="([^"]*)">)?[^<]*/g)].flatMap(([, href]) => href ?? []);
    };
    assert.deepEqual(await linksOf('/incidents'), ['/d/new', '/d/%3Cb%3Etower%3C%2Fb%3E', '/d/old']);
    assert.deepEqual(await linksOf('/incidents/1'), ['/d/old']);
    assert.deepEqual(await linksOf('/incidents/5'), []);
    const page = await (await ask('viewer', '/incidents')).text();
    assert.ok(
      page.includes('<a href="/incidents/5">no witness answers</a>') && page.includes('data-live="usage,health"'),
    );
  });

  it('are acknowledged in a form with a note, by operators only', async (t) => {
    const { ask } = await serve(t);
    assert.ok(!(await (await ask('viewer', '/incidents/1')).text()).includes('<button>Acknowledge'));
    assert.equal((await ask('viewer', '/incidents/1/ack', { note: '' })).status, 403);
    assert.ok((await (await ask('operator', '/incidents/1')).text()).includes('<button>Acknowledge'));
    const long = await ask('operator', '/incidents/1/ack', { note: 'x'.repeat(1001) });
    assert.equal(long.status, 400);
    assert.match(await long.text(), /Use at most 1000 characters\./);
    const done = await ask('operator', '/incidents/1/ack', { note: 'power <cut>' });
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/incidents']);
    const text = await (await ask('viewer', '/incidents')).text();
    assert.ok(text.includes('operator, Fri 20 Nov, 18:15') && text.includes('power &lt;cut&gt;'));
    assert.ok(text.includes('3 current problems, 2 not acknowledged'));
    assert.equal((await ask('operator', '/incidents/99')).status, 404);
    assert.equal((await ask('operator', '/incidents/99/ack', { note: '' })).status, 404);
  });
});
