import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DeliveryRound } from '../../../src/notices/delivery.ts';
import { UsageError } from '../../../src/platform/cli/usage-error.ts';
import { type ReportOptions, runReport } from '../../../src/reports/commands/report.ts';
import type { Reporter } from '../../../src/reports/report.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import type { PeriodDays } from '../../../src/usage/accounting/quota.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const calendar = createCalendar('Asia/Karachi');

interface World {
  readonly fate?: Awaited<ReturnType<Reporter['mail']>>;
  readonly round?: Partial<DeliveryRound>;
  readonly hasMail?: boolean;
}

const nameOf = ({ startDay, endDay }: PeriodDays) => (startDay === endDay ? startDay : `${startDay}..${endDay}`);

async function report(options: Partial<ReportOptions>, { fate = 'written', round = {}, hasMail = true }: World = {}) {
  const calls: string[] = [];
  const outcome = await runReport(
    {
      reporter: {
        async compose(days) {
          calls.push(`compose ${nameOf(days)}`);
          return { subject: 's', html: '<p>report</p>', text: 'the report\n', csv: '', csvName: 'a.csv' };
        },
        async mail(days, force) {
          calls.push(`mail ${nameOf(days)} ${force}`);
          return fate;
        },
      },
      delivery: {
        async deliverDue() {
          calls.push('deliver');
          return { sent: 1, failed: 0, waiting: 0, ...round };
        },
      },
      hasMail,
      calendar,
      clock: createManualClock(calendar.startOf('2026-11-20')),
    },
    { send: false, force: false, ...options },
  );
  return { ...outcome, calls };
}

describe('report', () => {
  it('prints the text where neither a file nor a mail is asked for', async () => {
    assert.deepEqual(await report({}), { text: 'the report\n', exitCode: 0, calls: ['compose 2026-11-20'] });
  });

  it('writes the HTML to the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-report-'));
    const out = join(folder, 'report.html');
    const { text, exitCode } = await report({ out, day: 'yesterday' });
    assert.deepEqual([text, exitCode], [`Report of 2026-11-19 written to ${out}.\n`, 0]);
    assert.equal(readFileSync(out, 'utf8'), '<p>report</p>');
    rmSync(folder, { recursive: true });
  });

  it('gives trouble, not a bug, when the file cannot be written', async () => {
    await assert.rejects(report({ out: join(tmpdir(), 'netsentinel-no-such-folder', 'report.html') }), {
      code: 'REPORT_NOT_WRITTEN',
    });
  });

  it('mails it and waits for the mail server', async () => {
    assert.deepEqual(await report({ send: true }), {
      text: 'Report of 2026-11-20 sent.\n',
      exitCode: 0,
      calls: ['mail 2026-11-20 false', 'deliver'],
    });
  });

  it('prints, writes and mails the report of a range, and names it', async () => {
    const range = { from: '2026-11-09', to: 'yesterday' };
    assert.deepEqual((await report(range)).calls, ['compose 2026-11-09..2026-11-19']);
    assert.deepEqual((await report({ from: 'yesterday' })).calls, ['compose 2026-11-19..2026-11-20']);
    const sent = await report({ ...range, send: true });
    assert.deepEqual([sent.text, sent.exitCode], ['Report of 2026-11-09 to 2026-11-19 sent.\n', 0]);
    assert.deepEqual(sent.calls, ['mail 2026-11-09..2026-11-19 false', 'deliver']);
    const again = await report({ ...range, send: true }, { fate: 'sent-before' });
    assert.equal(again.text, 'The report of 2026-11-09 to 2026-11-19 was sent already; --force sends it again.\n');
    assert.equal(again.exitCode, 0);
    await assert.rejects(report({ from: '2026-11-20', to: '2026-11-19' }), UsageError);
    await assert.rejects(report({ to: '2026-11-19' }), UsageError);
  });

  it('says so, with exit code 0, when it was sent already', async () => {
    const { text, exitCode, calls } = await report({ send: true }, { fate: 'sent-before' });
    assert.match(text, /was sent already; --force sends it again/);
    assert.deepEqual([exitCode, calls], [0, ['mail 2026-11-20 false']]);
  });

  it('does not call sent what waits or was given up', async () => {
    const waiting = await report({ send: true }, { fate: 'waiting' });
    assert.match(waiting.text, /waits to be sent/);
    const givenUp = await report({ send: true }, { fate: 'given-up' });
    assert.match(givenUp.text, /given up; --force sends it again/);
    assert.deepEqual([waiting.exitCode, givenUp.exitCode], [1, 1]);
  });

  it('is sent again when forced', async () => {
    assert.deepEqual((await report({ send: true, force: true })).calls, ['mail 2026-11-20 true', 'deliver']);
  });

  for (const round of [{ sent: 0, waiting: 1 }, { failed: 1 }]) {
    it(`ends with 1 when a mail is ${'failed' in round ? 'given up' : 'still waiting'}`, async () => {
      const { text, exitCode } = await report({ send: true }, { round });
      assert.match(text, /could not be sent/);
      assert.equal(exitCode, 1);
    });
  }

  it('refuses options at odds', async () => {
    await assert.rejects(report({ force: true }), UsageError);
    await assert.rejects(report({ send: true }, { hasMail: false }), UsageError);
  });
});
