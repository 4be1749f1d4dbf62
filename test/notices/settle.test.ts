import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Answer, ClaimedNotice, DeliveryLine, Refusal } from '../../src/notices/ports.ts';
import { retryDelayMs, settleAnswer, settleTrouble } from '../../src/notices/settle.ts';
import { noticeOf } from '../support/notices.ts';

const NOW = 1_000_000;
const WHEN = { now: NOW, random: 0 };
const ADDRESSES = ['a@example.com', 'b@example.com'];

function claimOf(line: Partial<DeliveryLine> = {}, worthUntil = NOW + 3_600_000): ClaimedNotice {
  return {
    notice: noticeOf('n1', { createdAt: 0, worthUntil }),
    channel: 'mail',
    claim: 'c',
    replyTo: null,
    lines: ADDRESSES.map((address) => ({ address, attempts: 1, refusals: 0, ...line })),
  };
}

function refusal(address: string, permanent: boolean): Refusal {
  return { address, permanent, reason: permanent ? '550 no' : '450 later' };
}

const refusing = (...refused: readonly Refusal[]): Answer => ({ refused, messageId: null });

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
  it('is done for those who were not refused', () => {
    assert.deepEqual(
      settleAnswer(claimOf(), refusing(), WHEN),
      ADDRESSES.map((address) => ({
        ...{ address, state: 'sent', retryInMs: 0, refusals: 0, sentAt: NOW, messageId: null, trouble: null },
      })),
    );
  });

  it('keeps what the other side calls the message', () => {
    const [sent] = settleAnswer(claimOf(), { refused: [], messageId: '17' }, WHEN);
    assert.equal(sent?.messageId, '17');
  });

  it('leaves the other side alone for as long as it wants, if that is longer', () => {
    const retryInMs = (leastMs: number) => settleTrouble(claimOf(), 'busy', WHEN, leastMs)[0]?.retryInMs;
    assert.deepEqual([retryInMs(0), retryInMs(29_999), retryInMs(90_000)], [30_000, 30_000, 90_000]);
  });

  it('waits for those who were, each by itself', () => {
    const [first, second] = settleAnswer(claimOf(), refusing(refusal('b@example.com', false)), WHEN);
    assert.equal(first?.state, 'sent');
    assert.deepEqual(second, {
      address: 'b@example.com',
      state: 'pending',
      retryInMs: 30_000,
      refusals: 0,
      sentAt: null,
      messageId: null,
      trouble: 'b@example.com: 450 later',
    });
  });

  it('takes nobody for reached when it is not known whom a refusal concerns', () => {
    const outcomes = settleAnswer(claimOf(), refusing(refusal('c@example.com', true)), WHEN);
    assert.deepEqual(
      outcomes.map(({ state, refusals, trouble }) => [state, refusals, trouble]),
      ADDRESSES.map(() => ['pending', 0, 'c@example.com: 550 no']),
    );
  });

  it('gives an address up after its third final refusal', () => {
    const states = [0, 1, 2].map(
      (refusals) => settleAnswer(claimOf({ refusals }), refusing(refusal('a@example.com', true)), WHEN)[0]?.state,
    );
    assert.deepEqual(states, ['pending', 'pending', 'failed']);
  });

  it('goes on with the address whose refusal may pass while another is given up', () => {
    const refused = refusing(refusal('a@example.com', true), refusal('b@example.com', false));
    const outcomes = settleAnswer(claimOf({ refusals: 2 }), refused, WHEN);
    assert.deepEqual(
      outcomes.map(({ state, refusals }) => [state, refusals]),
      [
        ['failed', 3],
        ['pending', 2],
      ],
    );
  });

  it('does not count trouble with the channel as a refusal', () => {
    const outcomes = settleTrouble(claimOf({ refusals: 2, attempts: 40 }), 'no connection', WHEN);
    assert.deepEqual(
      outcomes.map(({ state, refusals, trouble }) => [state, refusals, trouble]),
      ADDRESSES.map(() => ['pending', 2, 'no connection']),
    );
  });

  it('gives up when the next try would come after the notice is worth sending', () => {
    const stateAt = (worthUntil: number) => settleTrouble(claimOf({}, worthUntil), 'no connection', WHEN)[0]?.state;
    assert.equal(stateAt(NOW + 30_000), 'pending');
    assert.equal(stateAt(NOW + 29_999), 'failed');
  });
});
