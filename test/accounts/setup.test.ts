import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSetup } from '../../src/accounts/setup.ts';
import { createManualClock } from '../support/manual-clock.ts';

const HALF_HOUR_MS = 30 * 60_000;

function setUp() {
  const clock = createManualClock(0);
  let hasAny = false;
  const setup = createSetup({ accounts: { hasAny: async () => hasAny }, clock });
  return {
    clock,
    setup,
    begin: async () => (await setup.begin()) ?? assert.fail('there is no token'),
    addUser: () => {
      hasAny = true;
    },
  };
}

describe('the link for the first admin', () => {
  it('is good for 30 minutes, and only as it is', async () => {
    const { setup, clock, begin } = setUp();
    assert.equal(await setup.isOpen(''), false);
    const token = await begin();
    assert.deepEqual(
      [await setup.isOpen(token), await setup.isOpen(`${token}x`), await setup.isOpen('')],
      [true, false, false],
    );
    clock.advance(HALF_HOUR_MS - 1);
    assert.equal(await setup.isOpen(token), true);
    clock.advance(1);
    assert.equal(await setup.isOpen(token), false);
    assert.equal(await setup.use(token, async () => assert.fail('it is too old')), null);
  });

  it('is used once, also by two at the same time', async () => {
    const { setup, begin } = setUp();
    const token = await begin();
    const made = await Promise.all([setup.use(token, async () => 1), setup.use(token, async () => 2)]);
    assert.deepEqual(made, [{ result: 1 }, null]);
    assert.equal(await setup.use(token, async () => 3), null);
  });

  it('stays good when the account could not be made', async () => {
    const { setup, begin } = setUp();
    const token = await begin();
    await assert.rejects(
      setup.use(token, () => Promise.reject(new Error('away'))),
      /away/,
    );
    assert.deepEqual(await setup.use(token, async () => 1), { result: 1 });
  });

  it('is void as soon as there is a user, and none is made then', async () => {
    const { setup, begin, addUser } = setUp();
    const token = await begin();
    addUser();
    assert.equal(await setup.isOpen(token), false);
    assert.equal(await setup.begin(), null);
  });

  it('is another one each time', async () => {
    const { setup, begin } = setUp();
    const [first, second] = [await begin(), await begin()];
    assert.deepEqual([await setup.isOpen(first), await setup.isOpen(second)], [false, true]);
  });
});
