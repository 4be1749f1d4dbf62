import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnobservedSpan } from '../../../src/usage/ports.ts';
import { EVENING, servePagesFor, TODAY, userDay } from '../../support/pages.ts';

const GB = 1024n ** 3n;
const HOUR = 3_600_000;
/** Local midnight. */
const START = EVENING - 18.25 * HOUR;

/** Hours from midnight on. */
function lost(name: string, from: number, to: number, change: Partial<UnobservedSpan> = {}): UnobservedSpan {
  return { name, user: 'bob', isParent: false, startAt: START + from * HOUR, endAt: START + to * HOUR, ...change };
}

async function serveLosses(t: Parameters<typeof servePagesFor>[0]) {
  const pages = await servePagesFor(t, { password: null });
  const part = (name: string, change = {}) => userDay(name, TODAY, GB, { user: 'bob', unobservedMs: 1, ...change });
  await pages.book(
    'edge-1',
    [
      part('phone'),
      part('tv'),
      part('line', { isParent: true }),
      part('phone', { user: 'eve' }),
      userDay('amy', TODAY, GB),
    ],
    [],
    [
      lost('phone', -1, 1),
      lost('tv', 0.5, 2),
      lost('line', 4, 5, { isParent: true }),
      lost('phone', 6, 7, { user: 'eve' }),
    ],
  );
  await pages.book('edge-1', [part('tv')], [], [lost('tv', 14.05, 14.1)]);
  await pages.book('edge-2', [part('tv')], [], [lost('tv', 10, 11)]);
  return pages;
}

describe('unobserved time of a user', () => {
  it('is the union over their queues on that router, within the day, in the API', async (t) => {
    const { url } = await serveLosses(t);
    const response = await fetch(`${url}/api/v1/users/edge-1/bob`);
    assert.equal(response.status, 200);
    const { chosenDay } = JSON.parse(await response.text());
    assert.deepEqual(chosenDay.unobserved, [
      { from: '2026-11-19T19:00:00.000Z', to: '2026-11-19T21:00:00.000Z' },
      { from: '2026-11-20T09:03:00.000Z', to: '2026-11-20T09:06:00.000Z' },
    ]);
  });

  it('is drawn where it was, with a legend and in words on their page', async (t) => {
    const { url } = await serveLosses(t);
    const page = await (await fetch(`${url}/u/edge-1/bob`)).text();
    assert.deepEqual(
      [...page.matchAll(/<rect class="unseen" x="([\d.]+)" width="([\d.]+)" height="100"><title>([^<]*)/g)].map(
        ([, x, width, title]) => [x, width, title],
      ),
      [
        ['0', '120', '00:00 to 02:00 data missing'],
        ['843', '3', '14:03 to 14:06 data missing'],
      ],
    );
    assert.match(page, /<span class="key unseen">data missing<\/span>/);
    assert.match(page, /<p>Data missing: 00:00 to 02:00, 14:03 to 14:06\.<\/p>/);
  });

  it('is drawn and described where no byte moved, without an empty table', async (t) => {
    const { url, book } = await servePagesFor(t, { password: null });
    const nothing = userDay('tv', TODAY, 0n, { user: 'bob', hours: [], unobservedMs: HOUR });
    await book('edge-1', [nothing], [], [lost('tv', 4, 5)]);
    const page = await (await fetch(`${url}/u/edge-1/bob`)).text();
    assert.match(page, /<title>04:00 to 05:00 data missing<\/title>/);
    assert.match(page, /<summary>Hours as a table<\/summary>\s*<p>Data missing: 04:00 to 05:00\.<\/p>/);
  });

  it('is nowhere on the page of one who was observed all day', async (t) => {
    const { url } = await serveLosses(t);
    const page = await (await fetch(`${url}/u/edge-1/amy`)).text();
    assert.match(page, /class="chart hours"/);
    assert.doesNotMatch(page, /unseen|Data missing/);
  });
});
