import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createMailTemplates } from '../../../../src/notices/channels/mail/templates.ts';
import { createPageLinks } from '../../../../src/platform/http/page-links.ts';
import { composeReport } from '../../../../src/reports/compose.ts';
import { createReportTemplate } from '../../../../src/reports/template.ts';
import { createCalendar } from '../../../../src/usage/accounting/day.ts';
import { launchChromium } from '../../../support/chromium.ts';
import { conditionOf } from '../../../support/conditions.ts';
import { createMemoryUsage, usageRow } from '../../../support/memory-usage.ts';
import { usageOf } from '../../../support/report-usage.ts';

const GB = 1024n ** 3n;
const MB = 1024n ** 2n;
const TODAY = '2026-11-20';
const calendar = createCalendar('Asia/Karachi');
const NOW = calendar.startOf(TODAY) + 18.25 * 3_600_000;
const LONG_NAME = `customer-${'0123456789'.repeat(9)}`;
const ROUTERS = ['edge-1', `edge-${'x'.repeat(80)}`];
const templates = createMailTemplates();

/** A hundred users and more, names of every length, on two routers, with a parent. */
async function reportHtml(): Promise<string> {
  const users = Array.from({ length: 120 }, (_, index) =>
    index % 7 === 3 ? `${LONG_NAME}-${index}` : `user-${index}`,
  );
  const rows = users.flatMap((user, index) =>
    [TODAY, '2026-11-19', '2026-11-18'].map((day) =>
      usageRow({
        day,
        user,
        router: ROUTERS[index % 2] ?? '',
        comment: index % 3 === 0 ? 'flat 12, 3rd floor' : null,
        downloadBytes: BigInt(121 - index) * 110n * MB,
        uploadBytes: BigInt(index) * MB,
        unobservedMs: index === 5 ? 200_000 : 0,
      }),
    ),
  );
  rows.push(usageRow({ day: TODAY, user: `total-${LONG_NAME}`, isParent: true, downloadBytes: 900n * GB }));
  const report = await composeReport({ period: 'day', days: { startDay: TODAY, endDay: TODAY } }, 200, NOW, {
    usageOf: usageOf({
      archive: createMemoryUsage(rows),
      calendar,
      quotas: [
        { match: 'user-9', unlimited: true },
        { dailyGb: 10, warnAtPercent: [80] },
      ],
      retentionDays: 14,
    }),
    calendar,
    retentionDays: 14,
    conditions: () => ROUTERS.map((router) => conditionOf(router, { lastReadAt: NOW })),
    template: createReportTemplate(templates),
    pages: createPageLinks('https://netsentinel.example.com'),
  });
  return report.html;
}

function letterHtml(): string {
  return templates.letterHtml({
    tone: 'alert',
    kicker: 'Quotas exceeded',
    title: '5 alerts at once',
    lead: 'These users crossed a quota threshold since the last check. Highest share first.',
    meter: { percent: 102 },
    facts: [{ label: 'User', value: LONG_NAME }],
    table: {
      head: ['User', 'Router', 'Period', 'Used', '%'],
      rows: [
        [LONG_NAME, ROUTERS[1] ?? '', 'in the month from Sun 1 Nov', '1,024.5 of 1,000 GB', '102%'],
        ['bob', 'edge-1', 'today', '10.4 of 10 GB', '104%'],
      ],
    },
    page: 'https://netsentinel.example.com/alerts?from=2026-11-01&to=2026-11-20',
    advice: 'To see everyone’s usage:',
    commands: ['netsentinel usage --day 2026-11-20'],
  });
}

/** Runs in the page: words of up to 18 characters that stand on more than one line. */
const BROKEN_WORDS = `(() => {
  const broken = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const { 0: word, index } of node.textContent.matchAll(/\\S+/g)) {
      if (word.length > 18) continue;
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (tops.size > 1) broken.push(word);
    }
  }
  return broken;
})()`;

describe('the layout of mails', () => {
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const width of [320, 360, 700, 1024]) {
    for (const [name, html] of [
      ['report', reportHtml],
      ['letter', letterHtml],
    ] as const) {
      it(`breaks no rank, title or amount of a ${name} ${width} px wide, however long a name is, and nothing is wider than the page`, async () => {
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        try {
          await page.setContent(await html());
          assert.deepEqual(await page.evaluate(BROKEN_WORDS), []);
          const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
          assert.ok(wide <= width, `it is ${wide} px wide`);
        } finally {
          await page.close();
        }
      });
    }
  }

  it('draws the bar of a letter as wide as its text, also on a phone', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 900 } });
    try {
      await page.setContent(letterHtml());
      const box = await page.locator('.b').boundingBox();
      assert.deepEqual([box?.x, box?.width], [16, 360 - 2 * 16]);
    } finally {
      await page.close();
    }
  });

  it('shows the total among the cards, all of a row of cards of one width', async () => {
    const page = await browser.newPage({ viewport: { width: 1024, height: 900 } });
    try {
      await page.setContent(await reportHtml());
      const cards = await page.locator('.card').evaluateAll((all) => all.map((card) => card.textContent?.trim()));
      assert.deepEqual(
        cards.map((card) => card?.replace(/[\d.,]+.*$/, '')),
        ['Users', 'Total', 'Download', 'Upload', 'Over quota', 'Top '],
      );
    } finally {
      await page.close();
    }
  });
});
