import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { TerminalDevice } from '../../src/terminal/ports.ts';
import { PROMPT, type RouterConsole, startRouterConsole } from './router-console.ts';
import {
  answerQuestions,
  consoleDevice,
  MOST_WAIT_MS,
  openSocket,
  serveTerminals,
  type TerminalSite,
  type TestSocket,
} from './terminal-site.ts';
import { addUser, sessionOf } from './users.ts';

export interface Stage {
  readonly router: RouterConsole;
  readonly site: TerminalSite;
  /** Of ann, who is an admin. */
  readonly cookie: string;
}

type StageOptions = Omit<Parameters<typeof serveTerminals>[1], 'devices'> & {
  readonly change?: Partial<TerminalDevice>;
};

export async function stage(t: TestContext, { change = {}, ...options }: StageOptions = {}): Promise<Stage> {
  const router = await startRouterConsole();
  t.after(() => router.close());
  const device = consoleDevice(router, change);
  const site = await serveTerminals(t, { devices: [device, { ...device, name: 'edge-2' }], ...options });
  await addUser(site.database, 'ann', 'admin');
  await addUser(site.database, 'root', 'admin');
  return { router, site, cookie: await sessionOf(site.database, 'ann') };
}

/** A terminal at the prompt of the router. */
export async function atPrompt({ site, cookie }: Pick<Stage, 'site' | 'cookie'>): Promise<TestSocket> {
  const socket = await openSocket(site, cookie);
  answerQuestions(socket);
  await socket.seen(PROMPT);
  return socket;
}

/** What is on record of terminals, sorted. */
export async function notesOf({ database }: TerminalSite): Promise<string[]> {
  const entries = await createAccountBooks({ database }).audit.list({ most: 100 });
  return entries
    .filter(({ action }) => action.startsWith('terminal.'))
    .map(({ who, action, subject, outcome }) => `${who} ${action} ${subject} ${outcome}`)
    .toSorted();
}

/** Waits for what comes to pass by itself within a moment: another part of this process is at it. Rejects when it does not. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const late = AbortSignal.timeout(MOST_WAIT_MS);
  while (!(await isSo())) {
    if (late.aborted) throw new Error(`this did not come to pass within ${MOST_WAIT_MS / 1000} s: ${isSo}`);
    await turn();
  }
}

export interface ListedRecording {
  readonly id: string;
  readonly outcome: string | null;
}

export async function recordingsOf({ pages }: TerminalSite, cookie: string): Promise<readonly ListedRecording[]> {
  const response = await fetch(`${pages.url}/api/v1/terminal/recordings`, { headers: { cookie } });
  assert.equal(response.status, 200);
  return JSON.parse(await response.text());
}

export async function castOf(site: TerminalSite, cookie: string): Promise<string> {
  const [newest] = await recordingsOf(site, cookie);
  const response = await fetch(`${site.pages.url}/api/v1/terminal/recordings/${newest?.id}`, { headers: { cookie } });
  assert.equal(response.status, 200);
  return await response.text();
}

/** Every row of the tables of terminals and of the audit. */
export async function everythingIn({ database }: TerminalSite): Promise<string[]> {
  const tables = ['terminal_tickets', 'terminal_places', 'terminal_recordings', 'terminal_recording_parts', 'audit'];
  const texts: string[] = [];
  for (const table of tables) {
    const { rows } = await database.read((queries) => sql`SELECT * FROM ${sql.table(table)}`.execute(queries));
    texts.push(...rows.map((row) => Object.values(Object(row)).join(' ')));
  }
  return texts;
}
