import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ClaimedMail, Refusal } from '../../src/notices/ports.ts';
import { retryDelayMs, settleAnswer, settleTrouble } from '../../src/notices/settle.ts';

const NOW = 1_000_000;
const MAIL: ClaimedMail = {
  id: 'm1',
  to: ['a@example.com', 'b@example.com'],
  subject: '',
  text: '',
  html: '',
  attachment: null,
  createdAt: 0,
  giveUpAt: NOW + 3_600_000,
  claim: 'c',
  attempts: 1,
  refusals: 0,
  sentAt: null,
};

function refusal(address: string, permanent: boolean): Refusal {
  return { address, permanent, reason: permanent ? '550 no' : '450 later' };
}

describe('retry delay', () => {
  it('doubles from 30 s to 15 min', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 1000].map((attempts) => retryDelayMs(attempts, 0) / 1000),
      [30, 60, 120, 240, 480, 900, 900, 900],
    );
  });

  it('is shortened by chance, by half at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, random) => {
          const delay = retryDelayMs(attempts, random);
          assert.ok(delay <= retryDelayMs(attempts, 0) && delay >= retryDelayMs(attempts, 0) / 2);
        },
      ),
    );
  });
});

describe('settling', () => {
  it('is done when nobody was refused', () => {
    const { state, sentAt, to } = settleAnswer(MAIL, [], NOW, 0);
    assert.deepEqual({ state, sentAt, to }, { state: 'sent', sentAt: NOW, to: [] });
  });

  it('waits for those who were refused, and remembers that the others have got it', () => {
    const settlement = settleAnswer(MAIL, [refusal('b@example.com', false)], NOW, 0);
    assert.deepEqual(settlement, {
      state: 'pending',
      to: ['b@example.com'],
      dueAt: NOW + 30_000,
      refusals: 0,
      sentAt: NOW,
      trouble: 'b@example.com: 450 later',
    });
  });

  it('gives up after the third final refusal', () => {
    const refused = MAIL.to.map((address) => refusal(address, true));
    const states = [0, 1, 2].map((refusals) => settleAnswer({ ...MAIL, refusals }, refused, NOW, 0).state);
    assert.deepEqual(states, ['pending', 'pending', 'failed']);
  });

  it('goes on while one of the refusals may pass', () => {
    const refused = [refusal('a@example.com', true), refusal('b@example.com', false)];
    const { state, refusals } = settleAnswer({ ...MAIL, refusals: 2 }, refused, NOW, 0);
    assert.deepEqual({ state, refusals }, { state: 'pending', refusals: 2 });
  });

  it('counts as sent when somebody has got it and the rest is given up', () => {
    const settlement = settleAnswer(
      { ...MAIL, to: ['b@example.com'], refusals: 2, sentAt: 5 },
      [refusal('b@example.com', true)],
      NOW,
      0,
    );
    assert.deepEqual([settlement.state, settlement.sentAt], ['sent', 5]);
  });

  it('does not count trouble with the server as a refusal', () => {
    const settlement = settleTrouble({ ...MAIL, refusals: 2, attempts: 40 }, 'no connection', NOW, 0);
    assert.deepEqual([settlement.state, settlement.refusals, settlement.to], ['pending', 2, MAIL.to]);
  });

  it('gives up when the next try would come after the mail is worth sending', () => {
    const giveUpAt = NOW + 30_000;
    assert.equal(settleTrouble({ ...MAIL, giveUpAt }, 'no connection', NOW, 0).state, 'pending');
    assert.equal(settleTrouble({ ...MAIL, giveUpAt: giveUpAt - 1 }, 'no connection', NOW, 0).state, 'failed');
  });
});
