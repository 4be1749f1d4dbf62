import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScreen } from '../../../src/platform/cli/render/screen.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { runExplain } from '../../../src/usage/commands/explain.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryArchive, queueDay } from '../../support/usage-archive.ts';

const GB = 1024n ** 3n;
const HOUR = 3_600_000;

function explain(content: Parameters<typeof createMemoryArchive>[0], day = '2026-11-19', timeZone = 'Asia/Kolkata') {
  return runExplain(
    {
      archive: createMemoryArchive(content),
      calendar: createCalendar(timeZone),
      clock: createManualClock(Date.UTC(2026, 10, 19, 12)),
      screen: createScreen({ write: () => true }, {}),
    },
    { queue: 'bob', day },
  );
}

describe('explain', () => {
  it('reads like the note of an auditor', async () => {
    const startAt = createCalendar('Asia/Kolkata').startOf('2026-11-19');
    const hours = [0, 4].map((index) => ({
      router: 'edge-1',
      queue: 'bob',
      user: 'robert',
      // The UTC hour that holds the local midnight began half an hour before it.
      isParent: false,
      hourAt: startAt - HOUR / 2 + index * HOUR,
      uploadBytes: GB / 4n,
      downloadBytes: BigInt(index + 1) * GB,
    }));
    const days = [
      queueDay({
        user: 'robert',
        comment: 'flat 12',
        uploadBytes: GB,
        downloadBytes: 8n * GB,
        restarts: 1,
        unobservedMs: 180_000,
        estimatedBytes: GB / 2n,
      }),
    ];
    const events = [
      { at: startAt + 8 * HOUR, code: 'ROUTER_REBOOTED', queue: null, router: 'edge-1', detail: 'it\u001b[2J booted' },
    ];
    assert.equal(
      await explain({ days, hours, events }),
      `Queue bob on router edge-1, Thu 19 Nov 2026

So far 8.00 GB of download and 1.00 GB of upload, 9.00 GB in all (9,663,676,416 bytes), for user
robert (“flat 12”); day in Asia/Kolkata.

The counter restarted from zero once (reboot, reset, or the queue was made again); all bytes after
the restart are counted. Up to 3 min of data missing: the true total may be higher, never lower.

0.50 GB of it were read after a gap over midnight and split between the days by time: an estimate.

By the hour, local time:
  00:00  1.00 GB down  0.25 GB up  █████▊
  03:30  5.00 GB down  0.25 GB up  ████████████████████████
  2.50 GB of the day belong to no known hour: they were read after a gap of more than an hour.

1 event:
  08:00  ROUTER_REBOOTED (router): it�[2J booted
`,
    );
  });

  describe('of a queue that was not observed all day', () => {
    const MINUTE = 60_000;
    const note = (
      spans: readonly [from: number, to: number][],
      unobservedMs: number,
      day?: string,
      zone = 'Asia/Kolkata',
    ) => {
      const startAt = createCalendar(zone).startOf(day ?? '2026-11-19');
      const unobserved = spans.map(([from, to]) => ({
        ...{ router: 'edge-1', queue: 'bob', user: 'bob', isParent: false },
        startAt: startAt + from * MINUTE,
        endAt: startAt + to * MINUTE,
      }));
      return explain(
        { days: [queueDay({ unobservedMs, ...(day === undefined ? {} : { day }) })], unobserved },
        day,
        zone,
      );
    };

    it('says when that was, with seconds where it was short, up to midnight', async () => {
      const text = await note(
        [
          [-5, 3],
          [19.5, 20],
          [1430, 1450],
        ],
        13.5 * MINUTE,
      );
      assert.match(text, /^Data missing: 00:00 to 00:03, 00:19:30 to 00:20:00, 23:50 to 24:00\.$/m);
    });

    it('says which are noted when an earlier version booked a part of the day', async () => {
      assert.match(await note([[600, 610]], 60 * MINUTE), /^Known gaps: 10:00 to 10:10\.$/m);
    });

    it('says nothing more than how long when only that is stored', async () => {
      const text = await note([], 60 * MINUTE);
      assert.match(text, /Up to 1 h of data missing/);
      assert.doesNotMatch(text, /observed:|noted:/);
    });

    it('names twelve, and how many more there were', async () => {
      const spans = Array.from({ length: 40 }, (_, index) => [index * 10, index * 10 + 5] as [number, number]);
      const text = (await note(spans, 200 * MINUTE)).replaceAll('\n', ' ');
      assert.match(text, /Data missing: 00:00 to 00:05, .* 01:50 to 01:55 and 28 more\./);
    });

    it('shows the two times of one name differently when the clock is turned back', async () => {
      const text = await note([[150, 200]], 50 * MINUTE, '2026-10-25', 'Europe/Berlin');
      assert.match(text, /Data missing: 02:30 \+02:00 to 02:20 \+01:00\./);
    });
  });

  it('says when all is well', async () => {
    const note = await explain({ days: [queueDay({ day: '2026-11-18', uploadBytes: 1n })] }, '2026-11-18');
    assert.match(note, /^In total/m);
    assert.match(note, /The counter did not restart\. No data is missing\./);
    assert.match(note, /No events\./);
  });

  it('says so when nothing is stored', async () => {
    assert.match(await explain({}), /^No usage of queue bob on Thu 19 Nov 2026: no such queue, or it moved no bytes\./);
  });

  it('shows the two hours of one name differently when the clock is turned back', async () => {
    const day = '2026-10-25';
    const days = [queueDay({ day, downloadBytes: 2n * GB })];
    const hours = [0, 1].map((index) => ({
      router: 'edge-1',
      queue: 'bob',
      user: 'bob',
      isParent: false,
      hourAt: Date.UTC(2026, 9, 25, index),
      uploadBytes: 0n,
      downloadBytes: GB,
    }));
    const note = await explain({ days, hours }, day, 'Europe/Berlin');
    assert.match(note, /a day of 1 d 1 h/);
    assert.match(note, /^ {2}02:00 \+02:00 /m);
    assert.match(note, /^ {2}02:00 \+01:00 /m);
  });
});
