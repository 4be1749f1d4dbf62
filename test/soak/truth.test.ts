import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stoppedJudge } from './health/certain.ts';
import type { HealthBooks, LogEntry } from './health/log.ts';
import type { Spell } from './health/spells.ts';
import { type Evidence, judgeHealth } from './health/verdict.ts';
import { createTruth, type Truth } from './truth.ts';

/** What has to be booked for `bob`'s download, and how many resets were hidden, when samples of these ticks were committed. */
function expected(live: (truth: Truth, move: (bytes: number, tick: number) => void) => void, committed: number[]) {
  const truth = createTruth();
  truth.add('bob', 0);
  live(truth, (bytes, tick) => truth.move('bob', { upload: 0, download: bytes }, tick));
  const [bob] = truth.expect(committed);
  assert.ok(bob !== undefined);
  return { moved: bob.moved.download, booked: bob.booked.download, hidden: bob.hidden };
}

describe('the truth of the soak', () => {
  it('is what was counted between the first and the last committed sample', () => {
    const books = expected(
      (_truth, move) => {
        for (const tick of [1, 2, 3, 4]) move(10, tick);
      },
      [1, 3],
    );
    assert.deepEqual(books, { moved: 40, booked: 20, hidden: 0 });
  });

  it('lacks what a reset wiped after the last committed sample, whatever had been served', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      move(100, 1);
      move(50, 2);
      truth.wipe('bob', true, 3);
      move(5, 4);
    };
    assert.deepEqual(expected(live, [1, 4]), { moved: 155, booked: 5, hidden: 0 });
    assert.deepEqual(expected(live, [1, 2, 4]), { moved: 155, booked: 55, hidden: 0 });
  });

  it('lacks what a reset hides by growing past the old value, and only a reset does', () => {
    for (const [keepsRow, booked, hidden] of [
      [true, 30, 1],
      [false, 130, 0],
    ] as const) {
      const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
        move(0, 1);
        move(100, 2);
        truth.wipe('bob', keepsRow, 3);
        move(130, 4);
      };
      assert.deepEqual(expected(live, [1, 2, 4]), { moved: 230, booked: booked + 100, hidden });
    }
  });

  it('counts a row that was made between two samples whole, and nothing of one that no sample showed', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      truth.remove('bob', 2);
      truth.add('bob', 3);
      move(7, 3);
      truth.remove('bob', 4);
      truth.add('bob', 5);
      move(9, 5);
    };
    assert.deepEqual(expected(live, [1, 5]), { moved: 16, booked: 9, hidden: 0 });
  });

  it('gives the next name what moved since the last committed sample, and leaves the rest with the old one', () => {
    const truth = createTruth();
    const move = (name: string, bytes: number, tick: number) => truth.move(name, { upload: 0, download: bytes }, tick);
    for (const name of ['amy', 'bob']) truth.add(name, 0);
    move('amy', 10, 1);
    move('amy', 5, 3);
    truth.rename('amy', 'ann', 4);
    move('ann', 2, 5);
    move('bob', 100, 5);
    const booked = (committed: number[]) =>
      Object.fromEntries(truth.expect(committed).map(({ name, booked }) => [name, booked.download]));
    assert.deepEqual(booked([0, 2, 6]), { amy: 10, ann: 7, bob: 100 });
    assert.deepEqual(booked([0, 3, 4, 6]), { amy: 15, ann: 2, bob: 100 });
    for (const [name, newName] of [
      ['ann', 'between'],
      ['bob', 'ann'],
      ['between', 'bob'],
    ] as const)
      truth.rename(name, newName, 7);
    move('bob', 1, 8);
    assert.deepEqual(booked([0, 6, 9]), { amy: 0, ann: 17, bob: 101, between: 0 });
  });

  it('takes from a reset and a new name at once what it hides from the new name', () => {
    const truth = createTruth();
    truth.add('amy', 0);
    truth.move('amy', { upload: 0, download: 100 }, 1);
    truth.wipe('amy', true, 2);
    truth.rename('amy', 'ann', 2);
    truth.move('ann', { upload: 0, download: 130 }, 3);
    const [amy, ann] = truth.expect([0, 1, 3]);
    assert.deepEqual([amy?.booked.download, amy?.hidden, ann?.booked.download, ann?.hidden], [100, 0, 30, 1]);
  });

  it('lacks what another device had counted before it was read first, whether its counters are lower or higher', () => {
    for (const other of [3, 300]) {
      const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
        move(100, 1);
        move(50, 2);
        truth.replace(() => ({ upload: 0, download: other }), 3);
        move(7, 4);
        move(20, 6);
      };
      assert.deepEqual(expected(live, [0, 1, 5, 6]), { moved: 177, booked: 120, hidden: 0 });
      assert.deepEqual(expected(live, [0, 1, 6]), { moved: 177, booked: 100, hidden: 0 });
    }
  });

  it('counts a row that was made on the other device after the first look at it whole', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      truth.replace(() => ({ upload: 0, download: 40 }), 2);
      truth.wipe('bob', false, 4);
      move(9, 5);
    };
    assert.deepEqual(expected(live, [1, 3, 6]), { moved: 9, booked: 9, hidden: 0 });
    assert.deepEqual(expected(live, [1, 6]), { moved: 9, booked: 0, hidden: 0 });
  });
});

const NOON = Date.UTC(2026, 10, 27, 12);
const at = (seconds: number) => NOON + seconds * 1000;
const spell = (from: number, to: number): Spell => ({ from: at(from), to: at(to) });
const entry = (second: number, what: LogEntry['what'], one: string, two = '', three = ''): LogEntry => ({
  ...{ at: at(second), what, one, two, three },
  // The clock of the worker is two hours ahead.
  four: at(second) + 7_200_000,
});
const WORKER = 'worker-1';

/** `mill` was down from second 20 to 32, and a worker saw all of it: what it wrote, in its batches. */
function wellTold(): LogEntry[] {
  const batches = [
    [],
    [entry(1, 'state', 'mill', 'unknown', 'up')],
    [entry(21, 'state', 'mill', 'up', 'suspect')],
    [
      entry(24.5, 'state', 'mill', 'suspect', 'down'),
      entry(24.5, 'news', 'mill', 'down'),
      entry(24.5, 'told', 'mill', 'down'),
      entry(24.5, 'notice', 'device.down', '["mill"]', 'notice-1'),
    ],
    [
      entry(32.8, 'state', 'mill', 'down', 'up'),
      entry(32.8, 'news', 'mill', 'up'),
      entry(32.8, 'told', 'mill', 'up'),
      entry(32.8, 'notice', 'device.up', '["mill"]', 'notice-2'),
    ],
    [],
  ];
  return batches.flatMap((batch, index) => [
    entry(batch[0] === undefined ? index * 12 : (batch[0].at - NOON) / 1000, 'turn', WORKER),
    ...batch,
  ]);
}

/** What is stored in the end: for how long `mill` was up and down, ms, and what was written. */
const books = (up: number, down: number, log: readonly LogEntry[] = wellTold()): HealthBooks => ({
  ...{ log, outages: new Map([['mill', 1]]) },
  times: new Map([['mill', { up, down, unknown: 0 }]]),
});

/** What the verdict says of it, with something changed. */
function faultsOf(change: Partial<Evidence> & { readonly log?: readonly LogEntry[] } = {}): string[] {
  const { log = wellTold(), ...others } = change;
  const mill = { name: 'mill', silent: { own: [spell(20, 32)], behind: [], line: [] }, doubtful: [], maintained: [] };
  return judgeHealth({
    ...{ hosts: [mill], routers: [], line: [], unsure: [], whole: spell(0, 60) },
    clocks: [{ from: at(0), to: at(60), offsetMs: 7_200_000 }],
    books: books(48_000, 11_000, log),
    arrivals: ['notice-1', 'notice-2'],
    ...others,
  }).failures;
}

describe('the verdict on health', () => {
  const without = (what: LogEntry['what'], of: string) =>
    wellTold().filter((each) => each.what !== what || ![each.one, each.two, each.three].includes(of));
  const never = { name: 'mill', silent: { own: [], behind: [], line: [] }, doubtful: [], maintained: [] };

  it('knows when the worker that judges was stopped, until it or another one goes on', () => {
    const log = [0, 4, 24, 28, 32].map((second) => entry(second, 'turn', WORKER));
    assert.deepEqual(stoppedJudge([spell(5, 40)], log), [spell(5, 24)]);
    assert.deepEqual(stoppedJudge([spell(5, 20)], log), [spell(5, 20)]);
    assert.deepEqual(stoppedJudge([spell(25, 40)], log), []);
  });

  it('wants one message only where those that fell at once are a large part of all devices', () => {
    const log = [...wellTold(), ...['a', 'b'].map((id) => entry(26, 'notice', 'device.down', '["mill"]', id))];
    const routers = ['edge-1', 'edge-2', 'edge-3'].map((name) => ({ ...never, name }));
    assert.ok(!faultsOf({ log, routers }).some((each) => each.includes('fell at once')));
    assert.ok(faultsOf({ log, routers: routers.slice(1) }).some((each) => each.includes('1 fell at once')));
  });

  it('is not misled by clocks that leave two instants possible', () => {
    const clocks = [7_200_000, 7_199_000].map((offsetMs) => ({ from: at(0), to: at(60), offsetMs }));
    assert.deepEqual(faultsOf({ clocks }), []);
  });

  it('is good where all was seen, counted and told as it happened', () => {
    assert.deepEqual(faultsOf(), []);
  });

  const late = (state: string) =>
    wellTold().map((each) => (each.three === state ? { ...each, four: each.four + 3_600_000 } : each));

  it('judges no instant while clocks are not set, or in the moment of their change', () => {
    const log = late('down');
    const unsure = [spell(20, 26)];
    assert.deepEqual(
      faultsOf({ log, unsure }).filter((each) => /no worker's clock/.test(each)),
      [],
    );
    const clocks = [{ from: at(26.5), to: at(60), offsetMs: 7_200_000 }];
    assert.deepEqual(
      faultsOf({ clocks }).filter((each) => /down at/.test(each)),
      [],
    );
  });

  for (const [what, change, fault] of [
    [
      'a DOWN at an instant that fits no clock',
      { log: late('down') },
      /^mill went down at an instant that no worker's/,
    ],
    ['an UP at an instant that fits no clock', { log: late('up') }, /^mill went up at an instant that no worker's/],
    [
      'a DOWN of a router at an instant that fits no clock',
      { hosts: [], routers: [{ ...never, doubtful: [spell(0, 60)] }], log: late('down') },
      /^mill went down at an instant that no worker's/,
    ],
    ['a DOWN of a device that answered', { hosts: [never] }, /nothing was wrong/],
    [
      'a DOWN because our own line was down',
      { hosts: [{ ...never, silent: { ...never.silent, line: [spell(20, 32)] } }], line: [spell(20, 32)] },
      /nothing was wrong/,
    ],
    ['an outage that nobody noticed', { log: without('state', 'down') }, /called down 0 times/],
    [
      'an UP of a device that did not answer',
      { hosts: [{ ...never, silent: { ...never.silent, own: [spell(20, 50)] } }] },
      /did not answer/,
    ],
    [
      'an outage that is called down twice',
      {
        log: [
          ...wellTold().slice(0, 9),
          entry(26, 'turn', WORKER),
          entry(26, 'state', 'mill', 'down', 'unknown'),
          entry(27, 'state', 'mill', 'unknown', 'down'),
          ...wellTold().slice(9),
        ],
      },
      /called down 2 times/,
    ],
    ['a change of state that was lost', { log: without('state', 'suspect') }, /where it was/],
    ['news that was not made', { log: without('news', 'down') }, /made no news/],
    ['news that nobody was told', { log: without('told', 'up') }, /nobody was told: mill up/],
    ['news without its notice', { log: without('notice', 'device.down') }, /told by 0 notices/],
    [
      'a notice that came twice',
      { log: [...wellTold(), entry(40, 'notice', 'device.up', '["mill"]', 'n')] },
      /without news/,
    ],
    [
      'an UP that came before its DOWN',
      { arrivals: ['notice-2', 'notice-1'] },
      /device.up came before the earlier device.down/,
    ],
    ['time that was down and is missing', { books: books(57_000, 2_000) }, /2000 ms down/],
    ['time that was up and counts as down', { books: books(20_000, 39_000) }, /39000 ms down/],
    [
      'time in which no worker ran',
      {
        books: books(
          48_000,
          11_000,
          wellTold().filter(({ at: when }) => when < at(24)),
        ),
      },
      /somebody looked for/,
    ],
    ['an outage without its incident', { books: { ...books(48_000, 11_000), outages: new Map() } }, /has 0 incidents/],
    [
      'a DOWN of a router to which nothing was done',
      { hosts: [], routers: [{ ...never, doubtful: [spell(2, 8)] }] },
      /^mill went down at \d+, undisturbed$/,
    ],
    [
      'one message for each of those that fell at once',
      { log: [...wellTold(), ...['a', 'b'].map((id) => entry(26, 'notice', 'device.down', '["mill"]', id))] },
      /1 fell at once: 3 notices/,
    ],
  ] as const) {
    it(`finds ${what}`, () => {
      const faults = faultsOf(change);
      assert.ok(
        faults.some((each) => fault.test(each)),
        faults.join('\n'),
      );
    });
  }
});
