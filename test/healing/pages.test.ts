import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NewAttempt } from '../../src/healing/attempt.ts';
import { digestOf } from '../../src/healing/rule.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { attemptOf, MINUTE, NIGHT, placed, ruleOf, seenOf, sightOf } from '../support/healing.ts';
import { type HealingSite, healingSiteOn } from '../support/healing-site.ts';
import { type ServedPages, servePages } from '../support/pages.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

const DEVICES = [placed('tower', { tags: ['tower'] }), placed('tower-sw')];
const seen = (state: 'up' | 'down', since = NIGHT) =>
  seenOf(DEVICES, [sightOf('tower', state, since), sightOf('tower-sw', 'up', NIGHT)]);

describe('what healing proposes, for people', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let pages: ServedPages;
  let site: HealingSite;
  let cookie = '';

  before(async () => {
    test = await migrated(freshSqlite);
    const rules = [ruleOf({ mode: 'ask' }), ruleOf({ name: 'other', tags: ['none'] })];
    site = healingSiteOn(test.database, { rules });
    pages = await servePages({ hasAccounts: true, password: null, more: [site.part] }, { on: test.database });
    await addUser(test.database, 'olga', 'operator');
    cookie = await sessionOf(test.database, 'olga');
  });
  after(async () => {
    await pages.close();
    await test.drop();
    assert.deepEqual(pages.logger.errors(), []);
  });

  let outages = 0;
  const propose = (change: Partial<NewAttempt> = {}) =>
    site.add(attemptOf({ state: 'proposed', mode: 'ask', startedAt: null, holder: '', ...change }));
  async function ask(method: string, path: string, headers: Record<string, string> = { cookie }) {
    const own = { 'sec-fetch-site': 'same-origin', accept: 'text/html', ...headers };
    const response = await fetch(`${pages.url}${path}`, { method, headers: own, redirect: 'manual' });
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  }
  async function decide(id: number, word: string, headers?: Record<string, string>) {
    const { status, text } = await ask('POST', `/api/v1/healing/${id}/${word}`, headers);
    return { status, answer: JSON.parse(text) };
  }

  it('is approved once: the second one is told who was first', async () => {
    site.see(seen('down'));
    const { id } = await propose();
    const first = await decide(id, 'approve');
    assert.deepEqual([first.status, first.answer.state, first.answer.by], [200, 'approved', 'olga']);
    const second = await decide(id, 'approve');
    assert.deepEqual([second.status, second.answer.code], [409, 'HEALING_NOT_PROPOSED']);
    assert.match(second.answer.error, /approved already \(olga\)/);
    assert.equal((await decide(id, 'decline')).status, 409);
    const found = await site.desk.find(id);
    assert.equal(found?.attempt.state, 'approved');
  });

  it('is refused by an approval that comes after the recovery, or in another outage', async () => {
    const approveSeen = async (now: ReturnType<typeof seen>) => {
      const { id } = await propose({ outageAt: NIGHT - ++outages });
      site.see(now);
      const { status, answer } = await decide(id, 'approve');
      return [status, answer.state, answer.reason];
    };
    assert.deepEqual(await approveSeen(seen('up')), [200, 'refused', 'it has recovered']);
    assert.deepEqual(await approveSeen(seen('down')), [200, 'refused', 'it was proposed for an earlier outage']);
  });

  it('can be declined, and a dry run be neither approved nor declined', async () => {
    const declined = await decide((await propose()).id, 'decline');
    assert.deepEqual([declined.status, declined.answer.state], [200, 'declined']);
    const dry = await propose({ mode: 'dryRun' });
    const approved = await decide(dry.id, 'approve');
    assert.deepEqual([approved.status, approved.answer.code], [409, 'HEALING_NOT_PROPOSED']);
    assert.equal((await decide(4711, 'approve')).status, 404);
  });

  it('needs an operator; a viewer sees it', async () => {
    const { id } = await propose();
    const token = await tokenWith(test.database, 'viewer');
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await decide(id, 'approve', headers)).status, 403);
    assert.equal((await ask('GET', '/api/v1/healing', headers)).status, 200);
    const anonymous = await ask('GET', `/healing/${id}`, {});
    assert.equal(anonymous.status, 303);
    assert.match(anonymous.location ?? '', new RegExp(`^/login\\?.*healing%2F${id}`));
  });

  it('is on its page with both buttons, which go back to it', async () => {
    site.see(seen('down'));
    const { id } = await propose({ reason: '<b>no</b>' });
    const page = await ask('GET', `/healing/${id}`);
    assert.match(page.text, /Approve\?/);
    assert.match(page.text, /turn the power of port ether3 off and on/);
    assert.doesNotMatch(page.text, /<b>no/);
    assert.deepEqual(await ask('POST', `/healing/${id}/decline`).then(({ status, location }) => [status, location]), [
      303,
      `/healing/${id}`,
    ]);
    const again = await ask('POST', `/healing/${id}/approve`);
    assert.equal(again.status, 409);
    assert.match(again.text, /It is declined already \(olga\)\./);
    assert.equal((await ask('GET', '/healing/0')).status, 404);
  });

  it('waits no more once its outage is over: it is no question any more, and says so', async () => {
    const { id } = await propose({ reason: 'expired: it has recovered', finishedAt: NIGHT + MINUTE });
    const page = await ask('GET', `/healing/${id}`);
    assert.match(page.text, /<span class="state sent">expired<\/span>[\s\S]*expired: it has recovered/);
    assert.doesNotMatch(page.text, /Approve\?/);
    const list = (await ask('GET', '/healing')).text;
    assert.doesNotMatch(list, new RegExp(`data-key="waiting-${id}"`));
    assert.match(list, new RegExp(`data-key="attempt-${id}"`));
    const [entry] = JSON.parse((await ask('GET', '/api/v1/healing')).text).filter(
      (each: { id: number }) => each.id === id,
    );
    assert.deepEqual([entry.state, entry.reason], ['proposed', 'expired: it has recovered']);
    // Also where nobody can tell now how the device is.
    site.see({ ...seen('down'), isBlind: true });
    const { status, answer } = await decide(id, 'approve');
    assert.deepEqual([status, answer.state, answer.reason], [200, 'refused', 'expired: it has recovered']);
    site.see(seen('down'));
  });

  it('waits no more where its rule would do something else now, and approving it is refused', async () => {
    site.see(seen('down'));
    const { id } = await propose({ action: 'reboot', actionDigest: 'a'.repeat(64), outageAt: NIGHT });
    const page = (await ask('GET', `/healing/${id}`)).text;
    assert.match(page, /expired: its rule has another action now/);
    assert.match(page, /<td>reboot<\/td>/);
    assert.doesNotMatch(page, /Approve\?/);
    const { status, answer } = await decide(id, 'approve');
    assert.deepEqual([status, answer.state, answer.reason], [200, 'refused', 'its rule has another action now']);
  });

  it('shows the commands that an approval would send, without secrets', async () => {
    const run = {
      kind: 'run',
      lines: ['/ppp/secret/set numbers=bob password=hunter2-x', '/log/info message=<b>'],
    } as const;
    const rule = ruleOf({ name: 'free', mode: 'ask', action: run, via: 'parent', tags: ['tower'] });
    const free = healingSiteOn(test.database, { rules: [rule] });
    const { id } = await propose({ rule: 'free', action: 'run 2 commands', actionDigest: digestOf(run) });
    const attempt = (await free.desk.find(id))?.attempt;
    assert.ok(attempt !== undefined);
    assert.deepEqual(free.desk.commandsOf(attempt), [
      '/ppp/secret/set numbers=bob password=***',
      '/log/info message=<b>',
    ]);
    // Here the configuration has no such rule.
    assert.deepEqual(site.desk.commandsOf(attempt), []);
  });

  it('is on the list of rules and attempts, newest first', async () => {
    site.clock.advance(MINUTE);
    const { id } = await propose({ device: 'tower', createdAt: site.clock.now() });
    const list = await ask('GET', '/healing');
    assert.match(list.text, /2 rules · \d+ waiting for approval/);
    assert.match(list.text, new RegExp(`Waiting for approval.*waiting-${id}.*Attempts.*attempt-${id}.*attempt-`, 's'));
    const [newest] = JSON.parse((await ask('GET', '/api/v1/healing?device=tower')).text);
    assert.deepEqual(Object.keys(newest), [
      ...['id', 'rule', 'device', 'via', 'mode', 'state', 'reason', 'startedAt', 'finishedAt', 'by'],
    ]);
    assert.equal(newest.id, id);
    const entries = await ask('GET', '/api/v1/audit?action=healing.approve').then(({ status }) => status);
    assert.equal(entries, 403);
  });
});

describe('a rule that is applied by hand', () => {
  it('is refused where a guard says no, without a login', async () => {
    const { database, drop } = await migrated(freshSqlite);
    const site = healingSiteOn(database);
    const actor = { who: 'root', kind: 'command', from: 'host' } as const;
    const signal = new AbortController().signal;
    site.see(seen('up'));
    const refused = await site.desk.run(actor, 'tower-power', 'tower', signal);
    assert.deepEqual([refused.state, refused.reason, refused.by], ['refused', 'nothing is wrong with it', 'root']);
    assert.deepEqual(await site.desk.wouldRun('tower-power', 'tower'), {
      do: 'wait',
      reason: 'nothing is wrong with it',
      isOver: true,
    });
    site.see(seen('down', NIGHT + 1));
    const failed = await site.desk.run(actor, 'tower-power', 'tower', signal);
    assert.deepEqual([failed.state, failed.reason, failed.startedAt], ['failed', 'there is no way in', NIGHT + MINUTE]);
    await assert.rejects(site.desk.run(actor, 'no', 'tower', signal), { code: 'HEALING_RULE_UNKNOWN' });
    await assert.rejects(site.desk.run(actor, 'tower-power', 'no', signal), { code: 'HEALING_DEVICE_UNKNOWN' });
    await drop();
  });
});
