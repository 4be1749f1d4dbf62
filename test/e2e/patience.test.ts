import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Finding } from '../../src/runtime/finding.ts';
import { createHealthyRouter, ROUTER_PASSWORD } from '../support/checked-router.ts';
import { type CliResult, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';
import { type LateAddress, startLateAddress } from '../support/late-address.ts';
import { LIBRENMS_TOKEN, librenmsDevice, startLibrenms } from '../support/librenms-server.ts';
import { startMailServer } from '../support/mail-server.ts';

const PRELOAD = new URL('../support/names-of-two-addresses.ts', import.meta.url).href;
/** The first address of the names; at the second nobody listens. */
const FIRST = '127.0.0.2';

/**
 * The first packet to the first address is lost, and the system sends it again after a second: Node's default of half a second an address
 * would have gone on to the second one and failed.
 */
describe('a name whose first address loses a packet and whose second refuses', () => {
  let result: CliResult;
  const cleanUps: (() => unknown)[] = [];

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netsentinel-patience-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    const [router, librenms, mails, store] = [
      createHealthyRouter(),
      await startLibrenms(),
      await startMailServer(),
      await freshMysql(),
    ];
    librenms.devices = [librenmsDevice({ device_id: 1, hostname: 'edge-1', ip: '127.0.0.1' })];
    const { port } = await router.start();
    cleanUps.push(store.drop, mails.stop, librenms.stop, () => router.stop());
    const storeUrl = new URL(store.url);
    const late = {
      database: await startLateAddress(FIRST, Number(storeUrl.port)),
      librenms: await startLateAddress(FIRST, Number(new URL(librenms.url).port)),
      mail: await startLateAddress(FIRST, mails.port),
    };
    cleanUps.push(...Object.values(late).map(({ stop }) => stop));
    storeUrl.host = `database.test:${late.database.port}`;
    const config = {
      timeZone: 'Asia/Karachi',
      database: storeUrl.href,
      routers: [{ name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: ROUTER_PASSWORD }],
      librenms: {
        url: `http://librenms.test:${late.librenms.port}`,
        token: LIBRENMS_TOKEN,
        username: 'librenms_api',
        password: ROUTER_PASSWORD,
      },
      mail: {
        from: 'netsentinel@example.com',
        to: ['admin@example.com'],
        smtp: { host: 'mail.test', port: late.mail.port, tls: { required: false } },
      },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const check = startCli(['check', '--config', 'config.json', '--format', 'json'], {
      cwd: folder,
      env: { NODE_OPTIONS: `--import=${PRELOAD}` },
    });
    await Promise.all(Object.values(late).map((address) => wakeAfterFirstPacket(address, check.said)));
    result = await check.result;
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  async function wakeAfterFirstPacket({ port, wake }: LateAddress, said: (text: string) => Promise<void>) {
    await said(`connecting to ::ffff:${FIRST} port ${port}`);
    wake();
  }

  for (const [what, subject, part] of [
    ['the database', 'database', 'reach'],
    ['LibreNMS', 'LibreNMS', 'list'],
    ['the mail server', 'mail', 'server'],
  ] as const) {
    it(`is waited for when it is the name of ${what}`, () => {
      const findings: Finding[] = JSON.parse(result.stdout);
      const found = findings.find((each) => each.subject === subject && each.part === part);
      assert.equal(found?.status, 'ok', result.stdout);
    });
  }
});
