import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { sshTrouble } from '../../../src/platform/ssh/errors.ts';

const SECRET = 'hunter2-secret';

describe('an error of SSH', () => {
  for (const level of ['protocol', 'client-socket', 'client-authentication', 'handshake']) {
    it(`keeps nothing of a text that the other side may have sent (${level})`, () => {
      const error = Object.assign(new Error(`no matching ${SECRET}`), { level });
      const other = Object.assign(new Error(`disconnected: ${SECRET}`), { level, description: SECRET });
      const bad = Object.assign(new Error(SECRET), { code: `${SECRET}\n` });
      for (const each of [error, other, bad]) {
        assert.doesNotMatch(inspect(sshTrouble('192.0.2.1:22', each), { depth: 9, showHidden: true }), /hunter2/);
      }
    });
  }

  it('keeps the error of a socket as its cause', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:22'), {
      ...{ code: 'ECONNREFUSED', syscall: 'connect', level: 'client-socket' },
    });
    const trouble = sshTrouble('192.0.2.1:22', refused);
    assert.equal(trouble.code, 'SSH_UNREACHABLE');
    assert.equal(trouble.cause, refused);
  });
});
