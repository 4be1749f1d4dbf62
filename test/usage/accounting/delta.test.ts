import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnreadableRow } from '../../../src/usage/accounting/counter.ts';
import {
  counterIn,
  eventsOf,
  HOUR,
  live,
  MINUTE,
  moved,
  NOTHING,
  queue,
  SECOND,
  START_AT,
  saidOf,
  sampleAt,
} from '../../support/samples.ts';

const DAY = 24 * HOUR;
const noRows: readonly UnreadableRow[] = [];

function unreadable(...rows: UnreadableRow[]) {
  return { unreadable: rows.length === 0 ? noRows : rows };
}

describe('a late sample (rule 1)', () => {
  it('changes nothing', () => {
    const { account } = live([
      sampleAt(MINUTE, [queue('bob', 10, 20)]),
      sampleAt(0, [queue('bob', 1, 2)], { reader: 'two' }),
    ]);
    assert.equal(account, null);
  });

  it('changes nothing when its own commit was lost on the way back', () => {
    const again = sampleAt(0, [queue('bob', 10, 20)]);
    assert.equal(live([again, again]).account, null);
  });

  it('is made up for by the next one: counters are cumulative', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20)]),
      sampleAt(500, [queue('bob', 11, 21)], { reader: 'two' }),
      sampleAt(MINUTE, [queue('bob', 110, 220)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(100, 200, 0, MINUTE));
  });

  it('says CLOCK_STEPPED and books from the boot when the stored instant lay in the future and the router rebooted', () => {
    const lived = live([
      sampleAt(2 * HOUR, [queue('bob', 10, 20)], { uptimeMs: 30 * MINUTE }),
      sampleAt(10 * MINUTE, [queue('bob', 3, 4)], { uptimeMs: 8 * MINUTE, reader: 'two' }),
    ]);
    assert.deepEqual(eventsOf(lived), ['ROUTER_REBOOTED', 'CLOCK_STEPPED']);
    assert.deepEqual(saidOf(lived, 'bob').deltas, moved(3, 4, 2 * MINUTE, 10 * MINUTE).deltas);
    assert.equal(saidOf(lived, 'bob').restarts, 1);
  });

  it('is none when the clock was set back while uptime grew: it is booked to its own time, as long as uptime says', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20)]),
      sampleAt(-2 * HOUR, [queue('bob', 15, 20)], { uptimeMs: 50 * HOUR + MINUTE, monotonicMs: 7_000_000 + MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(5, 0, -2 * HOUR - MINUTE, -2 * HOUR));
  });

  it('is none when the clock was set forward: the bytes are booked to the last minute, not to the hours skipped', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20)]),
      sampleAt(5 * HOUR, [queue('bob', 15, 20)], { uptimeMs: 50 * HOUR + MINUTE, monotonicMs: 7_000_000 + MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(5, 0, 5 * HOUR - MINUTE, 5 * HOUR));
  });

  it('is none when two processes read at the same instant of their clocks; what is lost then is said all the same', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20)]),
      sampleAt(0, [], { uptimeMs: 50 * HOUR + 2 * SECOND, reader: 'two' }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [-2 * SECOND, 0]);
  });
});

describe('a reboot (rule 2)', () => {
  const before = sampleAt(0, [queue('bob', 1_000, 2_000)]);

  it('books the whole counter from the boot on, and from the last sample to the boot nothing was seen', () => {
    const lived = live([before, sampleAt(10 * MINUTE, [queue('bob', 30, 40)], { uptimeMs: 4 * MINUTE })]);
    assert.deepEqual(saidOf(lived, 'bob'), {
      ...moved(30, 40, 6 * MINUTE, 10 * MINUTE),
      restarts: 1,
      unobserved: [0, 6 * MINUTE],
    });
    assert.deepEqual(eventsOf(lived), ['ROUTER_REBOOTED']);
  });

  it('books the whole counter also when it is above the old one after a long outage', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)], { uptimeMs: HOUR }),
      sampleAt(10 * HOUR, [queue('bob', 5_000, 9_000)], { uptimeMs: 9 * HOUR }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), {
      ...moved(5_000, 9_000, HOUR, 10 * HOUR),
      restarts: 1,
      unobserved: [0, HOUR],
    });
  });

  it('books only the difference when the clock stepped forward 90 s at 60 s of uptime', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)], { uptimeMs: MINUTE }),
      sampleAt(150 * SECOND, [queue('bob', 1_001, 2_001)], { uptimeMs: 2 * MINUTE, monotonicMs: 7_000_000 + MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(1, 1, 90 * SECOND, 150 * SECOND));
  });

  it('leaves the whole interval unobserved for a row that is gone, without a restart', () => {
    const lived = live([before, sampleAt(10 * MINUTE, [], { uptimeMs: 4 * MINUTE })]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, 10 * MINUTE] });
    assert.equal(counterIn(lived, '*bob'), null);
  });

  it('knows a dynamic row by its name, for ids are new', () => {
    const lived = live([
      sampleAt(0, [queue('<pppoe-bob>', 1_000, 2_000, { id: '*7', dynamic: true })]),
      sampleAt(10 * MINUTE, [queue('<pppoe-bob>', 3, 4, { id: '*1', dynamic: true })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.equal(saidOf(lived, '<pppoe-bob>').restarts, 1);
    assert.deepEqual(saidOf(lived, '<pppoe-bob>').unobserved, [0, 6 * MINUTE]);
    assert.equal(lived.state?.baselines.has('*7'), false);
  });

  it('does not take a dynamic row for another one that had its id', () => {
    const lived = live([
      sampleAt(0, [queue('<pppoe-bob>', 1_000, 2_000, { id: '*7', dynamic: true })]),
      sampleAt(10 * MINUTE, [queue('<pppoe-eve>', 3, 4, { id: '*7', dynamic: true })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, '<pppoe-bob>'), { ...NOTHING, unobserved: [0, 10 * MINUTE] });
    assert.equal(saidOf(lived, '<pppoe-eve>').restarts, 0);
  });

  it('knows a static row by its id when it was renamed meanwhile: restart and loss are said on the present name', () => {
    const lived = live([
      before,
      sampleAt(10 * MINUTE, [queue('robert', 30, 40, { id: '*bob' })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'robert'), {
      ...moved(30, 40, 6 * MINUTE, 10 * MINUTE),
      restarts: 1,
      unobserved: [0, 6 * MINUTE],
    });
    assert.deepEqual(saidOf(lived, 'bob'), NOTHING);
  });

  it('loses what both counted when a row has the name of one and the id of another that was not read for longer', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1, 2), queue('eve', 3, 4)]),
      sampleAt(5 * MINUTE, [queue('bob', 1, 2)], unreadable({ id: '*eve', name: 'eve' })),
      sampleAt(15 * MINUTE, [queue('bob', 0, 0, { id: '*eve' })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, restarts: 1, unobserved: [0, 11 * MINUTE] });
  });

  it('leaves the time before the boot unobserved for a row that was not known, for it may have been made in between', () => {
    const lived = live([before, sampleAt(10 * MINUTE, [queue('eve', 3, 4)], { uptimeMs: 4 * MINUTE })]);
    assert.deepEqual(saidOf(lived, 'eve'), { ...moved(3, 4, 6 * MINUTE, 10 * MINUTE), unobserved: [0, 6 * MINUTE] });
  });

  for (const row of [
    { id: '*bob', name: 'bob' },
    { id: '*bob', name: null },
    { id: null, name: 'bob' },
  ]) {
    it(`says the restart at once of a row that cannot be read after it (.id ${row.id ?? 'unreadable'}, name ${row.name ?? 'unreadable'})`, () => {
      const lived = live([before, sampleAt(10 * MINUTE, [], { uptimeMs: 4 * MINUTE, ...unreadable(row) })]);
      assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, restarts: 1, unobserved: [0, 6 * MINUTE] });
    });
  }

  it('loses what a row counted since it was last readable', () => {
    const lived = live([
      before,
      sampleAt(MINUTE, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(10 * MINUTE, [queue('bob', 30, 40)], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [0, 6 * MINUTE]);
  });

  it('loses that also when another row bears the same name and was read since', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1, 2), queue('bob', 3, 4, { id: '*2' })]),
      sampleAt(5 * MINUTE, [queue('bob', 3, 4, { id: '*2' })], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(15 * MINUTE, [queue('bob', 0, 0)], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [0, 11 * MINUTE]);
  });

  it('books a row that cannot be read after the boot once it can, from the boot on: it began at 0 with us watching', () => {
    const lived = live([
      before,
      sampleAt(10 * MINUTE, [], { uptimeMs: 4 * MINUTE, ...unreadable({ id: '*bob', name: 'bob' }) }),
      sampleAt(11 * MINUTE, [queue('bob', 30, 40)], { uptimeMs: 5 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(30, 40, 6 * MINUTE, 11 * MINUTE));
  });

  it('leaves nothing unobserved by the day when the clock cannot tell between two processes, but says the restart', () => {
    const lived = live([
      sampleAt(HOUR, [queue('bob', 1_000, 2_000)]),
      sampleAt(0, [queue('bob', 30, 40)], { uptimeMs: 4 * MINUTE, reader: 'two' }),
    ]);
    assert.equal(saidOf(lived, 'bob').restarts, 1);
    assert.deepEqual(saidOf(lived, 'bob').deltas, moved(30, 40, -4 * MINUTE, 0).deltas);
  });

  it('knows by the monotonic clock how long was lost when the wall clock was set back meanwhile', () => {
    const lived = live([
      before,
      sampleAt(-HOUR, [queue('bob', 30, 40)], { uptimeMs: 4 * MINUTE, monotonicMs: 7_000_000 + 10 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [-HOUR - 10 * MINUTE, -HOUR - 4 * MINUTE]);
  });

  it('loses what a row counted since it was last read, also when the wall clock was set back meanwhile', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(5 * MINUTE, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(2 * MINUTE, [queue('bob', 30, 40)], { uptimeMs: MINUTE, monotonicMs: 7_000_000 + 10 * MINUTE }),
    ]);
    // The clock is 8 min behind the one that dated the first sample.
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [-8 * MINUTE, MINUTE]);
  });
});

describe('another device (rule 3)', () => {
  it('gives baselines only, the interval is unobserved, for rows of both devices', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000), queue('eve', 5, 5)]),
      sampleAt(10 * MINUTE, [queue('bob', 9_000, 9_000), queue('joe', 1, 1)], { serial: 'SERIAL-2' }),
    ]);
    for (const name of ['bob', 'eve', 'joe'])
      assert.deepEqual(saidOf(lived, name), { ...NOTHING, unobserved: [0, 10 * MINUTE] });
    assert.deepEqual(eventsOf(lived), ['ROUTER_REPLACED']);
    assert.deepEqual(counterIn(lived, '*bob'), { uploadBytes: 9_000n, downloadBytes: 9_000n });
    assert.equal(lived.state?.baselines.has('*eve'), false);
  });

  it('gives baselines only also when it booted after the last sample', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(10 * MINUTE, [queue('bob', 30, 40)], { serial: 'SERIAL-2', uptimeMs: MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, 10 * MINUTE] });
  });

  it('loses what the old one counted since the row was last readable', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(MINUTE, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(10 * MINUTE, [queue('bob', 9_000, 9_000)], { serial: 'SERIAL-2' }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [0, 10 * MINUTE]);
  });

  it('says how long was lost also when the wall clock was set back meanwhile', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(-HOUR, [queue('bob', 1, 1)], { serial: 'SERIAL-2', monotonicMs: 7_000_000 + 10 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [-HOUR - 10 * MINUTE, -HOUR]);
  });

  it('loses what a row counted since it was last readable, also when the wall clock was set back meanwhile', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(MINUTE, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(-HOUR, [queue('bob', 1, 1)], { serial: 'SERIAL-2', monotonicMs: 7_000_000 + 10 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [-HOUR - 10 * MINUTE, -HOUR]);
  });

  it('is recognised by the last serial number known, though one sample in between had none', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(MINUTE, [queue('bob', 1_001, 2_001)], { serial: null }),
      sampleAt(2 * MINUTE, [queue('bob', 9_000, 9_000)], { serial: 'SERIAL-2' }),
    ]);
    assert.deepEqual(eventsOf(lived), ['ROUTER_REPLACED']);
  });
});

describe('a queue is its .id within one boot (rule 4)', () => {
  const cases = [
    { it: 'both counters grew: the difference', upload: 1_050, download: 2_007, said: moved(50, 7, 0, MINUTE) },
    { it: 'one counter grew: the difference', upload: 1_000, download: 2_007, said: moved(0, 7, 0, MINUTE) },
    { it: 'none grew: nothing', upload: 1_000, download: 2_000, said: NOTHING },
    {
      it: 'both fell: a restart, both new values, the interval unobserved',
      upload: 5,
      download: 6,
      said: { ...moved(5, 6, 0, MINUTE), restarts: 1, unobserved: [0, MINUTE] },
    },
    {
      it: 'only upload fell: a restart, both new values',
      upload: 999,
      download: 5_000,
      said: { ...moved(999, 5_000, 0, MINUTE), restarts: 1, unobserved: [0, MINUTE] },
    },
    {
      it: 'only download fell: a restart, both new values',
      upload: 1_001,
      download: 0,
      said: { ...moved(1_001, 0, 0, MINUTE), restarts: 1, unobserved: [0, MINUTE] },
    },
    {
      it: 'both are 0 again: a restart without bytes',
      upload: 0,
      download: 0,
      said: { ...NOTHING, restarts: 1, unobserved: [0, MINUTE] },
    },
  ];
  for (const each of cases) {
    it(each.it, () => {
      const lived = live([
        sampleAt(0, [queue('bob', 1_000, 2_000)]),
        sampleAt(MINUTE, [queue('bob', each.upload, each.download)]),
      ]);
      assert.deepEqual(saidOf(lived, 'bob'), each.said);
      assert.deepEqual(eventsOf(lived), each.said.restarts === 0 ? [] : ['COUNTER_RESTARTED bob']);
    });
  }

  it('gives the delta to the present name when a static row was renamed; history stays with the old one', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000)]),
      sampleAt(MINUTE, [queue('robert', 1_050, 2_007, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'robert'), moved(50, 7, 0, MINUTE));
    assert.deepEqual(saidOf(lived, 'bob'), NOTHING);
    assert.deepEqual(eventsOf(lived), []);
  });

  it('gives each its own delta when two names were swapped', () => {
    const lived = live([
      sampleAt(0, [queue('a', 1_000, 0, { id: '*1' }), queue('b', 10, 0, { id: '*2' })]),
      sampleAt(MINUTE, [queue('b', 1_003, 0, { id: '*1' }), queue('a', 15, 0, { id: '*2' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'b'), moved(3, 0, 0, MINUTE));
    assert.deepEqual(saidOf(lived, 'a'), moved(5, 0, 0, MINUTE));
  });

  it('takes a dynamic row of the same id under another name for another row: its whole counter; the old one is gone', () => {
    const lived = live([
      sampleAt(0, [queue('<pppoe-bob>', 10, 20, { id: '*7', dynamic: true })]),
      sampleAt(MINUTE, [queue('<pppoe-eve>', 500, 600, { id: '*7', dynamic: true })]),
    ]);
    assert.deepEqual(saidOf(lived, '<pppoe-eve>'), moved(500, 600, 0, MINUTE));
    assert.deepEqual(saidOf(lived, '<pppoe-bob>'), { ...NOTHING, unobserved: [0, MINUTE] });
    assert.deepEqual(eventsOf(lived), ['QUEUE_GONE <pppoe-bob>']);
  });

  it('counts an .id that a list names twice once', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20), queue('bob', 10, 20)]),
      sampleAt(MINUTE, [queue('bob', 15, 25), queue('bob', 15, 25)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(5, 5, 0, MINUTE));
  });
});

describe('any other row (rule 5)', () => {
  it('was made since the last sample: its whole counter, no restart, nothing unobserved', () => {
    const lived = live([sampleAt(0, []), sampleAt(MINUTE, [queue('bob', 10, 20)])]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(10, 20, 0, MINUTE));
    assert.deepEqual(eventsOf(lived), []);
  });

  it('was made anew when one of its name is gone: a restart, and the interval is unobserved', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000, { id: '*7' })]),
      sampleAt(MINUTE, [queue('bob', 10, 20, { id: '*8' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...moved(10, 20, 0, MINUTE), restarts: 1, unobserved: [0, MINUTE] });
    assert.deepEqual(eventsOf(lived), ['COUNTER_RESTARTED bob']);
  });

  it('was made anew although its counters are above the old ones', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 20, { id: '*7' })]),
      sampleAt(MINUTE, [queue('bob', 1_000, 2_000, { id: '*8' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...moved(1_000, 2_000, 0, MINUTE), restarts: 1, unobserved: [0, MINUTE] });
  });

  it('is no restart when one of its name has been gone for longer', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000, { id: '*7' })]),
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, [queue('bob', 10, 20, { id: '*8' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(10, 20, MINUTE, 2 * MINUTE));
  });

  it('is no restart when it takes the name of a row that was renamed', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 1_000, 2_000, { id: '*7' })]),
      sampleAt(MINUTE, [queue('robert', 1_001, 2_001, { id: '*7' }), queue('bob', 10, 20, { id: '*8' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'robert'), moved(1, 1, 0, MINUTE));
    assert.deepEqual(saidOf(lived, 'bob'), moved(10, 20, 0, MINUTE));
  });
});

describe('a missing row (rule 6)', () => {
  const known = sampleAt(0, [queue('bob', 1_000, 2_000)]);

  it('leaves the interval unobserved, once', () => {
    const gone = live([known, sampleAt(MINUTE, [])]);
    assert.deepEqual(saidOf(gone, 'bob'), { ...NOTHING, unobserved: [0, MINUTE] });
    assert.deepEqual(eventsOf(gone), ['QUEUE_GONE bob']);
    assert.deepEqual(saidOf(live([known, sampleAt(MINUTE, []), sampleAt(2 * MINUTE, [])]), 'bob'), NOTHING);
  });

  it('goes on where it was when it is back with its id and name within 24 h', () => {
    const lived = live([known, sampleAt(MINUTE, []), sampleAt(23 * HOUR, [queue('bob', 1_100, 2_200)])]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(100, 200, 0, 23 * HOUR));
  });

  it('is a restart when it is back below its baseline; only the last interval is unobserved, the rest was said', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, []),
      sampleAt(3 * MINUTE, [queue('bob', 7, 8)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), {
      ...moved(7, 8, 2 * MINUTE, 3 * MINUTE),
      restarts: 1,
      unobserved: [2 * MINUTE, 3 * MINUTE],
    });
  });

  it('is kept for 24 h to the millisecond', () => {
    const lived = live([known, sampleAt(MINUTE, []), sampleAt(DAY, [])]);
    assert.notEqual(counterIn(lived, '*bob'), null);
  });

  it('is forgotten after 24 h: what bears its id and name then is a new row', () => {
    const forgotten = [known, sampleAt(MINUTE, []), sampleAt(DAY + 1, [])];
    assert.equal(live(forgotten).state?.baselines.has('*bob'), false);
    const lived = live([...forgotten, sampleAt(DAY + MINUTE, [queue('bob', 1_100, 2_200)])]);
    assert.deepEqual(saidOf(lived, 'bob').deltas, moved(1_100, 2_200, DAY + 1, DAY + MINUTE).deltas);
  });

  it('does not pass its baseline to a static row of another name that has its id: that one is new', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, [queue('eve', 1_500, 2_500, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), moved(1_500, 2_500, MINUTE, 2 * MINUTE));
  });

  it('does not take away the baseline of another row that has its id when it is forgotten', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, []),
      sampleAt(DAY + MINUTE, [queue('eve', 1_500, 2_500, { id: '*bob' })]),
      sampleAt(DAY + 2 * MINUTE, [queue('eve', 1_501, 2_501, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), moved(1, 1, DAY + MINUTE, DAY + 2 * MINUTE));
  });
});

describe('a row that does not parse (rule 6)', () => {
  const known = sampleAt(0, [queue('bob', 1_000, 2_000)]);

  it('is not missing: nothing is said, and its baseline stays', () => {
    const lived = live([known, sampleAt(MINUTE, [], unreadable({ id: '*bob', name: 'bob' }))]);
    assert.deepEqual(saidOf(lived, 'bob'), NOTHING);
    assert.deepEqual(eventsOf(lived), []);
    assert.deepEqual(counterIn(lived, '*bob'), { uploadBytes: 1_000n, downloadBytes: 2_000n });
  });

  for (const row of [
    { id: '*bob', name: 'bob' },
    { id: '*bob', name: null },
    { id: null, name: 'bob' },
    { id: null, name: null },
  ]) {
    it(`loses no byte when it can be read again (.id ${row.id ?? 'unreadable'}, name ${row.name ?? 'unreadable'})`, () => {
      const lived = live([
        known,
        sampleAt(MINUTE, [], unreadable(row)),
        sampleAt(2 * DAY, [], unreadable(row)),
        sampleAt(2 * DAY + MINUTE, [queue('bob', 1_100, 2_200)]),
      ]);
      assert.deepEqual(saidOf(lived, 'bob'), moved(100, 200, 0, 2 * DAY + MINUTE));
    });
  }

  it('may have begun again at any time since it was last read: all of that is unobserved, and the bytes are spread over it', () => {
    const lived = live([
      known,
      sampleAt(HOUR, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(2 * HOUR, [queue('bob', 7, 8)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...moved(7, 8, 0, 2 * HOUR), restarts: 1, unobserved: [0, 2 * HOUR] });
  });

  it('leaves all the time since it was last read unobserved when it goes', () => {
    const lived = live([known, sampleAt(HOUR, [], unreadable({ id: '*bob', name: 'bob' })), sampleAt(2 * HOUR, [])]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, 2 * HOUR] });
  });

  it('becomes a baseline when it first parses, if it never did before; what it counted till then is unobserved', () => {
    const lived = live([
      sampleAt(0, []),
      sampleAt(MINUTE, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(2 * MINUTE, [queue('bob', 1_000, 2_000)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, 2 * MINUTE] });
  });

  it('becomes a baseline under whatever name it has when that can be read at last', () => {
    const lived = live([
      sampleAt(0, []),
      sampleAt(MINUTE, [], unreadable({ id: '*7', name: null })),
      sampleAt(2 * MINUTE, [queue('<pppoe-bob>', 10, 20, { id: '*7', dynamic: true })]),
    ]);
    assert.deepEqual(saidOf(lived, '<pppoe-bob>'), { ...NOTHING, unobserved: [0, 2 * MINUTE] });
  });

  it('goes without a word when its name could never be read', () => {
    const lived = live([
      sampleAt(0, []),
      sampleAt(MINUTE, [], unreadable({ id: '*7', name: null })),
      sampleAt(2 * MINUTE, []),
    ]);
    assert.deepEqual(lived.account?.entries, []);
    assert.deepEqual(eventsOf(lived), []);
  });

  it('may be any row while neither .id nor name can be read: none is said to be gone', () => {
    const lived = live([known, sampleAt(MINUTE, [], unreadable({ id: null, name: null }))]);
    assert.deepEqual(saidOf(lived, 'bob'), NOTHING);
  });

  for (const name of [null, 'bob']) {
    it(`is gone for certain when another row has its id, though one without .id could be it (name ${name ?? 'unreadable'})`, () => {
      const other = queue('eve', 5, 6, { id: '*bob', dynamic: true });
      const lived = live([known, sampleAt(MINUTE, [other], unreadable({ id: null, name }))]);
      assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, MINUTE] });
    });
  }

  it('whose name was never readable is booked from the boot on, also when it was missing in between', () => {
    const boot = { uptimeMs: 4 * MINUTE };
    const lived = live([
      known,
      sampleAt(10 * MINUTE, [], { ...boot, ...unreadable({ id: '*7', name: null }) }),
      sampleAt(11 * MINUTE, [], { uptimeMs: 5 * MINUTE }),
      sampleAt(12 * MINUTE, [], { uptimeMs: 6 * MINUTE, ...unreadable({ id: '*7', name: 'eve' }) }),
      sampleAt(13 * MINUTE, [queue('eve', 30, 40, { id: '*7' })], { uptimeMs: 7 * MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), moved(30, 40, 6 * MINUTE, 13 * MINUTE));
  });

  it('without .id may have counted long before: the next new row is a baseline only', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, [queue('bob', 1_000, 2_000)], unreadable({ id: null, name: null })),
      sampleAt(2 * MINUTE, [queue('bob', 1_000, 2_000), queue('eve', 5_000, 6_000)]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), { ...NOTHING, unobserved: [MINUTE, 2 * MINUTE] });
  });

  it('under another name with the id of a missing row is another row, never parsed before', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, [], unreadable({ id: '*bob', name: 'eve' })),
      sampleAt(3 * MINUTE, [queue('eve', 1_500, 2_500, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), { ...NOTHING, unobserved: [MINUTE, 3 * MINUTE] });
  });

  it('without a name on the id of a missing row does not bring that one back: under another name it is a new row', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, [], unreadable({ id: '*bob', name: null })),
      sampleAt(3 * MINUTE, [queue('eve', 1_500, 2_500, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve').deltas, moved(1_500, 2_500, 2 * MINUTE, 3 * MINUTE).deltas);
  });

  it('without .id does not bring back a missing row of its name, whose id another one may have', () => {
    const lived = live([
      known,
      sampleAt(MINUTE, [queue('bob', 1, 1, { id: '*8' })]),
      sampleAt(2 * MINUTE, [], unreadable({ id: null, name: 'bob' })),
      sampleAt(3 * MINUTE, [queue('eve', 1_500, 2_500, { id: '*bob' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'eve'), { ...NOTHING, unobserved: [2 * MINUTE, 3 * MINUTE] });
  });
});

describe('two rows of one name (rule 6)', () => {
  it('add up', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 100, 0, { id: '*1' }), queue('bob', 7, 0, { id: '*2' })]),
      sampleAt(MINUTE, [queue('bob', 110, 1, { id: '*1' }), queue('bob', 12, 2, { id: '*2' })]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob').deltas, [
      { upload: 10, download: 1, from: 0, to: MINUTE },
      { upload: 5, download: 2, from: 0, to: MINUTE },
    ]);
  });

  it('restart as one, also when both did', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 100, 0, { id: '*1' }), queue('bob', 7, 0, { id: '*2' })]),
      sampleAt(MINUTE, [queue('bob', 1, 0, { id: '*1' }), queue('bob', 2, 0, { id: '*2' })]),
    ]);
    assert.equal(saidOf(lived, 'bob').restarts, 1);
    assert.deepEqual(saidOf(lived, 'bob').unobserved, [0, MINUTE]);
  });
});

describe('the first sample of a router (rule 7)', () => {
  it('gives baselines only when the router booted before today', () => {
    const lived = live([sampleAt(0, [queue('bob', 1_000, 2_000)], { uptimeMs: 8 * HOUR + 1 })]);
    assert.deepEqual(lived.account?.entries, []);
    assert.deepEqual(counterIn(lived, '*bob'), { uploadBytes: 1_000n, downloadBytes: 2_000n });
    assert.deepEqual(eventsOf(lived), ['ROUTER_FIRST_READ']);
  });

  it('books the whole counters from the boot on when the router booted today', () => {
    const lived = live([sampleAt(0, [queue('bob', 1_000, 2_000)], { uptimeMs: 3 * HOUR })]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(1_000, 2_000, -3 * HOUR, 0));
  });

  it('takes a boot at midnight itself for today', () => {
    const lived = live([sampleAt(0, [queue('bob', 1_000, 2_000)], { uptimeMs: 8 * HOUR })]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(1_000, 2_000, -8 * HOUR, 0));
  });

  it('books a row that cannot be read yet once it can, from the boot on, when the router booted today', () => {
    const lived = live([
      sampleAt(0, [], { uptimeMs: 3 * HOUR, ...unreadable({ id: '*bob', name: 'bob' }) }),
      sampleAt(MINUTE, [queue('bob', 1_000, 2_000)], { uptimeMs: 3 * HOUR + MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(1_000, 2_000, -3 * HOUR, MINUTE));
  });

  it('makes a row that cannot be read yet a baseline once it can, when the router booted before today', () => {
    const lived = live([
      sampleAt(0, [], unreadable({ id: '*bob', name: 'bob' })),
      sampleAt(MINUTE, [queue('bob', 1_000, 2_000)]),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), { ...NOTHING, unobserved: [0, MINUTE] });
  });
});

describe('what cannot be true (rule 8)', () => {
  // 8 Mbit/s are 1,000 bytes a ms; a list is complete 1.2 s after its uptime at the latest, so 61.2 s may lie between two.
  const rules = { lineMbps: 8 };
  const most = 61_200_000;
  const implausible = { ...NOTHING, unobserved: [0, MINUTE] };

  for (const each of [
    { it: 'an upload that just fits is booked', upload: most, download: 0, said: moved(most, 0, 0, MINUTE) },
    { it: 'a byte more up is not', upload: most + 1, download: 0, said: implausible },
    { it: 'a byte more down is not, nor is the upload beside it', upload: 5, download: most + 1, said: implausible },
    { it: 'both directions may be full', upload: most, download: most, said: moved(most, most, 0, MINUTE) },
  ]) {
    it(each.it, () => {
      const lived = live(
        [sampleAt(0, [queue('bob', 0, 0)]), sampleAt(MINUTE, [queue('bob', each.upload, each.download)])],
        rules,
      );
      assert.deepEqual(saidOf(lived, 'bob'), each.said);
      assert.deepEqual(eventsOf(lived), each.said === implausible ? ['COUNTER_IMPLAUSIBLE bob'] : []);
    });
  }

  it('becomes the baseline, so that the next delta is small again', () => {
    const lived = live(
      [
        sampleAt(0, [queue('bob', 0, 0)]),
        sampleAt(MINUTE, [queue('bob', 9e9, 0)]),
        sampleAt(2 * MINUTE, [queue('bob', 9e9 + 5, 0)]),
      ],
      rules,
    );
    assert.deepEqual(saidOf(lived, 'bob'), moved(5, 0, MINUTE, 2 * MINUTE));
  });

  it('has a limit of 10 Gbit/s unless the router has another: 75 GB a minute', () => {
    const lived = live([sampleAt(0, [queue('bob', 0, 0)]), sampleAt(MINUTE, [queue('bob', 75e9, 0)])]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(75e9, 0, 0, MINUTE));
  });

  it('is measured by uptime where the clock was set forward', () => {
    const lived = live(
      [
        sampleAt(0, [queue('bob', 0, 0)]),
        sampleAt(9 * HOUR, [queue('bob', most + 1, 0)], {
          uptimeMs: 50 * HOUR + MINUTE,
          monotonicMs: 7_000_000 + MINUTE,
        }),
      ],
      rules,
    );
    assert.deepEqual(eventsOf(lived), ['COUNTER_IMPLAUSIBLE bob']);
  });

  it('is measured from the boot on at the first sample', () => {
    const first = (upload: number) => live([sampleAt(0, [queue('bob', upload, 0)], { uptimeMs: MINUTE })], rules);
    assert.deepEqual(saidOf(first(most), 'bob'), moved(most, 0, -MINUTE, 0));
    assert.deepEqual(saidOf(first(most + 1), 'bob'), { ...NOTHING, unobserved: [-MINUTE, 0] });
  });

  it('is measured from the boot on after a reboot; then the whole interval is unobserved', () => {
    const lived = live(
      [sampleAt(0, [queue('bob', 5, 5)]), sampleAt(HOUR, [queue('bob', most + 1, 0)], { uptimeMs: MINUTE })],
      rules,
    );
    assert.deepEqual(saidOf(lived, 'bob'), { deltas: [], restarts: 1, unobserved: [0, HOUR] });
  });

  it('is measured over all the time in which a row could not be read', () => {
    const lived = live(
      [
        sampleAt(0, [queue('bob', 0, 0)]),
        sampleAt(HOUR, [], unreadable({ id: '*bob', name: 'bob' })),
        sampleAt(HOUR + MINUTE, [queue('bob', 3e9, 0)]),
      ],
      rules,
    );
    assert.deepEqual(saidOf(lived, 'bob'), moved(3e9, 0, 0, HOUR + MINUTE));
  });
});

describe('parents', () => {
  const child = (upload: number) => queue('bob', upload, 0);
  const total = (upload: number, isParent: boolean) => queue('total', upload, 0, { isParent });

  function marks(...lists: readonly (readonly ReturnType<typeof queue>[])[]): Record<string, boolean> {
    const { account } = live(lists.map((list, index) => sampleAt(index * MINUTE, list)));
    return Object.fromEntries((account?.entries ?? []).map(({ name, isParent }) => [name, isParent]));
  }

  it('are booked, but marked', () => {
    assert.deepEqual(marks([child(1), total(1, true)], [child(9), total(9, true)]), { bob: false, total: true });
  });

  it('are marked from the interval on in which they became one: their counter may hold their children’s bytes', () => {
    assert.deepEqual(marks([child(1), total(1, false)], [child(9), total(9, true)]), { bob: false, total: true });
  });

  it('are marked to the end of the interval in which they ceased to be one', () => {
    const ceased = [
      [child(1), total(1, true)],
      [child(9), total(9, false)],
    ] as const;
    assert.deepEqual(marks(...ceased), { bob: false, total: true });
    assert.deepEqual(marks(...ceased, [child(10), total(12, false)]), { bob: false, total: false });
  });

  it('are marked after a reboot too when they have ceased to be one since', () => {
    const { account } = live([
      sampleAt(0, [child(1), total(1, true)]),
      sampleAt(10 * MINUTE, [child(9), total(9, false)], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(
      account?.entries.map(({ name, isParent, restarts }) => ({ name, isParent, restarts })),
      [
        { name: 'bob', isParent: false, restarts: 1 },
        { name: 'total', isParent: true, restarts: 1 },
      ],
    );
  });

  it('are known by their id after a reboot when they were renamed too', () => {
    const { account } = live([
      sampleAt(0, [total(1, true)]),
      sampleAt(10 * MINUTE, [queue('all', 9, 0, { id: '*total' })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(
      account?.entries.map(({ name, isParent }) => [name, isParent]),
      [['all', true]],
    );
  });

  it('are known by their name after a reboot when they were made anew', () => {
    const { account } = live([
      sampleAt(0, [total(1, true)]),
      sampleAt(10 * MINUTE, [queue('total', 9, 0, { id: '*new' })], { uptimeMs: 4 * MINUTE }),
    ]);
    assert.deepEqual(
      account?.entries.map(({ name, isParent }) => [name, isParent]),
      [['total', true]],
    );
  });

  it('lose what they lose as parents', () => {
    assert.deepEqual(marks([child(1), total(1, true)], [child(1)]), { total: true });
  });
});

describe('whose bytes they are', () => {
  it('books the delta to the user of the sample: the one who has the queue now', () => {
    const { account } = live([
      sampleAt(0, [queue('<hotspot-1>', 10, 20, { user: 'bob' })]),
      sampleAt(MINUTE, [queue('<hotspot-1>', 15, 25, { user: 'eve', comment: 'room 7' })]),
    ]);
    assert.deepEqual(
      account?.entries.map(({ name, user, comment }) => ({ name, user, comment })),
      [{ name: '<hotspot-1>', user: 'eve', comment: 'room 7' }],
    );
  });

  it('is kept apart for two rows of one name and two users', () => {
    const { account } = live([
      sampleAt(0, []),
      sampleAt(MINUTE, [queue('q', 1, 0, { id: '*1', user: 'bob' }), queue('q', 2, 0, { id: '*2', user: 'eve' })]),
    ]);
    assert.deepEqual(
      account?.entries.map(({ user, deltas }) => [user, deltas[0]?.uploadBytes]),
      [
        ['bob', 1n],
        ['eve', 2n],
      ],
    );
  });
});

describe('baselines', () => {
  it('are written only where something changed', () => {
    const { account } = live([
      sampleAt(0, [queue('bob', 1, 2), queue('eve', 3, 4)]),
      sampleAt(MINUTE, [queue('bob', 1, 2), queue('eve', 3, 5)]),
    ]);
    assert.deepEqual(
      account?.changedBaselines.map(({ id, seenAt }) => [id, seenAt - START_AT]),
      [['*eve', MINUTE]],
    );
  });

  for (const { it: name, now } of [
    { it: 'take a new name although no byte moved', now: { name: 'robert', id: '*bob' } },
    { it: 'take a new user although no byte moved', now: { user: 'robert' } },
    { it: 'take a new role although no byte moved', now: { isParent: true } },
  ]) {
    it(name, () => {
      const row = queue('bob', 1, 2, now);
      const { account, state } = live([sampleAt(0, [queue('bob', 1, 2)]), sampleAt(MINUTE, [row])]);
      assert.deepEqual(account?.entries, []);
      const { user, isParent } = row;
      assert.partialDeepStrictEqual(state?.baselines.get('*bob'), { name: row.name, user, isParent });
    });
  }

  it('are present again when their row is, although no byte moved', () => {
    const { state } = live([
      sampleAt(0, [queue('bob', 1, 2)]),
      sampleAt(MINUTE, []),
      sampleAt(2 * MINUTE, [queue('bob', 1, 2)]),
    ]);
    assert.partialDeepStrictEqual(state?.baselines.get('*bob'), {
      presence: 'present',
      seenAt: START_AT + 2 * MINUTE,
    });
  });

  it('are removed only of ids that no row bears any more', () => {
    const { account } = live([
      sampleAt(0, [queue('bob', 1, 2), queue('eve', 3, 4)]),
      sampleAt(MINUTE, []),
      sampleAt(25 * HOUR, [queue('joe', 5, 6, { id: '*bob' })]),
    ]);
    assert.deepEqual(account?.removedBaselineIds, ['*eve']);
  });
});
