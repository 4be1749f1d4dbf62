import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { createHealing, type Healing } from '../../src/healing/capability.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { createPageLinks } from '../../src/platform/http/page-links.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { parseConfig } from '../../src/settings.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { deviceOf } from './devices.ts';
import { MINUTE, NIGHT, type TestProbe } from './healing.ts';
import type { ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { NO_SSH } from './no-ssh.ts';
import { mailRecipients } from './notices.ts';
import { HEALER_LOGIN } from './tower-healer.ts';

/** Asks before the switch `tower-sw` powers a tower off and on. */
export const ASKING_RULE = {
  ...{ name: 'power', when: { state: 'down', tags: ['tower'] }, mode: 'ask', credential: 'healer' },
  action: { poeCycle: { via: 'tower-sw', port: 'ether3' } },
};

export interface HealingWorkerOptions {
  readonly rules: readonly object[];
  readonly clock: ManualClock;
  readonly probe: TestProbe;
  /** Of the API of the switch, on this machine; default: one where nobody answers. */
  readonly switchPort?: number;
}

/** Healing as a worker has it, with its metrics: a device `tower` and the switch `tower-sw`. Several may share a database. */
export async function createHealingWorker(
  database: Database,
  { rules, clock, probe, switchPort = 1 }: HealingWorkerOptions,
): Promise<{ readonly healing: Healing; readonly registry: Registry }> {
  const logger = createMemoryLogger();
  const registry = new Registry();
  const calendar = createCalendar('UTC');
  const config = parseConfig(
    {
      ...{ timeZone: 'UTC', routers: [{ name: 'a', host: 'a', username: 'b', password: 'c' }] },
      // The switch of the rule is in the database.
      key: Buffer.alloc(32, 7).toString('base64'),
      healing: { rules, credentials: { healer: HEALER_LOGIN } },
    },
    { env: {}, folder: '/' },
    'test',
  );
  const devices = [
    deviceOf('tower', { tags: ['tower'] }),
    deviceOf('tower-sw', { host: '127.0.0.1', api: { ...deviceOf('x').api, port: switchPort } }),
  ];
  const healing = await createHealing(
    {
      ...{ database, clock, logger, registry, calendar, graceMs: 0 },
      ssh: NO_SSH,
      schema: { enter() {}, guard: (store) => store },
      jobs: createJobStore({ database }),
      troubles: createTroubleLog({ logger, clock }),
      onBug: (error) => assert.fail(String(error)),
    },
    config,
    {
      roster: { devices: () => devices, named: (wanted) => devices.find(({ name }) => name === wanted) ?? null },
      allKnown: async () => devices,
      probe: {
        ...probe,
        transitions: async () => [{ device: 'tower', at: NIGHT - 20 * MINUTE, from: 'up', to: 'down' }],
      },
      ...{ everyMs: 30_000, storeClock: clock, postman: { wake() {} } },
      notices: createNoticeWriter({ database }),
      makeNotice: createNoticeMaker({ calendar, newId: () => crypto.randomUUID() }),
      recipients: mailRecipients('noc@example.com'),
      pages: createPageLinks('https://ns.example'),
      record: createAudit({ book: createAccountBooks({ database }).audit, clock }).record,
    },
  );
  return { healing, registry };
}
