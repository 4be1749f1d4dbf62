import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditEntry } from '../../src/accounts/audit.ts';
import { createAccountPurger } from '../../src/accounts/purge.ts';
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
  const purge = createAccountPurger({ books, clock, auditDays: 30 });
  // The limit is that of usage; the audit has its own.
  const limit = { beforeDay: '2026-12-01', beforeAt: 0 };
  const forgotten = [{ count: 1, one: 'audit entry', many: 'audit entries' }];
  assert.deepEqual(await purge(limit, true), forgotten);
  assert.equal((await books.audit.list({ most: 10 })).length, 3);
  assert.deepEqual(await purge(limit, false), forgotten);
  assert.deepEqual(
    (await books.audit.list({ most: 10 })).map(({ at }) => at),
    [EVENING, EVENING],
  );
  assert.ok(SESSION_MS < 30 * DAY_MS);
  assert.deepEqual(await books.sessions.list(null), []);
});
