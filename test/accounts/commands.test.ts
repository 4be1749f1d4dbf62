import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { auditCommand } from '../../src/accounts/commands/audit.ts';
import type { AccountsBooks } from '../../src/accounts/commands/frame.ts';
import { tokenCommand } from '../../src/accounts/commands/token.ts';
import { userCommand } from '../../src/accounts/commands/user.ts';
import { createAccountDesk } from '../../src/accounts/desk.ts';
import { createPasswordHasher } from '../../src/accounts/passwords.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Open } from '../../src/platform/cli/frame.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { EVENING } from '../support/pages.ts';
import { runCommands, type Said } from '../support/program.ts';

const PASSWORDS = ['first secret of ann', 'second secret of ann', 'a secret of bob!'] as const;

async function setUp(t: TestContext, fresh: FreshDatabase) {
  const { database, drop } = await migrated(fresh);
  t.after(drop);
  const clock = createManualClock(EVENING);
  const books = createAccountBooks({ database });
  const desk = createAccountDesk({ books, hasher: createPasswordHasher(), clock, onChange: () => {} });
  const open: Open<AccountsBooks> = async () => ({
    accounts: { desk, audit: books.audit },
    calendar: createCalendar('UTC'),
    close: async () => {},
  });
  const said: Said[] = [];
  return {
    database,
    said,
    /** One command, as it is typed, with this on its standard input. */
    async cli(command: string, stdin = ''): Promise<Said> {
      clock.advance(1_000);
      const commands = [userCommand({ open }), tokenCommand({ open }), auditCommand({ open })];
      const outcome = await runCommands(command.split(' '), commands, Readable.from([stdin]));
      said.push(outcome);
      return outcome;
    },
  };
}

for (const [kind, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`the commands for accounts in ${kind}`, () => {
    it('add, list, change and remove users and tokens, and no secret is left anywhere', async (t) => {
      const { cli, database, said } = await setUp(t, fresh);
      const [first, second, ofBob] = PASSWORDS;
      const folder = mkdtempSync(join(tmpdir(), 'netsentinel-accounts-'));
      t.after(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, 'password'), `${first}\n`);
      const added = await cli(`user add Ann --role admin --password-file ${join(folder, 'password')}`);
      assert.deepEqual([added.code, added.stdout], [0, 'Added ann as admin.\n'], added.stderr);
      assert.equal((await cli('user add bob --role viewer', `${ofBob}\r\n`)).code, 0);
      const taken = await cli('user add bob --role viewer', ofBob);
      assert.deepEqual([taken.code, /ACCOUNT_NAME_TAKEN/.test(taken.stderr)], [1, true]);
      const short = await cli('user add carl --role viewer', 'short');
      assert.deepEqual([short.code, short.stderr.includes('password: use at least 12 characters')], [2, true]);
      assert.equal((await cli('user set ann --password', second)).stdout, 'Changed ann.\n');
      assert.match((await cli('user set ann --role viewer')).stderr, /ACCOUNT_LAST_ADMIN/);
      const users: { name: string; role: string }[] = JSON.parse((await cli('user list --format json')).stdout);
      assert.deepEqual(
        users.map(({ name, role }) => [name, role]),
        [
          ['ann', 'admin'],
          ['bob', 'viewer'],
        ],
      );
      const token = (await cli('token add billing --role operator --days 30')).stdout;
      assert.match(token, /^nst_[\w-]{43}\n$/);
      const listed = await cli('token list --format csv');
      assert.match(
        listed.stdout,
        /^id,name,role,owner,madeBy,createdAt,expiresAt,usedAt\r\n[0-9a-f]{12},billing,operator,,/,
      );
      const id = /\r\n(\w+)/.exec(listed.stdout)?.[1] ?? '';
      assert.equal((await cli('user sessions')).stdout, 'Nobody is logged in.\n');
      assert.equal((await cli('user remove bob --keep-tokens')).stdout, 'Removed bob.\n');
      assert.match((await cli('user logout bob')).stderr, /ACCOUNT_UNKNOWN/);
      assert.equal((await cli(`token remove ${id}`)).code, 0);
      assert.match((await cli(`token remove ${id}`)).stderr, /ACCOUNT_TOKEN_UNKNOWN/);
      const audit: Record<string, string>[] = JSON.parse((await cli('audit --format json')).stdout);
      assert.deepEqual(
        audit.map(({ kind: by, action, subject, outcome }) => [by, action, subject, outcome]),
        [
          ['command', 'token.remove', 'billing', 'ok'],
          ['command', 'user.remove', 'bob, tokens kept', 'ok'],
          ['command', 'token.add', 'billing as operator', 'ok'],
          ['command', 'user.set', 'ann: password', 'ok'],
          ['command', 'user.add', 'bob as viewer', 'ok'],
          ['command', 'user.add', 'ann as admin', 'ok'],
        ],
      );
      assert.match((await cli('audit --action user.add --limit 1')).stdout, /user\.add.*bob as viewer/);

      const texts = said.filter(({ stdout }) => stdout !== token).flatMap(({ stdout, stderr }) => [stdout, stderr]);
      if (kind === 'SQLite') {
        texts.push(...['', '-wal'].map((end) => readFileSync(database.place + end).toString('latin1')));
      }
      for (const secret of [...PASSWORDS, token.trim(), token.slice(4, 30)]) {
        for (const text of texts) assert.ok(!text.includes(secret), `a secret is in ${text.slice(0, 500)}`);
      }
    });

    it('repeat no password that was typed as an option, before the command or behind it', async (t) => {
      const { cli } = await setUp(t, fresh);
      for (const command of [
        '--password=hunter22 user add bob',
        '-phunter22 user add bob',
        'user add bob --role viewer --pw=hunter22',
      ]) {
        const { code, stdout, stderr } = await cli(command);
        assert.deepEqual([code, stdout], [2, '']);
        assert.match(stderr, /unknown option/);
        assert.doesNotMatch(stderr, /hunter22/, command);
      }
      assert.match((await cli('--password=hunter22 user add bob')).stderr, /unknown option '--password'/);
    });
  });
}
