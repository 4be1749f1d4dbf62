import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where screenshots go, for people who look at the pages; none without it. */
const SHOTS = process.env['NETSENTINEL_TEST_SHOTS'];

/** Whether a page fits and everybody can use it, from 360 to 1600 pixels. The page needs `bypassCSP`. */
export async function look(page: Page, what: string): Promise<void> {
  for (const width of [360, 1024, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${what} at ${width}`);
    if (width < 1600) assert.deepEqual(await seriousFindings(page), [], `${what} at ${width}`);
    if (SHOTS === undefined) continue;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${what.replaceAll(/\W+/g, '-')}-${width}.png`), fullPage: true });
  }
}

/** What axe finds that is serious or worse, as rules with the places. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + failureSummary).slice(0, 3).join(' | ')))`);
}
