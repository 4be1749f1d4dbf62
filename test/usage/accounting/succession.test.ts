import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FreshStamp, SampleStamp } from '../../../src/usage/accounting/counter.ts';
import { judgeSuccession, type Succession } from '../../../src/usage/accounting/succession.ts';
import { HOUR, MINUTE, SECOND, START_AT, stampAt } from '../../support/samples.ts';

interface Case {
  readonly it: string;
  readonly stored: SampleStamp;
  readonly sample: FreshStamp;
  /** The worker's wall clock when it judges, its monotonic clock having moved on as far; unless given, when the sample was read. */
  readonly nowAt?: number;
  readonly is: Succession;
  readonly clockStepped?: boolean;
}

function check(cases: readonly Case[]): void {
  for (const each of cases) {
    it(each.it, () => {
      const { sample, nowAt = sample.sampledAt } = each;
      const nowMonotonicMs = sample.monotonicMs + Math.max(0, nowAt - sample.sampledAt);
      assert.deepEqual(judgeSuccession(each.stored, sample, { nowAt, nowMonotonicMs, earliestAt: EARLIEST_AT }), {
        succession: each.is,
        clockStepped: each.clockStepped ?? false,
      });
    });
  }
}

const onOneMachine = { bootId: 'boot' };
const ASKED_MS = stampAt(0).askedMs;
const EARLIEST_AT = START_AT - 1_000 * HOUR;

const two = { reader: 'two', monotonicMs: 3 };
const noon = stampAt(0);

describe('a late sample (rule 1)', () => {
  check([
    {
      it: 'goes on in the same boot when the same process reads a minute later',
      stored: noon,
      sample: stampAt(MINUTE),
      is: 'continued',
    },
    {
      it: 'is a duplicate when the same process commits it again, for its first commit was lost on the way back',
      stored: noon,
      sample: noon,
      is: 'duplicate',
    },
    {
      it: 'is a duplicate when the same process commits an older one of its own',
      stored: stampAt(MINUTE),
      sample: noon,
      nowAt: START_AT + 2 * MINUTE,
      is: 'duplicate',
    },
    {
      it: 'is late when another process read it before the stored list was complete',
      stored: stampAt(0, { endUptimeMs: 50 * HOUR + 9 * SECOND }),
      sample: stampAt(8 * SECOND, two),
      is: 'late',
    },
    {
      it: 'is accepted when another process read it at the very uptime at which the stored list was complete',
      stored: stampAt(0, { endUptimeMs: 50 * HOUR + 9 * SECOND }),
      sample: stampAt(9 * SECOND, two),
      is: 'continued',
    },
    {
      it: 'is accepted from the same process even while the stored list was being read by uptime',
      stored: stampAt(0, { endUptimeMs: 50 * HOUR + 9 * SECOND }),
      sample: stampAt(8 * SECOND),
      is: 'continued',
    },
    {
      it: 'is late when another process of the same machine read it earlier by the clock of the machine, whatever the uptimes say',
      stored: stampAt(MINUTE, { uptimeMs: 20 * SECOND, ...onOneMachine }),
      sample: stampAt(0, { reader: 'two', ...onOneMachine, sampledAt: START_AT + HOUR }),
      nowAt: START_AT + HOUR + 2 * MINUTE,
      is: 'late',
    },
    {
      it: 'is late when another process of the same machine read it later, but before the stored list was complete',
      stored: stampAt(0, { endUptimeMs: 50 * HOUR + 9 * SECOND, ...onOneMachine }),
      sample: stampAt(8 * SECOND, { reader: 'two', ...onOneMachine }),
      is: 'late',
    },
    {
      it: 'is late, not a reboot, when its answer overtook that of another process of the same machine',
      stored: stampAt(0, onOneMachine),
      sample: stampAt(SECOND, {
        reader: 'two',
        uptimeMs: 50 * HOUR - 3 * SECOND,
        ...onOneMachine,
        askedMs: ASKED_MS - 3 * SECOND,
      }),
      is: 'late',
    },
    {
      it: 'is late when the router may have rebooted since and been read by another machine, whatever the clocks say',
      stored: stampAt(-HOUR, { uptimeMs: 30 * MINUTE }),
      sample: stampAt(0, two),
      nowAt: START_AT + 31 * MINUTE,
      is: 'late',
    },
    {
      it: 'is accepted when the stored boot began before it was read, however long it was held',
      stored: stampAt(-HOUR, { uptimeMs: 40 * MINUTE }),
      sample: stampAt(0, two),
      nowAt: START_AT + 30 * MINUTE,
      is: 'continued',
    },
    {
      it: 'is not judged by a machine clock that was set back with the machine to a snapshot',
      stored: stampAt(0, { ...onOneMachine, monotonicMs: stampAt(HOUR).monotonicMs }),
      sample: stampAt(MINUTE, { reader: 'two', ...onOneMachine }),
      is: 'continued',
    },
    {
      it: 'is late, not a reboot, when another process held it for an hour',
      stored: stampAt(HOUR),
      sample: stampAt(0, two),
      nowAt: START_AT + HOUR,
      is: 'late',
    },
    {
      it: 'is late when it is of an earlier boot and older by the clock too',
      stored: stampAt(10 * MINUTE, { uptimeMs: 2 * MINUTE }),
      sample: stampAt(5 * MINUTE, two),
      is: 'late',
    },
    {
      it: 'is late when it was held back, even though the wall clock has moved on an hour since',
      stored: stampAt(10 * MINUTE, { uptimeMs: 2 * MINUTE }),
      sample: stampAt(5 * MINUTE, two),
      nowAt: noon.sampledAt + HOUR,
      is: 'late',
    },
    {
      it: 'is accepted with a stepped clock when the stored instant lies more than 5 min in the future and uptime fell',
      stored: stampAt(2 * HOUR, { uptimeMs: 30 * MINUTE }),
      sample: stampAt(10 * MINUTE, { ...two, uptimeMs: 8 * MINUTE }),
      is: 'rebooted',
      clockStepped: true,
    },
    {
      it: 'is accepted with a stepped clock in the same boot when the stored instant lies in the future and uptime grew',
      stored: stampAt(2 * HOUR, { uptimeMs: 30 * MINUTE }),
      sample: stampAt(0, { ...two, uptimeMs: 31 * MINUTE }),
      is: 'continued',
      clockStepped: true,
    },
    {
      it: 'is late while the stored instant lies 5 min in the future and no more',
      stored: stampAt(10 * MINUTE, { uptimeMs: MINUTE }),
      sample: stampAt(5 * MINUTE, { ...two, uptimeMs: 4 * MINUTE }),
      is: 'late',
    },
    {
      it: 'is accepted from 5 min and 1 ms on',
      stored: stampAt(10 * MINUTE + 1, { uptimeMs: MINUTE }),
      sample: stampAt(5 * MINUTE, { ...two, uptimeMs: 4 * MINUTE }),
      is: 'continued',
      clockStepped: true,
    },
    {
      it: 'is accepted when it is older by the clock but its uptime grew: the clock was set back',
      stored: stampAt(HOUR, { uptimeMs: 50 * HOUR }),
      sample: stampAt(0, { ...two, uptimeMs: 50 * HOUR + MINUTE }),
      is: 'continued',
    },
    {
      it: 'is accepted when the clock of one process was set back by a day',
      stored: stampAt(24 * HOUR),
      sample: stampAt(0, { uptimeMs: 74 * HOUR + MINUTE, monotonicMs: stampAt(24 * HOUR + MINUTE).monotonicMs }),
      is: 'continued',
    },
    {
      it: 'is accepted when both have the same instant by clocks 2 s apart and uptime grew past the list',
      stored: noon,
      sample: stampAt(0, { ...two, uptimeMs: 50 * HOUR + 2 * SECOND }),
      is: 'continued',
    },
  ]);
});

describe('a reboot (rule 2)', () => {
  check([
    {
      it: 'is seen by the uptime that fell',
      stored: noon,
      sample: stampAt(MINUTE, { uptimeMs: 20 * SECOND }),
      is: 'rebooted',
    },
    {
      it: 'is seen between two processes',
      stored: noon,
      sample: stampAt(MINUTE, { ...two, uptimeMs: 20 * SECOND }),
      is: 'rebooted',
    },
    {
      it: 'is seen after a long outage whose uptime is above the old one',
      stored: stampAt(0, { uptimeMs: HOUR }),
      sample: stampAt(10 * HOUR, { uptimeMs: 9 * HOUR }),
      is: 'rebooted',
    },
    {
      it: 'is seen after a long outage by another process of the same machine',
      stored: stampAt(0, { uptimeMs: HOUR, ...onOneMachine }),
      sample: stampAt(10 * HOUR, { reader: 'two', uptimeMs: 9 * HOUR, ...onOneMachine }),
      is: 'rebooted',
    },
    {
      it: 'is no more than claimed after a long outage by another machine: the uptime grew, and only two wall clocks say so',
      stored: stampAt(0, { uptimeMs: HOUR }),
      sample: stampAt(10 * HOUR, { ...two, uptimeMs: 9 * HOUR }),
      is: 'claimed',
    },
    {
      it: 'is seen when the router rebooted twice within a minute of uptime',
      stored: stampAt(0, { uptimeMs: 12 * SECOND }),
      sample: stampAt(50 * SECOND, { uptimeMs: 15 * SECOND }),
      is: 'rebooted',
    },
    {
      it: 'is not seen in a boot instant that moved by 5 s when uptime is small: whole seconds and drift do that',
      stored: stampAt(0, { uptimeMs: 8 * SECOND }),
      sample: stampAt(MINUTE, { uptimeMs: 63 * SECOND }),
      is: 'continued',
    },
    {
      it: 'is seen in a boot instant that moved by more than 5 s when uptime is small',
      stored: stampAt(0, { uptimeMs: 8 * SECOND }),
      sample: stampAt(MINUTE, { uptimeMs: 62 * SECOND }),
      is: 'rebooted',
    },
    {
      it: 'is not seen in a boot instant that moved by half the uptime',
      stored: stampAt(0, { uptimeMs: 2 * HOUR }),
      sample: stampAt(3 * HOUR, { uptimeMs: 4 * HOUR }),
      is: 'continued',
    },
    {
      it: 'is seen in a boot instant that moved by more than half the uptime',
      stored: stampAt(0, { uptimeMs: 2 * HOUR }),
      sample: stampAt(3 * HOUR, { uptimeMs: 4 * HOUR - SECOND }),
      is: 'rebooted',
    },
    {
      it: 'is not seen in a forward clock step of 90 s at 60 s of uptime when one process read both',
      stored: stampAt(0, { uptimeMs: MINUTE }),
      sample: stampAt(150 * SECOND, { uptimeMs: 2 * MINUTE, monotonicMs: stampAt(MINUTE).monotonicMs }),
      is: 'continued',
    },
    {
      it: 'is seen by one process even when its clock was set back over the outage',
      stored: noon,
      sample: stampAt(-HOUR, { uptimeMs: 30 * MINUTE, monotonicMs: stampAt(HOUR).monotonicMs }),
      is: 'rebooted',
    },
    {
      it: 'is not seen in a forward clock step of 90 s at 60 s of uptime when another process of the same machine read it',
      stored: stampAt(0, { uptimeMs: MINUTE, ...onOneMachine }),
      sample: stampAt(150 * SECOND, {
        reader: 'two',
        uptimeMs: 2 * MINUTE,
        monotonicMs: stampAt(MINUTE).monotonicMs,
        ...onOneMachine,
      }),
      is: 'continued',
    },
    {
      it: 'is not seen in an answer that took 20 s when the uptime was small',
      stored: stampAt(0, { uptimeMs: 20 * SECOND }),
      sample: stampAt(80 * SECOND, { uptimeMs: 80 * SECOND, askedMs: stampAt(60 * SECOND).monotonicMs }),
      is: 'continued',
    },
    {
      it: 'is not claimed when the router would have booted before the last sample was read',
      stored: stampAt(0, { uptimeMs: 2 * HOUR }),
      sample: stampAt(3 * HOUR, { ...two, uptimeMs: 3 * HOUR + SECOND }),
      is: 'continued',
    },
    {
      it: 'is claimed when the router would have booted at the very instant of the last sample',
      stored: stampAt(0, { uptimeMs: 2 * HOUR }),
      sample: stampAt(3 * HOUR, { ...two, uptimeMs: 3 * HOUR }),
      is: 'claimed',
    },
    {
      it: 'is not claimed when the last sample was dated by a clock that was not set',
      stored: stampAt(0, { uptimeMs: HOUR, sampledAt: 1_000 }),
      sample: stampAt(10 * HOUR, { ...two, uptimeMs: 9 * HOUR }),
      is: 'continued',
    },
    {
      it: 'is not claimed by a clock that is not set',
      stored: stampAt(0, { uptimeMs: HOUR, sampledAt: EARLIEST_AT - 20 * HOUR }),
      sample: stampAt(10 * HOUR, { ...two, uptimeMs: 9 * HOUR, sampledAt: EARLIEST_AT - 10 * HOUR }),
      is: 'continued',
    },
    {
      it: 'is certain between two machines when the uptime fell by more than the age of the sample, whatever their clocks say',
      stored: stampAt(5 * HOUR, { uptimeMs: 10 * HOUR }),
      sample: stampAt(0, { ...two, uptimeMs: 9 * HOUR }),
      nowAt: START_AT + 50 * MINUTE,
      is: 'rebooted',
    },
    {
      it: 'is certain on a machine that was suspended when the uptime fell by more than the age of the sample',
      stored: stampAt(0, { uptimeMs: 10 * HOUR, ...onOneMachine }),
      sample: stampAt(MINUTE, { reader: 'two', uptimeMs: 9 * HOUR, ...onOneMachine }),
      is: 'rebooted',
    },
    {
      it: 'is not believed when the uptime fell by less than the age of the sample: another machine may have read the router since',
      stored: stampAt(0, { uptimeMs: 10 * HOUR }),
      sample: stampAt(5 * HOUR, { ...two, uptimeMs: 9 * HOUR }),
      nowAt: START_AT + 6 * HOUR + MINUTE,
      is: 'late',
    },
    {
      it: 'is not believed when the uptime fell by what the wall clocks say as well: the machine was stopped while it held the sample',
      stored: stampAt(HOUR),
      sample: stampAt(0, two),
      nowAt: START_AT + SECOND,
      is: 'late',
    },
    {
      it: 'is measured from the last sample: drift of 1 s a poll never adds up to one',
      stored: stampAt(1_000 * MINUTE, { uptimeMs: 1_000 * 59 * SECOND }),
      sample: stampAt(1_001 * MINUTE, { uptimeMs: 1_001 * 59 * SECOND }),
      is: 'continued',
    },
  ]);
});

describe('another device (rule 3)', () => {
  check([
    {
      it: 'is told by its serial number, whatever its uptime',
      stored: noon,
      sample: stampAt(MINUTE, { serial: 'SERIAL-2' }),
      is: 'replaced',
    },
    {
      it: 'is not told by a serial number that could not be read this time',
      stored: noon,
      sample: stampAt(MINUTE, { serial: null }),
      is: 'continued',
    },
    {
      it: 'is not told by a serial number that is readable for the first time',
      stored: stampAt(0, { serial: null }),
      sample: stampAt(MINUTE),
      is: 'continued',
    },
    {
      it: 'is late when the old device was read by another process before it was replaced',
      stored: stampAt(MINUTE, { serial: 'SERIAL-2', uptimeMs: HOUR }),
      sample: stampAt(0, two),
      is: 'late',
    },
    {
      it: 'is late when it was held for more than 10 s and another machine may have read the new device meanwhile',
      stored: stampAt(-MINUTE, { serial: 'SERIAL-2', uptimeMs: HOUR }),
      sample: stampAt(0, two),
      nowAt: START_AT + 12 * SECOND,
      is: 'late',
    },
    {
      it: 'is accepted when another process of the same machine read it later by the clock of the machine',
      stored: stampAt(0, { serial: 'SERIAL-2', uptimeMs: HOUR, ...onOneMachine }),
      sample: stampAt(MINUTE, { reader: 'two', ...onOneMachine, sampledAt: START_AT - HOUR }),
      nowAt: START_AT,
      is: 'replaced',
    },
    {
      it: 'is accepted although older by the clock when the stored instant lies in the future',
      stored: stampAt(HOUR),
      sample: stampAt(0, { ...two, serial: 'SERIAL-2' }),
      is: 'replaced',
    },
    {
      it: 'is a duplicate when the same process commits its first sample again',
      stored: stampAt(MINUTE, { serial: 'SERIAL-2' }),
      sample: stampAt(MINUTE, { serial: 'SERIAL-2' }),
      is: 'duplicate',
    },
  ]);
});
