import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { healingCommand } from '../../../src/healing/commands/healing.ts';
import { freshSqlite, migrated } from '../../support/databases.ts';
import { attemptOf, MINUTE, NIGHT, placed, ruleOf, seenOf, sightOf } from '../../support/healing.ts';
import { type HealingSite, healingSiteOn } from '../../support/healing-site.ts';
import { runCommands } from '../../support/program.ts';

const BY_COMMAND = { who: 'root', kind: 'command', from: 'host' } as const;
const DEVICES = [placed('tower', { tags: ['tower'] }), placed('tower-sw')];

describe('healing, as a command', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let site: HealingSite;

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    site = healingSiteOn(test.database, { rules: [ruleOf({ mode: 'ask' })] });
  });
  afterEach(() => test.drop());

  function run(...args: readonly string[]) {
    const { desk } = site;
    const healing = {
      ...desk,
      approve: (id: number) => desk.approve(BY_COMMAND, id),
      decline: (id: number) => desk.decline(BY_COMMAND, id),
      run: (rule: string, device: string, signal: AbortSignal) => desk.run(BY_COMMAND, rule, device, signal),
      rehearse: async (days: number) => [{ rule: `of ${days} days`, device: 'tower', at: '', action: 'reboot' }],
    };
    const open = async () => ({ healing, calendar: { timeZone: 'UTC' }, close: async () => {} });
    return runCommands(['healing', ...args], [healingCommand({ open })]);
  }
  const propose = () =>
    site.add(attemptOf({ state: 'proposed', mode: 'ask', startedAt: null, holder: '', createdAt: NIGHT }));
  const seeUp = () => site.see(seenOf(DEVICES, [sightOf('tower', 'up', NIGHT), sightOf('tower-sw', 'up', NIGHT)]));

  it('approves what waits, once', async () => {
    const { id } = await propose();
    assert.match((await run('list')).stdout, /tower-power +ask +down for 5 min .* tower-sw +1 +1 +proposed/);
    assert.deepEqual(await run('approve', String(id)), {
      ...{ code: 0, stdout: `Attempt ${id} on tower: approved.\n`, stderr: '' },
    });
    const again = await run('approve', String(id));
    assert.equal(again.code, 1);
    assert.match(again.stderr, /approved already \(root\)/);
  });

  it('declines it, and shows both in the log', async () => {
    const { id } = await propose();
    assert.equal((await run('decline', String(id))).stdout, `Attempt ${id} on tower: declined.\n`);
    const { stdout } = await run('log', '--device', 'tower', '--format', 'json');
    const [entry, ...others] = JSON.parse(stdout);
    assert.deepEqual(others, []);
    assert.deepEqual([entry.id, entry.state, entry.by], [id, 'declined', 'root']);
  });

  it('ends with 1 where a guard refuses the approval, or the number is none', async () => {
    const { id } = await propose();
    seeUp();
    assert.deepEqual(await run('approve', String(id)), {
      ...{ code: 1, stdout: `Attempt ${id} on tower: refused: it has recovered.\n`, stderr: '' },
    });
    assert.match((await run('approve', '4711')).stderr, /no healing attempt of this number/);
    assert.notEqual((await run('approve', 'tower')).code, 0);
  });

  it('applies a rule by hand, or says what it would do: 1 where it is refused or fails', async () => {
    const dry = await run('run', 'tower-power', '--device', 'tower', '--dry-run');
    assert.deepEqual([dry.code, dry.stdout], [0, 'It would act through tower-sw. Nothing was done.\n']);
    assert.deepEqual(await site.desk.log({ most: 9 }), []);
    const failed = await run('run', 'tower-power', '--device', 'tower');
    assert.deepEqual([failed.code, failed.stdout], [1, 'Attempt 1 on tower: failed: there is no way in.\n']);
    site.clock.advance(30 * MINUTE);
    seeUp();
    const wouldNot = await run('run', 'tower-power', '--device', 'tower', '--dry-run');
    assert.deepEqual([wouldNot.code, wouldNot.stdout], [1, 'It would be refused: nothing is wrong with it.\n']);
    const refused = await run('run', 'tower-power', '--device', 'tower');
    assert.deepEqual([refused.code, refused.stdout], [1, 'Attempt 2 on tower: refused: nothing is wrong with it.\n']);
  });

  it('rehearses over the days asked for', async () => {
    const { stdout } = await run('rehearse', '--days', '7', '--format', 'json');
    assert.deepEqual(JSON.parse(stdout), [{ rule: 'of 7 days', device: 'tower', at: '', action: 'reboot' }]);
    assert.notEqual((await run('rehearse', '--days', '0')).code, 0);
  });
});
