import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { SESSION_MS } from '../../../src/accounts/session-limits.ts';
import { createSessionStore } from '../../../src/accounts/store/session-store.ts';
import type { Database } from '../../../src/platform/store/database.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import type { AppSiteDeps } from '../../../src/web/site.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated, type TestDatabase } from '../../support/databases.ts';
import { EVENING, PASSWORD, type ServedPages, servePages, servePagesFor } from '../../support/pages.ts';

const HTML = { accept: 'text/html' };
/** What another worker ended is over here within this. */
const BELIEVED_MS = 5_000;
const MINUTE_MS = 60_000;
/** Well below the connections that one address may have. */
const AT_ONCE = 20;

async function logIn(url: string, password = PASSWORD): Promise<string> {
  const body = new URLSearchParams({ password });
  const response = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
  assert.equal(response.status, 303);
  // A connection whose answer is not read to its end is not used again, and an address may have only so many.
  await response.text();
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function logOut(url: string, cookie: string): Promise<Response> {
  const response = await fetch(`${url}/logout`, { method: 'POST', headers: { ...HTML, cookie }, redirect: 'manual' });
  await response.clone().text();
  return response;
}

async function statusOf(url: string, cookie: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/alerts`, { headers: { cookie } });
  await response.text();
  return response.status;
}

interface Asked {
  readonly method?: string;
  readonly cookie?: string;
  readonly body?: string;
}

/** Asks over connections that stay open, without what `fetch` does beside: for thousands of requests. */
function askerFor(t: TestContext) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  t.after(() => agent.destroy());
  return async (url: string, { method = 'GET', cookie = '', body }: Asked) => {
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const asked = request(url, { method, agent, headers: { ...HTML, ...type, cookie } });
    asked.end(body);
    const [response]: IncomingMessage[] = await once(asked, 'response');
    assert.ok(response !== undefined);
    // A connection is free again when its answer was read to the end.
    await once(response.resume(), 'end');
    return { status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
  };
}

/** What comes of each, some at a time. */
async function allOf<Given, Made>(given: readonly Given[], make: (each: Given) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let start = 0; start < given.length; start += AT_ONCE)
    made.push(...(await Promise.all(given.slice(start, start + AT_ONCE).map(make))));
  return made;
}

const away = new TroubleError('DATABASE_UNAVAILABLE', 'mysql://user@10.0.0.5 refused', 'start it');

/** Pages whose sessions can lose their database. */
async function serveLosing(t: TestContext, change: Partial<AppSiteDeps> = {}) {
  const test = await migrated(freshSqlite);
  t.after(() => test.drop());
  const { database } = test;
  let isAway = false;
  const kept = createSessionStore({ database });
  const asked = { finds: 0 };
  const unlessAway = <Answer>(ask: () => Promise<Answer>) => (isAway ? Promise.reject(away) : ask());
  const sessions: AppSiteDeps['sessions'] = {
    passwordMark: () => unlessAway(kept.passwordMark),
    changePassword: (seen, next) => unlessAway(() => kept.changePassword(seen, next)),
    add: (session) => unlessAway(() => kept.add(session)),
    find(id) {
      asked.finds += 1;
      return unlessAway(() => kept.find(id));
    },
    remove: (id) => unlessAway(() => kept.remove(id)),
    removeExpired: (now) => unlessAway(() => kept.removeExpired(now)),
  };
  const pages = await servePages({ sessions, ...change }, { on: database });
  t.after(async () => {
    await pages.close();
    assert.deepEqual(pages.logger.errors(), []);
  });
  return {
    pages,
    asked,
    database,
    setAway(value: boolean) {
      isAway = value;
    },
  };
}

describeSessions('MariaDB', freshMysql);
describeSessions('SQLite', freshSqlite);

function describeSessions(name: string, fresh: FreshDatabase): void {
  describe(`a session kept in ${name}`, () => {
    let test: TestDatabase & { readonly database: Database };
    beforeEach(async () => {
      test = await migrated(fresh);
    });
    afterEach(() => test.drop());

    /** A worker on the same database; another instance, as another process would have. */
    async function serve(t: TestContext, password = PASSWORD): Promise<ServedPages> {
      const pages = await servePages({ password: () => password }, { on: test.open() });
      t.after(async () => {
        await pages.close();
        assert.deepEqual(pages.logger.errors(), []);
      });
      return pages;
    }

    const rows = async () => {
      const { rows: found } = await test.database.read((queries) =>
        sql<{ id: string }>`SELECT id FROM sessions`.execute(queries),
      );
      return found.map(({ id }) => id);
    };

    it('survives a restart and a reload with the same password', async (t) => {
      const first = await serve(t);
      const cookie = await logIn(first.url);
      assert.equal(await statusOf(first.url, cookie), 200);
      await first.close();
      assert.equal(await statusOf((await serve(t)).url, cookie), 200);
    });

    it('ends for good by logging out: at once here, within seconds at another worker, and over a restart', async (t) => {
      const [here, there] = [await serve(t), await serve(t)];
      const cookie = await logIn(here.url);
      assert.deepEqual([await statusOf(here.url, cookie), await statusOf(there.url, cookie)], [200, 200]);
      assert.equal((await logOut(here.url, cookie)).status, 303);
      assert.equal(await statusOf(here.url, cookie), 401);
      there.hostClock.advance(BELIEVED_MS);
      assert.equal(await statusOf(there.url, cookie), 401);
      assert.equal(await statusOf((await serve(t)).url, cookie), 401);
      assert.deepEqual(await rows(), []);
    });

    it('ends for good when the password changes, also when the old password comes back', async (t) => {
      const cookie = await logIn((await serve(t)).url);
      const changed = await serve(t, 'another');
      assert.equal(await statusOf(changed.url, cookie), 401);
      assert.deepEqual(await rows(), []);
      const other = await logIn(changed.url, 'another');
      const back = await serve(t);
      assert.deepEqual([await statusOf(back.url, cookie), await statusOf(back.url, other)], [401, 401]);
      assert.equal(await statusOf(back.url, await logIn(back.url)), 200);
    });

    it('ends at a worker that still has the old password, within seconds', async (t) => {
      const old = await serve(t);
      const cookie = await logIn(old.url);
      assert.equal(await statusOf(old.url, cookie), 200);
      const changed = await serve(t, 'another');
      assert.equal(await statusOf(changed.url, 'netsentinel_session='), 401);
      await logIn(changed.url, 'another');
      old.hostClock.advance(BELIEVED_MS);
      assert.equal(await statusOf(old.url, cookie), 401);
    });

    it('is one of the same password for two workers that start at once', async (t) => {
      const workers = await Promise.all([serve(t), serve(t), serve(t)]);
      const cookies = await Promise.all(workers.map(({ url }) => logIn(url)));
      for (const cookie of cookies) for (const { url } of workers) assert.equal(await statusOf(url, cookie), 200);
    });

    it('stays over after its time, even if the clock is set back', async (t) => {
      const { url, hostClock } = await serve(t);
      const cookie = await logIn(url);
      hostClock.advance(SESSION_MS - 1);
      assert.equal(await statusOf(url, cookie), 200);
      hostClock.advance(1);
      assert.equal(await statusOf(url, cookie), 401);
      hostClock.step(-SESSION_MS);
      assert.equal(await statusOf(url, cookie), 401);
    });

    it('is forgotten with the next login when its time is over', async (t) => {
      const { url, hostClock } = await serve(t);
      await logIn(url);
      hostClock.advance(SESSION_MS);
      await logIn(url);
      assert.equal((await rows()).length, 1);
    });

    it('ends for good among 1,500 others, whichever was ended first', async (t) => {
      const { url } = await serve(t);
      const ask = askerFor(t);
      const logInAgain = async () => {
        const { status, cookie } = await ask(`${url}/login`, {
          method: 'POST',
          body: `password=${encodeURIComponent(PASSWORD)}`,
        });
        assert.equal(status, 303);
        return cookie;
      };
      const statuses = async (at: string, of: readonly string[]) =>
        new Set(await allOf(of, async (cookie) => (await ask(`${at}/api/v1/alerts`, { cookie })).status));
      const cookies = await allOf(Array.from({ length: 1_500 }), logInAgain);
      assert.equal(new Set(cookies).size, 1_500);
      const [kept = '', ...left] = cookies;
      assert.deepEqual(await statuses(url, cookies), new Set([200]));
      const leave = async (cookie: string) => (await ask(`${url}/logout`, { method: 'POST', cookie })).status;
      assert.deepEqual(new Set(await allOf(left, leave)), new Set([303]));
      assert.deepEqual(await statuses(url, left), new Set([401]));
      const restarted = await serve(t);
      assert.deepEqual(await statuses(restarted.url, left), new Set([401]));
      assert.equal(await statusOf(restarted.url, kept), 200);
    });

    it('cannot be had from what is kept of it', async (t) => {
      const { url } = await serve(t);
      const cookie = await logIn(url);
      const [id = ''] = await rows();
      assert.doesNotMatch(cookie, new RegExp(id));
      const mark = await createSessionStore({ database: test.database }).passwordMark();
      for (const text of [id, mark?.salt, mark?.verifier]) {
        assert.match(text ?? '', /^[0-9a-f]{64}$/);
        assert.equal(await statusOf(url, `netsentinel_session=${text}`), 401);
      }
    });
  });
}

describe('a stream of news', () => {
  async function follow(url: string, cookie: string): Promise<Response> {
    const response = await fetch(`${url}/live`, { headers: { cookie } });
    assert.equal(response.status, 200);
    return response;
  }
  const turn = () => new Promise(setImmediate);

  it('ends at once when its session is logged out, and makes its page look', async (t) => {
    const pages = await servePagesFor(t);
    const [cookie, other] = [await logIn(pages.url), await logIn(pages.url)];
    const stream = await follow(pages.url, cookie);
    await follow(pages.url, other);
    await logOut(pages.url, cookie);
    assert.match(await stream.text(), /event: news\ndata: session\n\n$/);
    assert.equal(pages.streams(), 1);
  });

  it('ends within seconds when its session was ended by another worker, and when its time is over', async (t) => {
    const { pages, database } = await serveLosing(t);
    for (const end of [
      () => database.read((queries) => sql`DELETE FROM sessions`.execute(queries)),
      async () => pages.hostClock.step(SESSION_MS),
    ]) {
      const stream = await follow(pages.url, await logIn(pages.url));
      await end();
      pages.hostClock.advance(BELIEVED_MS);
      await stream.text();
      assert.equal(pages.streams(), 0);
    }
  });

  it('ends without a wait when its session was over before it was opened, which nobody knew here', async (t) => {
    const { pages, database } = await serveLosing(t);
    const cookie = await logIn(pages.url);
    assert.equal(await statusOf(pages.url, cookie), 200);
    await database.read((queries) => sql`DELETE FROM sessions`.execute(queries));
    await (await follow(pages.url, cookie)).text();
    assert.equal(pages.streams(), 0);
  });

  it('ends when the database is away for too long, also where another logout waits for it', async (t) => {
    const { pages, setAway } = await serveLosing(t);
    const [cookie, other] = [await logIn(pages.url), await logIn(pages.url)];
    const stream = await follow(pages.url, cookie);
    setAway(true);
    assert.equal((await logOut(pages.url, other)).status, 503);
    pages.hostClock.advance(16 * MINUTE_MS);
    await stream.text();
    assert.equal(pages.streams(), 0);
  });

  it('leaves nothing behind when its reader goes', async (t) => {
    const pages = await servePagesFor(t);
    const cookie = await logIn(pages.url);
    const before = pages.hostClock.pending();
    const aborter = new AbortController();
    await fetch(`${pages.url}/live`, { headers: { cookie }, signal: aborter.signal });
    aborter.abort();
    while (pages.streams() > 0) await turn();
    pages.hostClock.advance(BELIEVED_MS);
    await turn();
    assert.equal(pages.hostClock.pending(), before);
  });
});

describe('pages that have lost their database', () => {
  it('accept only known sessions, say why, and send nobody to the login', async (t) => {
    const { pages, setAway } = await serveLosing(t);
    const cookie = await logIn(pages.url);
    setAway(true);
    const asked = { headers: { ...HTML, cookie }, redirect: 'manual' } as const;
    const page = await fetch(`${pages.url}/alerts`, asked);
    assert.equal(page.status, 503);
    const html = await page.text();
    assert.match(html, /Database unavailable \(DATABASE_UNAVAILABLE\)\. NetSentinel cannot check your login/);
    assert.doesNotMatch(html, /10\.0\.0\.5/);
    const api = await fetch(`${pages.url}/api/v1/alerts`, { headers: { cookie } });
    assert.deepEqual(
      [api.status, await api.json()],
      [503, { error: 'temporarily unavailable', code: 'DATABASE_UNAVAILABLE' }],
    );
    assert.equal(await statusOf(pages.url, 'netsentinel_session=none'), 401);
    setAway(false);
    assert.equal(await statusOf(pages.url, cookie), 200);
  });

  it('let a session go on that they know, for a quarter of an hour, and ask no more often for it', async (t) => {
    const { pages, setAway, asked } = await serveLosing(t);
    const cookie = await logIn(pages.url);
    assert.equal(await statusOf(pages.url, cookie), 200);
    assert.equal(await statusOf(pages.url, cookie), 200);
    assert.equal(asked.finds, 1);
    setAway(true);
    pages.hostClock.advance(15 * MINUTE_MS - 1);
    for (let tries = 0; tries < 3; tries += 1) assert.equal(await statusOf(pages.url, cookie), 200);
    assert.equal(asked.finds, 2);
    pages.hostClock.advance(BELIEVED_MS);
    assert.equal(await statusOf(pages.url, cookie), 503);
  });

  it('keep nobody waiting for longer than three seconds for a database that hangs', async (t) => {
    let isAsked = () => {};
    const reached = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const hanging = new Promise<never>(() => {});
    const passwordMark = () => {
      isAsked();
      return hanging;
    };
    const { pages } = await serveLosing(t, {
      sessions: { ...createSessionStore({ database: (await migratedFor(t)).database }), passwordMark },
    });
    const status = statusOf(pages.url, `netsentinel_session=${'a'.repeat(43)}`);
    await reached;
    pages.hostClock.advance(3_000);
    assert.equal(await status, 503);
  });

  it('log nobody in, and show the login with the reason', async (t) => {
    const { pages, setAway } = await serveLosing(t);
    setAway(true);
    const body = new URLSearchParams({ password: PASSWORD });
    const response = await fetch(`${pages.url}/login`, { method: 'POST', body, redirect: 'manual' });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('set-cookie'), null);
    assert.match(await response.text(), /Database unavailable: login is not possible now/);
    const wrong = new URLSearchParams({ password: 'wrong' });
    assert.equal((await fetch(`${pages.url}/login`, { method: 'POST', body: wrong })).status, 401);
    const cookie = `netsentinel_session=${'a'.repeat(43)}`;
    const form = await fetch(`${pages.url}/login`, { headers: { ...HTML, cookie } });
    assert.equal(form.status, 200);
    assert.match(await form.text(), /Database unavailable: login is not possible now/);
  });

  for (const isKnown of [true, false]) {
    it(`refuse a session that was logged out meanwhile, ${isKnown ? 'known or' : 'also if'} not known, and delete it from the database when that is back`, async (t) => {
      const { pages, setAway, database } = await serveLosing(t);
      const cookie = isKnown ? await logIn(pages.url) : await logIn((await servePagesOn(t, database)).url);
      if (isKnown) assert.equal(await statusOf(pages.url, cookie), 200);
      setAway(true);
      const out = await logOut(pages.url, cookie);
      assert.equal(out.status, 503);
      assert.match(out.headers.get('set-cookie') ?? '', /^netsentinel_session=; .*Max-Age=0/);
      assert.match(await out.text(), /This browser is logged out\. Database unavailable \(DATABASE_UNAVAILABLE\)/);
      assert.notEqual(await statusOf(pages.url, cookie), 200);
      setAway(false);
      assert.equal(await statusOf(pages.url, cookie), 401);
      const left = async () =>
        (await database.read((queries) => sql`SELECT id FROM sessions`.execute(queries))).rows.length;
      while ((await left()) > 0) {
        pages.hostClock.advance(BELIEVED_MS);
        await new Promise(setImmediate);
      }
      assert.equal(await statusOf((await servePagesOn(t, database)).url, cookie), 401);
    });
  }
});

async function migratedFor(t: TestContext) {
  const test = await migrated(freshSqlite);
  t.after(() => test.drop());
  return test;
}

async function servePagesOn(t: TestContext, database: Database): Promise<ServedPages> {
  const pages = await servePages({}, { on: database });
  t.after(() => pages.close());
  return pages;
}

describe('a session that is asked for while it is ended', () => {
  it('is not remembered as open by an answer that was under way', async (t) => {
    const test = await migratedFor(t);
    const kept = createSessionStore({ database: test.database });
    let hold: Promise<void> | null = null;
    let isHeld = () => {};
    const find: AppSiteDeps['sessions']['find'] = async (id) => {
      const found = await kept.find(id);
      isHeld();
      await hold;
      return found;
    };
    const pages = await servePagesFor(t, { sessions: { ...kept, find } });
    const cookie = await logIn(pages.url);
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    const asked = statusOf(pages.url, cookie);
    await held;
    await logOut(pages.url, cookie);
    hold = null;
    release();
    await asked;
    assert.equal(await statusOf(pages.url, cookie), 401);
    assert.equal(pages.hostClock.now(), EVENING);
  });
});
