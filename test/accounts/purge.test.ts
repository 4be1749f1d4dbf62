import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditEntry } from '../../src/accounts/audit.ts';
import { purgeAccounts } from '../../src/accounts/purge.ts';
import { SESSION_MS } from '../../src/accounts/session-limits.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { EVENING } from '../support/pages.ts';
import { addUser, sessionOf } from '../support/users.ts';

const DAY_MS = 24 * 3_600_000;

it('the purge keeps the audit for so many days, and no session that is over', async (t) => {
  const { database, drop } = await migrated(freshSqlite);
  t.after(drop);
  await addUser(database, 'ann', 'viewer');
  await sessionOf(database, 'ann');
  const books = createAccountBooks({ database });
  const note = { who: 'ann', kind: 'user', from: '', action: 'login', subject: '', outcome: 'ok' } as const;
  await books.audit.add(auditEntry(note, EVENING - 1));
  const clock = createManualClock(EVENING + 30 * DAY_MS);
  await purgeAccounts({ books, clock, auditDays: 30 });
  assert.deepEqual(
    (await books.audit.list({ most: 10 })).map(({ at }) => at),
    [EVENING, EVENING],
  );
  assert.ok(SESSION_MS < 30 * DAY_MS);
  assert.deepEqual(await books.sessions.list(null), []);
});
