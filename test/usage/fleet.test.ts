import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createFleet } from '../../src/usage/fleet.ts';
import { createManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;

interface Router {
  readonly name: string;
  readonly host: string;
}

/** Lets everything that is already resolved go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** A fleet whose collectors note what happens to them as `name@host: what`. */
function setUp(
  routers: Router[],
  options: { former?: Router[]; held?: string[]; concurrency?: number; newcomersAtOnce?: boolean } = {},
) {
  const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
  const done: string[] = [];
  const held = new Set(options.held);
  /** Polls of these hosts go on until told. */
  const gates = new Map<string, PromiseWithResolvers<void>>();
  let databaseIsAway = false;
  const fleet = createFleet<Router>({
    routers,
    former: options.former ?? [],
    createCollector({ name, host }) {
      const says = (what: string) => done.push(`${name}@${host}: ${what}`);
      says('made');
      return {
        router: name,
        async poll({ signal, enter }) {
          await enter();
          says('polls');
          const gate = gates.get(host);
          if (gate !== undefined) {
            signal.addEventListener('abort', () => gate.resolve());
            await gate.promise;
            says(signal.aborted ? 'aborted' : 'polled');
          }
          return {
            status: 'booked',
            router: name,
            queues: 1,
            facts: { version: '7.20.1', board: null, identity: null, bootedAt: 0 },
          };
        },
        async bookHeld() {
          says('books what is held');
          if (!databaseIsAway) held.delete(name);
        },
        close: () => says('closed'),
      };
    },
    isSame: (one, other) => one.host === other.host,
    isHeld: (name) => held.has(name),
    calendar: createCalendar('UTC'),
    clock,
    everyMs: MINUTE,
    concurrency: options.concurrency ?? 10,
    ...(options.newcomersAtOnce === undefined ? {} : { newcomersAtOnce: options.newcomersAtOnce }),
    graceMs: 6_000,
    onBug: (bug) => assert.fail(String(bug)),
  });
  return {
    fleet,
    clock,
    held,
    gates,
    setDatabaseAway: (isAway: boolean) => {
      databaseIsAway = isAway;
    },
    /** What happened since the last call, in an order that does not depend on the offsets of the timetable. */
    happened: () => done.splice(0).sort(),
    async minute() {
      clock.advance(MINUTE);
      await settle();
    },
  };
}

const a = { name: 'a', host: '192.0.2.1' };
const b = { name: 'b', host: '192.0.2.2' };
const c = { name: 'c', host: '192.0.2.3' };

describe('a fleet', () => {
  it('polls each of its routers once in an interval, from start to stop', async () => {
    const { fleet, happened, minute } = setUp([a, b]);
    happened();
    await minute();
    assert.deepEqual(happened(), []);
    await fleet.start();
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.1: polls', 'b@192.0.2.2: polls']);
    await fleet.stop();
    await minute();
    assert.deepEqual(happened(), []);
  });

  it('polls each of them at midnight too, so that few bytes have to be split between days', async () => {
    const { fleet, clock, happened } = setUp([a, b]);
    await fleet.start();
    const midnight = Date.UTC(2026, 5, 11);
    clock.advance(midnight - clock.now() - 1);
    await settle();
    happened();
    clock.advance(1);
    await settle();
    assert.deepEqual(happened(), ['a@192.0.2.1: polls', 'b@192.0.2.2: polls']);
  });

  it('polls a router that came, and one that left no longer; the others keep their connection', async () => {
    const { fleet, happened, minute } = setUp([a, b]);
    await fleet.start();
    happened();
    await fleet.set([b, c]);
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'c@192.0.2.3: made']);
    assert.deepEqual(fleet.routers(), [b, c]);
    await minute();
    assert.deepEqual(happened(), ['b@192.0.2.2: polls', 'c@192.0.2.3: polls']);
  });

  it('polls a router that comes to it at once where that is asked for, then at its instants as all others', async () => {
    const { fleet, clock, happened, minute } = setUp([a], { newcomersAtOnce: true });
    await fleet.start();
    await settle();
    assert.deepEqual(happened(), ['a@192.0.2.1: made'], 'those of the start wait for their instant');
    await fleet.set([a, b]);
    clock.advance(0);
    await settle();
    assert.deepEqual(happened(), ['b@192.0.2.2: made', 'b@192.0.2.2: polls']);
    clock.advance(0);
    await settle();
    assert.deepEqual(happened(), [], 'once');
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.1: polls', 'b@192.0.2.2: polls']);
    await fleet.stop();
  });

  it('keeps what is unchanged on its timetable', async () => {
    const { fleet, clock, happened, minute } = setUp([a]);
    await fleet.start();
    await minute();
    happened();
    clock.advance(MINUTE - 1);
    await settle();
    assert.deepEqual(happened(), ['a@192.0.2.1: polls']);
    await fleet.set([{ ...a }, b]);
    clock.advance(1);
    await settle();
    assert.ok(!happened().includes('a@192.0.2.1: polls'));
  });

  it('replaces a router whose settings changed, and never has two collectors of one name at work', async () => {
    const { fleet, gates, clock, happened, minute } = setUp([a]);
    const gate = Promise.withResolvers<void>();
    gates.set(a.host, gate);
    await fleet.start();
    await minute();
    happened();
    const moved = { ...a, host: '192.0.2.9' };
    const change = fleet.set([moved]);
    await settle();
    clock.advance(5_999);
    await settle();
    assert.deepEqual(happened(), [], 'the poll in progress gets its grace');
    gate.resolve();
    await change;
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'a@192.0.2.1: polled', 'a@192.0.2.9: made']);
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.9: polls']);
  });

  it('aborts a poll of a router that has to go when its grace is over, and no other', async () => {
    const { fleet, gates, clock, happened, minute } = setUp([a, b]);
    for (const { host } of [a, b]) gates.set(host, Promise.withResolvers<void>());
    await fleet.start();
    await minute();
    happened();
    const change = fleet.set([b]);
    await settle();
    clock.advance(6_000);
    await change;
    assert.deepEqual(happened(), ['a@192.0.2.1: aborted', 'a@192.0.2.1: closed']);
    gates.get(b.host)?.resolve();
    await settle();
    assert.deepEqual(happened(), ['b@192.0.2.2: polled']);
  });

  it('carries out changes one after another', async () => {
    const { fleet, happened } = setUp([a]);
    happened();
    const changes = [fleet.set([b]), fleet.set([c]), fleet.set([a, c])];
    await Promise.all(changes);
    assert.deepEqual(fleet.routers(), [c, a]);
    assert.deepEqual(happened(), [
      'a@192.0.2.1: closed',
      'a@192.0.2.1: made',
      'b@192.0.2.2: closed',
      'b@192.0.2.2: made',
      'c@192.0.2.3: made',
    ]);
  });

  it('books what it still holds of a removed router, however long the database is away', async () => {
    const { fleet, held, setDatabaseAway, happened, minute } = setUp([a, b]);
    await fleet.start();
    held.add('a');
    setDatabaseAway(true);
    await fleet.set([b]);
    assert.deepEqual(fleet.remembered(), [b, a]);
    happened();
    await minute();
    await minute();
    assert.deepEqual(
      happened().filter((what) => what.startsWith('a')),
      ['a@192.0.2.1: books what is held', 'a@192.0.2.1: books what is held'],
    );
    setDatabaseAway(false);
    await minute();
    assert.deepEqual(fleet.remembered(), [b]);
    assert.deepEqual(happened(), ['a@192.0.2.1: books what is held', 'a@192.0.2.1: closed', 'b@192.0.2.2: polls']);
    await minute();
    assert.deepEqual(happened(), ['b@192.0.2.2: polls']);
  });

  it('polls a router again that comes back before all of it was booked', async () => {
    const { fleet, held, setDatabaseAway, happened, minute } = setUp([a]);
    await fleet.start();
    held.add('a');
    setDatabaseAway(true);
    await fleet.set([]);
    happened();
    await fleet.set([a]);
    assert.deepEqual(fleet.remembered(), [a]);
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'a@192.0.2.1: made']);
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.1: polls']);
  });

  it('takes over what is held of routers that were polled before it was made', async () => {
    const { fleet, happened, minute } = setUp([b], { former: [a, b, c], held: ['a', 'b'] });
    assert.deepEqual(fleet.remembered(), [b, a], 'nothing of c is held');
    happened();
    await fleet.start();
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.1: books what is held', 'a@192.0.2.1: closed', 'b@192.0.2.2: polls']);
    assert.deepEqual(fleet.remembered(), [b]);
  });

  it('closes those that still wait for the database when it is closed', async () => {
    const { fleet, happened } = setUp([b], { former: [a], held: ['a'] });
    happened();
    fleet.close();
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'b@192.0.2.2: closed']);
  });

  it('reads no more routers at once than it may', async () => {
    const { fleet, gates, happened } = setUp([a, b, c], { concurrency: 2 });
    for (const { host } of [a, b, c]) gates.set(host, Promise.withResolvers<void>());
    happened();
    const polls = fleet.pollAll(new AbortController().signal);
    await settle();
    assert.equal(happened().length, 2);
    for (const gate of gates.values()) gate.resolve();
    assert.deepEqual(
      (await polls).map(({ router }) => router),
      ['a', 'b', 'c'],
    );
  });
});
