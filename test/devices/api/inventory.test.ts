import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAccountBooks } from '../../../src/accounts/store/account-books.ts';
import {
  credentialAnswer,
  deviceAnswer,
  importAnswer,
  listedAnswer,
  takenOverAnswer,
  testAnswer,
} from '../../../src/devices/api/inventory-schemas.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { freshMysql, freshSqlite, migrated, type TestDatabase } from '../../support/databases.ts';
import { otherDevice } from '../../support/inventory.ts';
import { type ServedPages, servePages, servePagesFor } from '../../support/pages.ts';
import { inventoryOn } from '../../support/served-inventory.ts';
import { addUser, sessionOf, tokenWith } from '../../support/users.ts';

const SECRET = 'quite-another-secret-1';
const OTHERS = [
  otherDevice(),
  otherDevice({ name: 'far', host: '192.0.2.9', source: 'librenms' }),
  otherDevice({ name: 'behind', host: '192.0.2.10', source: 'librenms' }),
];

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Problem {
  readonly path?: string;
  readonly line?: number;
  readonly message: string;
}

function problemsOf({ json }: Answer): readonly Problem[] {
  return Array.isArray(json['problems']) ? json['problems'] : [];
}

/** What is wrong, by where. */
function pathsOf(answer: Answer): string[] {
  return problemsOf(answer).map(({ path, line }) => path ?? String(line));
}

async function callerFor(pages: ServedPages) {
  const authorization = `Bearer ${await tokenWith(pages.database, 'admin')}`;
  return async (method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> => {
    const response = await fetch(`${pages.url}/api/v1/${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json: Readonly<Record<string, unknown>> = isJson ? JSON.parse(text) : {};
    return { status: response.status, text, json };
  };
}

for (const [kind, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`the API of devices with ${kind}`, () => {
    let test: TestDatabase & Awaited<ReturnType<typeof migrated>>;
    let pages: ServedPages;
    let call: Awaited<ReturnType<typeof callerFor>>;
    /** What tests logged in with, and where. */
    const sent: string[] = [];
    before(async () => {
      test = await migrated(fresh);
      const inventory = inventoryOn(test.database, {
        others: OTHERS,
        async test({ host, api }) {
          sent.push(`${api.password.reveal()} to ${host}:${api.port}`);
          return [{ part: 'login', status: 'failure', found: `refused ${api.password.reveal()}`, advice: null }];
        },
      });
      pages = await servePages({ hasAccounts: true, password: null, inventory }, { on: test.database });
      call = await callerFor(pages);
    });
    after(async () => {
      await pages.close();
      await test.drop();
      assert.deepEqual(pages.logger.errors(), []);
    });

    it('adds, shows, changes and removes one', async () => {
      const added = await call('POST', 'devices', { name: 'edge-1', host: '192.0.2.7', tags: ['lte'], apiTls: true });
      assert.equal(added.status, 201);
      const shown = {
        ...{ name: 'edge-1', host: '192.0.2.7', model: 'routeros', apiPort: null, apiTls: true, apiCredential: null },
        ...{ sshPort: null, sshCredential: null, terminalCredential: null, username: null, parent: null },
        ...{ tags: ['lte'], usage: true, backup: true, paused: false, source: 'inventory', version: 1 },
      };
      assert.deepEqual(added.json, shown);
      assert.deepEqual(deviceAnswer.parse((await call('GET', 'devices/edge-1')).json), shown);
      const changed = await call('PATCH', 'devices/edge-1', { tags: null, apiPort: 8729 });
      assert.deepEqual([changed.status, changed.json], [200, { ...shown, tags: [], apiPort: 8729, version: 2 }]);
      const removed = await call('DELETE', 'devices/edge-1');
      assert.deepEqual([removed.status, removed.text], [204, '']);
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        assert.equal((await call(method, 'devices/edge-1', method === 'PATCH' ? {} : undefined)).status, 404, method);
      }
    });

    it('lists those of all sources, and finds by text, tag and source', async () => {
      await call('POST', 'devices', { name: 'hill', host: '192.0.2.20', tags: ['north'] });
      const names = async (query: string) => {
        const list: unknown = (await call('GET', `devices${query}`)).json;
        return Array.isArray(list) ? list.map((each) => `${each.name} ${each.source}`) : list;
      };
      assert.deepEqual(await names(''), ['behind librenms', 'core config', 'far librenms', 'hill inventory']);
      assert.deepEqual(await names('?q=HIL'), ['hill inventory']);
      assert.deepEqual(await names('?q=192.0.2.9'), ['far librenms']);
      assert.deepEqual(await names('?tag=north'), ['hill inventory']);
      assert.deepEqual(await names('?source=config'), ['core config']);
      assert.equal((await call('GET', 'devices?source=elsewhere')).status, 400);
      await call('DELETE', 'devices/hill');
    });

    it('takes JSON that is announced and does not come for no body', async () => {
      await call('POST', 'devices', { name: 'hill', host: '192.0.2.20' });
      const [removed, added] = [await call('DELETE', 'devices/hill', ''), await call('POST', 'devices', '')];
      assert.deepEqual([removed.status, removed.text], [204, '']);
      assert.deepEqual([added.status, added.json['error']], [400, 'the body is not valid']);
      const torn = await call('POST', 'devices', '{"name":');
      assert.equal(torn.status, 400);
      assert.match(String(torn.json['error']), /not valid JSON/);
    });

    it('says all that is wrong with a body at once, and repeats none of it', async () => {
      const wrong = await call('POST', 'devices', {
        ...{ name: '=x', host: 'http://x', apiPort: 0, apiTls: 'maybe', tags: ['a;b'], paused: 'no', [SECRET]: SECRET },
      });
      assert.equal(wrong.status, 400);
      assert.deepEqual(pathsOf(wrong).sort(), ['', 'apiPort', 'apiTls', 'host', 'name', 'paused', 'tags']);
      assert.deepEqual(pathsOf(await call('POST', 'devices', {})), ['host', 'name']);
      const login = await call('POST', 'devices', { name: 'x', host: 'x', password: SECRET, apiCredential: 'nobody' });
      assert.deepEqual([login.status, pathsOf(login)], [400, ['apiCredential', 'password']]);
      assert.deepEqual(pathsOf(await call('PATCH', 'devices/edge-1', { name: 'b', version: 0 })), ['version', '']);
      for (const each of [wrong, login]) assert.ok(!each.text.includes(SECRET));
      for (const body of ['[]', '"text"', `{"password":"${SECRET}"`]) {
        const answer = await call('POST', 'devices', body);
        assert.equal(answer.status, 400, body);
        assert.ok(!answer.text.includes(SECRET));
      }
      assert.equal((await call('POST', 'devices', { name: 'x'.repeat(20_000) })).status, 413);
    });

    it('refuses what is at odds with what is there with 409', async () => {
      await call('POST', 'devices', { name: 'tower', host: '192.0.2.30', username: 'api', password: SECRET });
      await call('POST', 'devices', { name: 'house', host: '192.0.2.31', parent: 'tower' });
      const refused: readonly (readonly [string, Answer, string])[] = [
        ['name taken', await call('POST', 'devices', { name: 'tower', host: '192.0.2.32' }), 'name'],
        ['of the configuration', await call('POST', 'devices', { name: 'core', host: '192.0.2.32' }), 'name'],
        ['of the configuration', await call('PATCH', 'devices/core', { tags: [] }), 'name'],
        ['of the configuration', await call('DELETE', 'devices/core'), 'name'],
        ['has children', await call('DELETE', 'devices/tower'), 'name'],
        ['a circle', await call('PATCH', 'devices/tower', { parent: 'house' }), 'parent'],
        [
          'the same router',
          await call('POST', 'devices', { name: 'b', host: '192.0.2.30', username: 'a', password: 'p' }),
          'host',
        ],
        ['changed meanwhile', await call('PATCH', 'devices/house', { tags: ['x'], version: 7 }), 'version'],
        ['changed meanwhile', await call('DELETE', 'devices/house?version=7'), 'version'],
      ];
      for (const [what, answer, path] of refused) {
        assert.deepEqual([answer.status, answer.json['code'], pathsOf(answer)], [409, 'ENTRY_CONFLICT', [path]], what);
      }
      assert.deepEqual((await call('GET', 'devices/house')).json['tags'], []);
      for (const name of ['house', 'tower']) assert.equal((await call('DELETE', `devices/${name}`)).status, 204);
    });

    it('lets the second of two who edit the same device know, and overwrites nothing', async () => {
      await call('POST', 'devices', { name: 'shared', host: '192.0.2.40' });
      const both = await Promise.all([
        call('PATCH', 'devices/shared', { tags: ['one'], version: 1 }),
        call('PATCH', 'devices/shared', { tags: ['two'], version: 1 }),
      ]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
      const won = both.find(({ status }) => status === 200);
      assert.deepEqual((await call('GET', 'devices/shared')).json, won?.json);
      await call('DELETE', 'devices/shared');
    });

    it('takes every name, also one that is no part of a path', async () => {
      for (const name of ['import', 'test', '.', '..', 'a/b', 'ü "<b>"']) {
        assert.equal((await call('POST', 'devices', { name, host: '192.0.2.50' })).status, 201, name);
        const query = `device?name=${encodeURIComponent(name)}`;
        assert.equal((await call('GET', query)).json['name'], name);
        assert.equal((await call('PATCH', query, { tags: ['x'] })).status, 200, name);
        assert.equal((await call('DELETE', query)).status, 204, name);
      }
      assert.equal((await call('GET', 'device?name=')).status, 400);
    });

    it('keeps credentials that devices share, and never gives a secret back', async () => {
      const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nx';
      const body = { name: 'polling', username: 'api', password: SECRET, privateKey, passphrase: `${SECRET}-2` };
      const added = await call('POST', 'credentials', body);
      assert.equal(added.status, 201);
      const entry = credentialAnswer.parse(added.json);
      assert.deepEqual([entry.hasPassword, entry.hasPrivateKey, entry.devices, entry.version], [true, true, 0, 1]);
      await call('POST', 'devices', { name: 'edge-9', host: '192.0.2.60', apiCredential: 'polling' });
      const said = [
        await call('POST', 'credentials', body),
        await call('DELETE', 'credentials/polling'),
        await call('PATCH', 'credentials/polling', { username: 'x', version: 9 }),
        await call('PATCH', 'credentials/polling', { password: null }),
      ];
      assert.deepEqual(
        said.map((each) => [each.status, pathsOf(each)]),
        [
          [409, ['name']],
          [409, ['name']],
          [409, ['version']],
          [409, ['password']],
        ],
      );
      const changed = await call('PATCH', 'credentials/polling', { username: 'reader', version: 1 });
      assert.deepEqual([changed.status, changed.json['username'], changed.json['devices']], [200, 'reader', 1]);
      assert.deepEqual(pathsOf(await call('POST', 'credentials', { passphrase: SECRET })).sort(), ['name', 'username']);
      const texts = [
        ...[added, changed, ...said].map(({ text }) => text),
        (await call('GET', 'credentials')).text,
        (await call('GET', 'credentials/polling')).text,
        (await call('GET', 'devices')).text,
        (await call('GET', 'devices.csv')).text,
      ];
      for (const text of texts) assert.ok(!text.includes(SECRET) && !text.includes('PRIVATE KEY'), text);
      await call('DELETE', 'devices/edge-9');
      assert.equal((await call('DELETE', 'credentials/polling')).status, 204);
      assert.equal((await call('GET', 'credentials/polling')).status, 404);
      assert.equal((await call('DELETE', 'credentials/polling')).status, 404);
    });

    it('imports a file, all of it or nothing, and exports it again without a password', async () => {
      const csv = (text: string, query = '') => call('POST', `devices/import${query}`, text, 'text/csv');
      const file = `name,host,username,password,tags\nin-1,192.0.2.70,api,${SECRET},a;b\n"=in-2",192.0.2.71,,,\n`;
      const wrong = await csv(file);
      assert.deepEqual([wrong.status, pathsOf(wrong)], [400, ['3']]);
      assert.match(problemsOf(wrong)[0]?.message ?? '', /^name: must not begin with/);
      assert.ok(!wrong.text.includes(SECRET));
      assert.equal((await call('GET', 'devices/in-1')).status, 404);
      const good = file.replace('"=in-2"', 'in-2');
      const tried = importAnswer.parse((await csv(good, '?dryRun=true')).json);
      assert.deepEqual([tried.dryRun, tried.added, tried.lines.length], [true, 2, 2]);
      assert.equal((await call('GET', 'devices/in-1')).status, 404);
      assert.equal((await csv(good)).json['added'], 2);
      const exported = await call('GET', 'devices.csv');
      assert.ok(!exported.text.includes(SECRET));
      const again = importAnswer.parse((await csv(exported.text)).json);
      assert.deepEqual([again.added, again.changed, again.unchanged], [0, 0, 2]);
      assert.equal((await csv(good, '?dryRun=perhaps')).status, 400);
      assert.equal((await call('POST', 'devices/import', file)).status, 400);
      assert.equal((await call('POST', 'devices/import', { file })).status, 415);
      for (const name of ['in-1', 'in-2']) await call('DELETE', `devices/${name}`);
    });

    const tests = async () =>
      (await createAccountBooks(pages).audit.list({ action: 'device.test', most: 10 }))
        .map(({ subject, outcome }) => [subject, outcome])
        .sort();

    it('tries a device with the password that is stored for its address, and shows none that a router sends back', async () => {
      await call('POST', 'devices', { name: 'own', host: '192.0.2.31', username: 'api', password: SECRET });
      sent.splice(0);
      const tried = await call('POST', 'devices/test', { name: 'own', tags: ['new'], username: 'other' });
      assert.deepEqual([tried.status, sent], [200, [`${SECRET} to 192.0.2.31:8728`]]);
      assert.match(tried.text, /refused \*\*\*/);
      assert.equal((await call('GET', 'devices/own')).json['username'], 'api');
      assert.deepEqual(await tests(), []);
    });

    it('sends the password of a device to no other address until it is typed again', async () => {
      sent.splice(0);
      for (const change of [{ host: '192.0.2.66' }, { apiPort: 8730 }, { apiTls: true }]) {
        const refused = await call('POST', 'devices/test', { name: 'own', ...change });
        assert.deepEqual([refused.status, pathsOf(refused)], [400, ['password']], JSON.stringify(change));
        assert.match(problemsOf(refused)[0]?.message ?? '', /^type the password again/);
      }
      assert.deepEqual(sent, []);
      await call('POST', 'devices/test', { name: 'own', host: '192.0.2.66', password: SECRET });
      assert.deepEqual([sent, await tests()], [[`${SECRET} to 192.0.2.66:8728`], []]);
    });

    it('saves no other address of a device until its password is typed again, not by a file either', async () => {
      // SSH is not sent the login of a router whose port for it is not given.
      const changes = [
        { host: '192.0.2.66' },
        { apiPort: 8730 },
        { apiTls: true },
        { sshPort: 22 },
        { model: 'linux' },
      ];
      for (const change of changes) {
        const refused = await call('PATCH', 'devices/own', { ...change, username: 'other' });
        assert.deepEqual([refused.status, pathsOf(refused)], [400, ['password']], JSON.stringify(change));
      }
      const file = 'name,host\nin-3,192.0.2.72\nown,192.0.2.66\n';
      for (const query of ['', '?dryRun=true']) {
        const refused = await call('POST', `devices/import${query}`, file, 'text/csv');
        assert.deepEqual([refused.status, pathsOf(refused)], [400, ['3']]);
        assert.match(problemsOf(refused)[0]?.message ?? '', /^password: type the password again/);
      }
      const { json } = await call('GET', 'devices/own');
      assert.deepEqual([json['host'], json['username'], json['version']], ['192.0.2.31', 'api', 1]);
      assert.equal((await call('PATCH', 'devices/own', { apiPort: 8728 })).status, 200);
      assert.equal((await call('PATCH', 'devices/own', { sshPort: 22, password: SECRET })).status, 200);
      assert.equal((await call('PATCH', 'devices/own', { sshPort: 2222 })).status, 400);
      assert.equal((await call('PATCH', 'devices/own', { sshPort: null })).status, 200);
      assert.equal((await call('PATCH', 'devices/own', { host: '192.0.2.66', password: SECRET })).status, 200);
      assert.equal((await call('PATCH', 'devices/own', { host: '192.0.2.67', username: null })).status, 200);
      await call('DELETE', 'devices/own');
    });

    it('puts on record where a shared credential is sent that no device uses there', async () => {
      await call('POST', 'credentials', { name: 'shared', username: 'api', password: SECRET });
      await call('POST', 'devices', { name: 'sharing', host: '192.0.2.32', apiCredential: 'shared' });
      sent.splice(0);
      await call('POST', 'devices/test', { name: 'sharing' });
      assert.deepEqual([sent, await tests()], [[`${SECRET} to 192.0.2.32:8728`], []]);
      await call('POST', 'devices/test', { name: 'sharing', host: '192.0.2.67' });
      await call('POST', 'devices/test', { host: '192.0.2.68', apiTls: true, apiCredential: 'shared' });
      assert.deepEqual(await tests(), [
        ['credential shared to 192.0.2.67 port 8728 (sharing)', 'ok'],
        ['credential shared to 192.0.2.68 port 8729', 'ok'],
      ]);
      await call('DELETE', 'devices/sharing');
      await call('DELETE', 'credentials/shared');
    });

    it('takes a device of another source over, with its login', async () => {
      const taken = await call('POST', 'devices/far/takeover');
      assert.equal(taken.status, 201);
      const { device, left } = takenOverAnswer.parse(taken.json);
      assert.deepEqual([device.source, device.host, device.username, left], ['inventory', '192.0.2.9', 'api', []]);
      assert.equal((await call('POST', 'devices/far/takeover')).status, 409);
      assert.equal((await call('POST', 'devices/nobody/takeover')).status, 404);
      const core = takenOverAnswer.parse((await call('POST', 'devices/core/takeover')).json);
      assert.deepEqual([core.device.source, core.device.host], ['inventory', '192.0.2.1']);
      const kept = await call('PATCH', 'devices/core', { tags: ['mine'] });
      assert.deepEqual([kept.status, kept.json['source']], [200, 'inventory']);
      for (const name of ['far', 'core']) assert.equal((await call('DELETE', `devices/${name}`)).status, 204);
    });
  });
}

describe('a device that is tried', () => {
  it('says what failed and what to do before it is stored, and stores nothing', async (t) => {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    const call = await callerFor(pages);
    const draft = { host: '192.0.2.7', apiPort: 8729, username: 'api', password: SECRET };
    const tried = await call('POST', 'devices/test', draft);
    assert.deepEqual(
      [tried.status, testAnswer.parse(tried.json)],
      [
        200,
        {
          passed: false,
          steps: [
            { part: 'tcp', status: 'ok', found: 'port 8729 of 192.0.2.7 answers within 1 ms', advice: null },
            { part: 'login', status: 'failure', found: 'wrong password', advice: 'Enter the right one.' },
          ],
        },
      ],
    );
    assert.deepEqual((await call('GET', 'devices')).text, '[]\n');
    assert.deepEqual(pathsOf(await call('POST', 'devices/test', { ...draft, apiPort: -1, host: '' })), [
      'host',
      'apiPort',
    ]);
    const none = await call('POST', 'devices/test', { host: '192.0.2.7' });
    assert.deepEqual([none.status, none.json['code']], [409, 'DEVICE_NOT_TESTABLE']);
    assert.equal((await call('POST', 'devices/nobody/test')).status, 404);
    await call('POST', 'devices', { name: 'edge-1', ...draft });
    assert.equal((await call('POST', 'devices/edge-1/test')).json['passed'], false);
  });
});

describe('the inventory without a key', () => {
  it('holds devices without a password, and says what to do for others', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    const inventory = inventoryOn(database, { vault: null });
    const pages = await servePages({ hasAccounts: true, password: null, inventory }, { on: database });
    t.after(async () => {
      await pages.close();
      await drop();
    });
    const call = await callerFor(pages);
    assert.equal((await call('POST', 'devices', { name: 'web-1', host: '192.0.2.80', model: 'linux' })).status, 201);
    for (const [path, body] of [
      ['devices', { name: 'edge-1', host: '192.0.2.7', username: 'api', password: SECRET }],
      ['credentials', { name: 'polling', username: 'api', password: SECRET }],
    ] as const) {
      const refused = await call('POST', path, body);
      assert.deepEqual([refused.status, refused.json['code']], [409, 'KEY_MISSING']);
      assert.match(String(refused.json['error']), /key new/);
      assert.ok(!refused.text.includes(SECRET));
    }
  });
});

describe('what is changed over HTTP', () => {
  it('is on record by whom, also what was refused, and no secret with it', async (t) => {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    await addUser(pages.database, 'ann', 'admin');
    const cookie = await sessionOf(pages.database, 'ann');
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const send = (method: string, path: string, body: object = {}) =>
      fetch(`${pages.url}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
    await send('POST', 'credentials', { name: 'polling', username: 'api', password: SECRET });
    await send('POST', 'devices', { name: 'edge-1', host: '192.0.2.7', apiCredential: 'polling' });
    await send('DELETE', 'credentials/polling');
    await send('DELETE', 'devices/edge-1');
    const entries = await createAccountBooks(pages).audit.list({ most: 10 });
    const changes = entries.filter(({ action }) => /^(device|credential)\./.test(action));
    assert.deepEqual(
      changes.map(({ who, kind, action, subject, outcome }) => [who, kind, action, subject, outcome]).sort(),
      [
        ['ann', 'user', 'credential.add', 'polling', 'ok'],
        ['ann', 'user', 'credential.remove', 'polling', 'ENTRY_CONFLICT'],
        ['ann', 'user', 'device.add', 'edge-1', 'ok'],
        ['ann', 'user', 'device.remove', 'edge-1', 'ok'],
      ],
    );
    assert.ok(!JSON.stringify([entries, pages.logger.entries]).includes(SECRET));
  });

  it('asks LibreNMS at once, and says what went wrong', async (t) => {
    const trouble = new TroubleError('LIBRENMS_UNREACHABLE', 'LibreNMS does not answer', 'Start it.');
    const answers = [null, trouble];
    const { database, drop } = await migrated(freshSqlite);
    const lookAtListed = async () => answers.shift() ?? null;
    const inventory = inventoryOn(database, { others: OTHERS, lookAtListed });
    const pages = await servePages({ hasAccounts: true, password: null, inventory }, { on: database });
    t.after(async () => {
      await pages.close();
      await drop();
    });
    const call = await callerFor(pages);
    const first = await call('POST', 'librenms/refresh');
    assert.deepEqual([first.status, listedAnswer.parse(first.json)], [200, { devices: 2, trouble: null }]);
    const second = listedAnswer.parse((await call('POST', 'librenms/refresh')).json);
    assert.deepEqual(second.trouble, {
      code: 'LIBRENMS_UNREACHABLE',
      message: 'LibreNMS does not answer',
      advice: 'Start it.',
    });
  });
});
