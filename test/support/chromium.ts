import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const ADVICE = 'The tests of the pages need Chromium: install the package chromium.';

/** Debian's Chromium: found, or installed where that can be done. Only the tests of the pages need it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findChromium(): string | null {
  return NAMES.map(findProgram).find((path) => path !== null) ?? null;
}

function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

function installChromium(): string {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) throw new Error(ADVICE);
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      stdio,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Error(`${ADVICE} (apt-get could not install it)`, { cause });
  }
  const found = findChromium();
  if (found === null) throw new Error(ADVICE);
  return found;
}
