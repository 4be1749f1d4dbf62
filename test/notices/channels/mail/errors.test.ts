import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toTrouble } from '../../../../src/notices/channels/mail/errors.ts';

it('says why each address of the mail server failed', () => {
  const attempts = ['connect ECONNREFUSED ::1:25', 'connect ETIMEDOUT 127.0.0.1:25'].map((text) => new Error(text));
  // As nodemailer passes it on.
  const error = Object.assign(new AggregateError(attempts), { code: 'ESOCKET', command: 'CONN' });
  const trouble = toTrouble(error, 'mail.example.com:25');
  assert.equal(trouble.code, 'MAIL_SERVER_UNREACHABLE');
  assert.match(trouble.message, /ECONNREFUSED ::1:25; connect ETIMEDOUT 127\.0\.0\.1:25$/);
});
