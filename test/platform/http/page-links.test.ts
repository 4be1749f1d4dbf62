import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPageLinks } from '../../../src/platform/http/page-links.ts';
import { freshRouter, servePages, TODAY, userDay } from '../../support/pages.ts';

const NAMES = ['bob', 'home/office', '..', 'a b?c#d', '👾 & "x"'];

describe('the links of mails', () => {
  it('lead to pages that are there, whatever routers and users are called', async (t) => {
    const pages = await servePages({ password: null });
    t.after(pages.close);
    for (const router of NAMES) {
      pages.conditions.push(freshRouter(router));
      await pages.book(
        router,
        NAMES.map((user) => userDay(user, TODAY, 1024n)),
      );
    }
    const links = createPageLinks(pages.url);
    const days = { startDay: TODAY, endDay: TODAY };
    const week = { startDay: '2026-11-16', endDay: '2026-11-22' };
    for (const [url, shown] of [
      [links.usage('day', days), /Fri 20 Nov/],
      [links.usage('week', week), /16/],
      [links.usage('range', { startDay: '2026-11-18', endDay: TODAY }), /18 Nov/],
      [links.alerts(week), /Alerts/],
      [links.routers(), /Routers/],
      ...NAMES.flatMap((name) => [
        [links.router(name), /Queues/] as const,
        [links.user(name, name, TODAY), /How this is calculated/] as const,
      ]),
    ] as const) {
      const response = await fetch(url);
      assert.equal(response.status, 200, url);
      assert.match(await response.text(), shown, url);
    }
  });
});
