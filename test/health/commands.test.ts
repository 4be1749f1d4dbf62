import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { maintenanceCommand } from '../../src/health/commands/maintenance.ts';
import { type HealthBooks, statusCommand } from '../../src/health/commands/status.ts';
import { transitionsCommand } from '../../src/health/commands/transitions.ts';
import { uptimeCommand } from '../../src/health/commands/uptime.ts';
import type { MaintenanceWindow } from '../../src/health/maintenance.ts';
import { runProgram } from '../../src/platform/cli/program.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { serverOf } from '../support/devices.ts';
import { recordOf } from '../support/health-site.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { noHealth } from '../support/no-health.ts';
import { runCommands } from '../support/program.ts';
import { NOON } from './support.ts';

const TIME_ZONE = 'Asia/Karachi';

/** One device, `r1`; each question is noted. */
function books() {
  const clock = createManualClock(NOON);
  const windows: MaintenanceWindow[] = [];
  const asked: unknown[] = [];
  let state: 'up' | 'down' = 'up';
  let closed = 0;
  const health: HealthBooks = {
    archive: {
      ...noHealth.archive,
      watched: async () => ({ isWatched: true, seenAt: clock.now(), blindSince: null }),
      records: async () => [recordOf('r1', clock.now(), { state, since: NOON - 60_000 })],
      async transitions(query) {
        asked.push(query);
        return [{ device: 'r1', at: NOON, from: 'up', to: 'suspect', reason: 'a, "b"', latencyMs: null }];
      },
    },
    maintenance: {
      list: async () => windows,
      async add(window) {
        const added = { ...window, id: windows.length + 1 };
        windows.push(added);
        return added;
      },
      async remove(id) {
        asked.push(id);
      },
    },
    ...{ devices: async () => [serverOf('r1')], everyMs: 30_000 },
    ...{ calendar: createCalendar(TIME_ZONE), clock, timeZone: TIME_ZONE },
  };
  const open = async () => ({
    health,
    async close() {
      closed += 1;
    },
  });
  const commands = [statusCommand, uptimeCommand, transitionsCommand, maintenanceCommand].map((make) => make({ open }));
  return {
    ...{ clock, asked, commands, run: (...args: string[]) => runCommands(args, commands), closed: () => closed },
    fall() {
      state = 'down';
    },
  };
}

/** Lets everything that is already resolved go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the commands of health', () => {
  it('print what there is, as a table, JSON and CSV', async () => {
    const { run } = books();
    assert.match((await run('status')).stdout, /r1 +up +1 min/);
    assert.equal(JSON.parse((await run('status', '--format', 'json')).stdout)[0].device, 'r1');
    assert.match((await run('uptime', '--days', '7', '--format', 'csv')).stdout, /^device,upSeconds,.*\r\nr1,/);
    assert.match((await run('uptime', '--days', '0')).stderr, /must be a number from 1 to/);
  });

  it('print transitions of a device and of days that people name, as CSV too', async () => {
    const { run, asked } = books();
    const { stdout } = await run('transitions', '--device', 'r1', '--from', 'yesterday', '--format', 'csv');
    assert.equal(
      stdout,
      `at,device,from,to,reason,latencyMs\r\n${new Date(NOON).toISOString()},r1,up,suspect,"a, ""b""",\r\n`,
    );
    const calendar = createCalendar(TIME_ZONE);
    const yesterday = calendar.addDays(calendar.dayOf(NOON), -1);
    assert.deepEqual(asked, [{ device: 'r1', fromAt: calendar.startOf(yesterday), toAt: undefined, most: 10_000 }]);
    const turned = await run('transitions', '--from', '2026-11-02', '--to', '2026-11-01');
    assert.deepEqual([turned.code, /is later than --to/.test(turned.stderr)], [2, true]);
  });

  it('add, list and remove maintenance windows', async () => {
    const { run, asked, closed } = books();
    const window = ['--from', '2026-11-27T22:00', '--to', '2026-11-28T02:00'];
    assert.equal((await run('maintenance', 'list')).stdout, 'There are no maintenance windows.\n');
    assert.equal((await run('maintenance', 'add', 'r1', ...window)).stdout, 'Added maintenance window 1.\n');
    await run('maintenance', 'add', '--tag', 'north', ...window, '--every', 'week');
    const { stdout } = await run('maintenance', 'list', '--format', 'csv');
    const times = '2026-11-27T17:00:00.000Z,2026-11-27T21:00:00.000Z';
    assert.equal(
      stdout,
      `id,device,tag,from,to,every,open\r\n1,r1,,${times},,false\r\n2,,north,${times},week,false\r\n`,
    );
    assert.equal((await run('maintenance', 'remove', '2')).stdout, 'Removed maintenance window 2.\n');
    assert.deepEqual(asked, [2]);
    assert.match((await run('maintenance', 'remove', 'r1')).stderr, /must be the number of a window/);
    assert.equal(closed(), 6, 'what was opened is closed, also when a command fails');
  });
});

describe('status --watch', () => {
  /** What it writes: at its start, after 2 s in which the device fell, and after it was stopped. */
  async function watch(isTTY: boolean) {
    const { clock, commands, fall, closed } = books();
    const written: string[] = [];
    const stop = new AbortController();
    const code = runProgram(['status', '--watch'], {
      stdout: { isTTY, columns: 80, write: (text) => written.push(String(text)) },
      stderr: { write: (text) => assert.fail(String(text)) },
      ...{ stdin: Readable.from([]), commands, env: {}, version: '1.2.3', commandName: 'netsentinel' },
      beforeCommand: async () => {},
      untilStop: () => stop.signal,
    });
    await settle();
    assert.equal(written.length, 1);
    fall();
    clock.advance(1_999);
    await settle();
    assert.equal(written.length, 1);
    clock.advance(1);
    await settle();
    stop.abort();
    assert.equal(await code, 0);
    assert.deepEqual([written.length, closed(), clock.pending()], [2, 1, 0]);
    return written;
  }

  it('prints it again in place on a terminal every 2 s, until it is stopped', async () => {
    const [first = '', second = ''] = await watch(true);
    assert.ok(first.startsWith('\u001b[H\u001b[J') && second.startsWith('\u001b[H\u001b[J'));
    assert.match(first, /r1 +up/);
    assert.match(second, /r1 +\S*down/);
  });

  it('prints one after the other where there is no terminal', async () => {
    const [first = '', second = ''] = await watch(false);
    assert.match(first, /r1 +up/);
    assert.match(second, /r1 +down/);
    for (const text of [first, second]) assert.ok(!text.includes('\u001b'));
  });
});
