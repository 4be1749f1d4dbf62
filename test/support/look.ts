import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where screenshots go, for people who look at the pages; none without it. */
const SHOTS = process.env['NETSENTINEL_TEST_SHOTS'];

const SCHEMES = ['light', 'dark'] as const;

/**
 * Whether a page fits and everybody can use it, from 360 to 1600 pixels, light and dark: axe looks at all of it once, and at its colours
 * again in the dark. The page needs `bypassCSP`.
 */
export async function look(page: Page, what: string): Promise<void> {
  for (const width of [1600, 1024, 360]) {
    await page.setViewportSize({ width, height: 900 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${what} at ${width}`);
    for (const colorScheme of SHOTS === undefined ? [] : SCHEMES) await shoot(page, what, width, colorScheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(await seriousFindings(page), [], what);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await seriousFindings(page, `{ runOnly: ['color-contrast'] }`), [], `${what} in the dark`);
}

/**
 * The same, but axe may find nothing at all, light or dark. `everywhere`: what else has to hold at each width, in each of the two; it gets
 * the name of the place.
 */
export async function lookClosely(
  page: Page,
  what: string,
  everywhere: (place: string) => Promise<void> = async () => {},
): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1024, 1600]) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
      assert.equal(wide, false, `${what} at ${width} px`);
      await everywhere(`${what} at ${width} px`);
      await shoot(page, what, width, colorScheme);
    }
    assert.deepEqual(await findingsOf(page), [], `${what}, ${colorScheme}`);
  }
}

/** Screenshots for people who asked for them; only then it is seen whether the page fits. */
export async function shootEverywhere(page: Page, what: string): Promise<void> {
  if (SHOTS === undefined) return;
  for (const width of [360, 1024, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(wide <= width, `${what} is ${wide} px wide in ${width}`);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      // What a script draws follows later.
      await page.waitForTimeout(300);
      await shoot(page, what, width, colorScheme);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Whatever axe finds, as rules with the places. */
export async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => target)].join(" ")))',
  );
}

async function shoot(page: Page, what: string, width: number, colorScheme: (typeof SCHEMES)[number]): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.emulateMedia({ colorScheme });
  const name = `${what.replaceAll(/\W+/g, '-')}-${colorScheme}-${width}.png`;
  await page.screenshot({ path: join(SHOTS, name), fullPage: true });
}

/** What axe finds that is serious or worse, as rules with the places. `options`: its own, as source text. */
export async function seriousFindings(page: Page, options = '{}'): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(AXE);
  return await page.evaluate<
    string[]
  >(`axe.run(document, { resultTypes: ['violations'], ...${options} }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + failureSummary).slice(0, 3).join(' | ')))`);
}
