import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScreen } from '../../../src/platform/cli/render/screen.ts';
import { type AlertsOptions, runAlerts } from '../../../src/quotas/commands/alerts.ts';
import type { AlertArchive, AlertState } from '../../../src/quotas/ports.ts';
import { textWidth } from '../../../src/runtime/text-width.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const calendar = createCalendar('Asia/Karachi');
const NOW = calendar.startOf('2026-11-20') + 3_600_000;
const GB = 1024n ** 3n;

const ALERT: AlertState = {
  day: '2026-11-20',
  router: 'edge-1',
  user: 'bob',
  period: 'day',
  periodStart: '2026-11-20',
  periodEnd: '2026-11-20',
  threshold: 100,
  countedBytes: 2n ** 60n + 1n,
  limitBytes: 10n * GB,
  noticedAt: NOW,
  state: 'sent',
  sentAt: NOW,
  attempts: 1,
};

async function print(alerts: readonly AlertState[], options: Partial<AlertsOptions> = {}, columns?: number) {
  const asked: unknown[] = [];
  const archive: AlertArchive = {
    async alerts(filter) {
      asked.push(filter);
      return [...alerts];
    },
  };
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const screen = createScreen({ write: () => true, ...terminal }, { NO_COLOR: '1' });
  const text = await runAlerts(
    { alerts: archive, calendar, clock: createManualClock(NOW), screen },
    { day: 'today', format: 'table', ...options },
  );
  return { text, asked };
}

describe('alerts', () => {
  it('asks for today without a day', async () => {
    assert.deepEqual((await print([])).asked, [{ fromDay: '2026-11-20', toDay: '2026-11-20' }]);
    assert.deepEqual((await print([], { day: 'yesterday' })).asked, [{ fromDay: '2026-11-19', toDay: '2026-11-19' }]);
  });

  it('prints JSON with exact bytes and exactly these keys', async () => {
    const { text } = await print([ALERT, { ...ALERT, state: 'estimated', sentAt: null, attempts: 0 }], {
      format: 'json',
    });
    assert.match(text, /"countedBytes":1152921504606846977,/);
    const [sent, estimated] = JSON.parse(text);
    assert.deepEqual(Object.keys(sent), [
      ...['day', 'router', 'user', 'period', 'periodStart', 'threshold', 'countedBytes', 'limitBytes'],
      ...['state', 'sentAt', 'attempts'],
    ]);
    assert.deepEqual([sent.state, sent.sentAt, sent.attempts], ['sent', '2026-11-19T20:00:00.000Z', 1]);
    assert.deepEqual([estimated.state, estimated.sentAt, estimated.attempts], ['estimated', null, 0]);
    assert.deepEqual(JSON.parse((await print([], { format: 'json' })).text), []);
  });

  it('prints CSV that no spreadsheet takes for a formula', async () => {
    const { text } = await print([{ ...ALERT, user: '=cmd|calc' }], { format: 'csv' });
    assert.equal(
      text,
      'day,router,user,period,periodStart,threshold,countedBytes,limitBytes,state,sentAt,attempts\r\n' +
        "2026-11-20,edge-1,'=cmd|calc,day,2026-11-20,100,1152921504606846977,10737418240,sent,2026-11-19T20:00:00.000Z,1\r\n",
    );
  });

  it('prints a table for people, hostile names harmless', async () => {
    const week = {
      ...ALERT,
      user: 'a\u001b[2Jb\nc',
      period: 'week',
      periodStart: '2026-11-16',
      threshold: 80,
      countedBytes: 9n * GB,
      state: 'pending',
      sentAt: null,
    } as const;
    const { text } = await print([week]);
    assert.match(text, /^Quota alerts, Fri 20 Nov 2026 \(Asia\/Karachi\)$/m);
    assert.match(text, /a�\[2Jb�c +edge-1 +week from 2026-11-16 +80% +9 of 10 GB +pending/);
  });

  it('fits a terminal of 80 columns, however long and wide the names, and still says what became of each mail', async () => {
    const used = { countedBytes: 11n * GB - 1n, threshold: 100 };
    const alerts: AlertState[] = [
      { ...ALERT, ...used },
      {
        ...ALERT,
        ...used,
        user: 'u'.repeat(255),
        router: '界'.repeat(255),
        period: 'month',
        periodStart: '2026-11-01',
      },
      {
        ...ALERT,
        ...used,
        user: '界'.repeat(255),
        period: 'week',
        periodStart: '2026-11-16',
        sentAt: NOW + 86_400_000,
      },
      { ...ALERT, ...used, state: 'pending', sentAt: null, attempts: 12 },
      { ...ALERT, ...used, state: 'superseded', sentAt: null, attempts: 0 },
    ];
    const { text } = await print(alerts, {}, 80);
    for (const line of text.split('\n')) assert.ok(textWidth(line) <= 80, line);
    for (const part of [
      'month 1 Nov',
      'week 16 Nov',
      'sent 01:00',
      'sent 21 Nov 01:00',
      'pending, 12 tries',
      'superseded',
    ]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    const short = await print([{ ...ALERT, countedBytes: 11n * GB }], {}, 80);
    assert.match(short.text, /Fri 20 Nov, 01:00/, 'with room there is nothing to shorten');
  });

  it('says so when no threshold was crossed', async () => {
    assert.match((await print([])).text, /No threshold was crossed\./);
  });
});
