import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWithin, mayUse, RIGHTS, ROLES, smallerRole } from '../../src/runtime/rights.ts';

describe('the rights of a role', () => {
  it('grow from viewer to operator to admin', () => {
    const allowed = ROLES.map((role) => RIGHTS.filter((right) => mayUse({ role, isUser: false }, right)));
    assert.deepEqual(allowed, [
      ['public', 'view'],
      ['public', 'view', 'operate'],
      ['public', 'view', 'operate', 'administer'],
    ]);
  });

  it('have an own account only for people', () => {
    for (const role of ROLES) {
      assert.equal(mayUse({ role, isUser: true }, 'account'), true);
      assert.equal(mayUse({ role, isUser: false }, 'account'), false);
    }
  });

  it('can be compared', () => {
    assert.deepEqual(
      ROLES.map((role) => [isWithin(role, 'operator'), smallerRole(role, 'operator')]),
      [
        [true, 'viewer'],
        [true, 'operator'],
        [false, 'operator'],
      ],
    );
  });
});
