import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { findingsOf, shootEverywhere } from '../support/look.ts';
import { startOpenSsh } from '../support/openssh-server.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, startRouterConsole } from '../support/router-console.ts';
import { hidden } from '../support/ssh-shell.ts';
import { consoleDevice, serveTerminals } from '../support/terminal-site.ts';
import { addUser, sessionOf } from '../support/users.ts';

/** What the terminal shows, line by line. */
async function shown(page: Page): Promise<string> {
  return await page.evaluate<string>(
    "[...document.querySelectorAll('.xterm-rows > div')].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).join('\\n')",
  );
}

async function waitFor(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('.xterm-rows > div', { hasText: text }).first().waitFor();
}

async function type(page: Page, text: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type(text);
}

it('a terminal in Chromium talks to a RouterOS and to OpenSSH, asks before many lines are pasted, and is played again', async (t) => {
  const router = await startRouterConsole();
  t.after(() => router.close());
  const sshd = await startOpenSsh();
  t.after(() => sshd.stop());
  const { username, privateKey, passphrase } = sshd;
  const login = { username, password: null, privateKey: hidden(privateKey), passphrase: hidden(passphrase) };
  const site = await serveTerminals(t, {
    isRecorded: true,
    devices: [
      consoleDevice(router),
      consoleDevice(router, { name: 'own', login: null }),
      { name: 'web-1', host: '127.0.0.1', port: sshd.port, hostKey: null, legacy: false, login },
    ],
  });
  await addUser(site.database, 'ann', 'admin');
  const [name = '', value = ''] = (await sessionOf(site.database, 'ann')).split('=');
  const browser = await launchChromium();
  t.after(() => browser.close());
  // The policy of our pages holds here, unlike where axe is put into a page.
  const context = await browser.newContext({ viewport: { width: 1024, height: 900 } });
  await context.addCookies([{ name, value, url: site.pages.url }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => dialog.accept());

  await page.goto(`${site.pages.url}/d/edge-1/terminal`);
  await waitFor(page, '[admin@edge-1] > ');
  site.clock.advance(3_000);
  await type(page, '/interface print');
  await page.keyboard.press('Enter');
  await waitFor(page, 'ran: /interface print');
  await shootEverywhere(page, 'terminal-router');

  // At a phone's width the window is smaller, and the router knows.
  await page.setViewportSize({ width: 360, height: 740 });
  await type(page, '/size\r');
  await waitFor(page, /^[345]\dx\d\d/);
  // However high the window is, its last line is whole: the prompt is there.
  for (const height of [740, 744, 748, 752]) {
    await page.setViewportSize({ width: 360, height });
    const [lines, frame] = await page.evaluate<[number, number]>(
      `(async () => {
        for (let frames = 0; frames < 5; frames += 1) await new Promise(requestAnimationFrame);
        const bottomOf = (selector) => document.querySelector(selector).getBoundingClientRect().bottom;
        return [bottomOf('.xterm-screen'), bottomOf('.terminal-screen')];
      })()`,
    );
    assert.ok(lines < frame, `the lines end at ${lines}, their frame at ${frame}, at a height of ${height}`);
  }
  await page.setViewportSize({ width: 1024, height: 900 });

  const paste = (text: string) =>
    page.evaluate(
      `{
        const data = new DataTransfer();
        data.setData('text/plain', ${JSON.stringify(text)});
        document.querySelector('.xterm-helper-textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      }`,
    );
  await paste('one line\n');
  await waitFor(page, 'ran: one line');
  await paste(Array.from({ length: 12 }, (_, line) => `/line ${line}`).join('\r\n'));
  await page.getByRole('heading', { name: 'Paste 12 lines?' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await paste('/first\x1b[201~\n/second');
  await page.getByRole('heading', { name: 'Paste 2 lines?' }).waitFor();
  await shootEverywhere(page, 'terminal-paste');
  await page.getByRole('button', { name: 'Paste', exact: true }).click();
  await waitFor(page, 'ran: /first[201~');
  assert.ok(!(await shown(page)).includes('/line'));

  await type(page, '\r/quit\r');
  await page.getByText('Closed: the shell ended.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Connect again' }).isVisible(), true);

  await page.goto(`${site.pages.url}/d/web-1/terminal`);
  await page.getByText('Connected.').waitFor();
  await type(page, "printf '\\033[38;2;200;30;30mred\\033[0m %s\\n' $((6*7))\r");
  await waitFor(page, 'red 42');
  const red = await page.evaluate<string>(
    "[...document.querySelectorAll('.xterm-rows span')].find(({ textContent }) => textContent === 'red').style.color",
  );
  assert.equal(red, 'rgb(200, 30, 30)');
  await shootEverywhere(page, 'terminal-linux');
  await type(page, 'exit\r');
  await page.getByText('Closed: the shell ended.').waitFor();

  await page.goto(`${site.pages.url}/d/own/terminal`);
  await waitFor(page, 'login:');
  await type(page, `${CONSOLE_USER}\r`);
  await waitFor(page, 'password:');
  await type(page, `${CONSOLE_PASSWORD}\r`);
  await waitFor(page, '[admin@edge-1] > ');
  assert.ok(!(await shown(page)).includes(CONSOLE_PASSWORD));
  await type(page, '/quit\r');
  await page.getByText('Closed: the shell ended.').waitFor();

  await page.goto(`${site.pages.url}/terminal/recordings`);
  await shootEverywhere(page, 'recordings');
  await page
    .getByRole('row', { name: /edge-1/ })
    .getByRole('link')
    .first()
    .click();
  await page.getByRole('button', { name: 'Play' }).click();
  await waitFor(page, 'ran: /first[201~');
  await page.getByRole('button', { name: 'Play again' }).waitFor();
  // Dragged to and fro before anything of it is drawn.
  const drag = (...places: readonly string[]) =>
    page.evaluate(
      `(async () => {
        const slider = document.querySelector('[data-player-at]');
        for (const place of [${places.join()}]) {
          slider.value = place;
          slider.dispatchEvent(new Event('input'));
        }
        for (let frames = 0; frames < 5; frames += 1) await new Promise(requestAnimationFrame);
      })()`,
    );
  await drag('0', 'slider.max', '0');
  await waitFor(page, 'MikroTik RouterOS');
  assert.doesNotMatch(await shown(page), /ran:/);
  await drag('slider.max');
  await waitFor(page, 'ran: /first[201~');
  await shootEverywhere(page, 'recording');
  assert.deepEqual(complaints, []);

  const free = await browser.newContext({ bypassCSP: true, viewport: { width: 1024, height: 900 } });
  await free.addCookies([{ name, value, url: site.pages.url }]);
  const looked = await free.newPage();
  for (const path of ['/d/edge-1/terminal', '/terminal/recordings', new URL(page.url()).pathname]) {
    await looked.goto(site.pages.url + path);
    await looked.locator('.xterm-rows, table').first().waitFor();
    assert.deepEqual(await findingsOf(looked), [], path);
  }
});
