import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHealthExamine, type ExamineHealthDeps } from '../../src/health/examine.ts';
import { warnRulesOf } from '../../src/health/settings.ts';
import { parseConfig } from '../../src/settings.ts';
import { deviceOf, serverOf } from '../support/devices.ts';

const BASE = { timeZone: 'Asia/Karachi', routers: [{ name: 'a', host: 'a', username: 'b', password: 'c' }] };
const parse = (health: unknown) => parseConfig({ ...BASE, health }, { env: {}, folder: '/' }, 'config').health;

describe('health in a configuration', () => {
  it('never takes longer for a check than for an interval', () => {
    assert.equal(parse({ everySeconds: 2 }).timeoutSeconds, 2);
    assert.equal(parse({ everySeconds: 2, timeoutSeconds: 1 }).timeoutSeconds, 1);
    assert.throws(() => parse({ everySeconds: 4, timeoutSeconds: 5 }), /timeoutSeconds.*must not be longer/s);
  });

  it('takes witnesses by address or name, with a port or without, each once', () => {
    const witnesses = ['192.0.2.1', '[2001:db8::1]:443', 'gw.example.net:80'];
    assert.deepEqual(parse({ witnesses }).witnesses, witnesses);
    assert.throws(() => parse({ witnesses: ['http://a'] }), /an address or a host name/);
    assert.throws(() => parse({ witnesses: ['192.0.2.1', '192.0.2.1'] }), /is there already/);
  });

  it('warns of one figure a rule, each with a name of its own', () => {
    const warn = [
      { temperatureC: 70, forMinutes: 5, tags: ['lte'] },
      { reconnects: 50 },
      { temperatureC: 80 },
      { wan: 'lost' },
    ];
    assert.deepEqual(warnRulesOf(parse({ warn })), [
      { key: 'temperatureC', watched: { temperatureC: 70 }, forMinutes: 5, tags: ['lte'] },
      { key: 'reconnects', watched: { reconnects: 50 }, forMinutes: 0, tags: [] },
      { key: 'temperatureC.2', watched: { temperatureC: 80 }, forMinutes: 0, tags: [] },
      { key: 'wan', watched: { wan: 'lost' }, forMinutes: 0, tags: [] },
    ]);
    for (const rule of [{}, { cpuPercent: 90, diskPercent: 90 }, { cpuPercent: 101 }, { wan: 'found' }]) {
      assert.throws(() => parse({ warn: [rule] }), /warn/);
    }
    const others = [
      { cpuPercent: 9 },
      { memoryPercent: 9 },
      { diskPercent: 9 },
      { voltageV: 9 },
      { interface: 'e' },
      { certificateDays: 9 },
    ];
    assert.deepEqual(
      warnRulesOf(parse({ warn: others })).map(({ watched }) => watched),
      others,
    );
  });

  it('has status pages for chosen devices under public names, each of all once, where there are pages', () => {
    const devices = [{ device: 'edge 1', name: 'North' }];
    const page = { slug: 'village', title: 'Village', devices };
    const withPages = (statusPages: unknown, http: object = { pages: true, password: 'long enough' }) =>
      parseConfig({ ...BASE, health: { statusPages }, http }, { env: {}, folder: '/' }, 'config').health.statusPages;
    assert.deepEqual(withPages([page]), [page]);
    assert.deepEqual(parse({}).statusPages, []);
    assert.throws(() => withPages([page], {}), /statusPages.*need http\.pages: true/s);
    for (const slug of ['', 'Village', 'a/b', '..', '-a', 'a-', 'a b', 'x'.repeat(65)]) {
      assert.throws(() => withPages([{ ...page, slug }]), /slug.*small letters/s, slug);
    }
    assert.throws(() => withPages([page, page]), /statusPages\[1\]\.slug.*is there already/s);
    for (const other of [
      { device: 'edge 1', name: 'South' },
      { device: 'edge-2', name: 'North' },
    ]) {
      assert.throws(() => withPages([{ ...page, devices: [...devices, other] }]), /is there already/);
    }
    assert.throws(() => withPages([{ ...page, devices: [] }]), /devices/);
    assert.throws(() => withPages([{ ...page, devices: [{ device: 'a' }] }]), /name/);
  });
});

describe('a check of health', () => {
  const { signal } = new AbortController();
  const trouble = async () => 'the program ping is not installed';
  const pinged = serverOf('lake', { probe: { ping: true } });

  async function examine(given: Partial<ExamineHealthDeps>, isDatabaseThere = true) {
    const devices = [deviceOf('edge-1'), serverOf('web', { probe: { tcp: 443 } })];
    const examination = {
      ...{ signal, sendsTestMail: false, database: Promise.resolve(true), routers: async () => [] },
      read: async <Result>(work: () => Promise<Result>) => (isDatabaseThere ? await work() : null),
    };
    const found = await createHealthExamine({
      ...{ devices: async () => devices, pingedWitnesses: [], statusPages: [], pingTrouble: async () => null },
      ...given,
    })(examination);
    return found.map(({ subject, part, status, found: words, advice }) => {
      assert.equal(advice === null, status === 'ok');
      return `${subject}, ${part}, ${status}: ${words}`;
    });
  }

  it('says whether pings can be sent, and who needs them', async () => {
    assert.deepEqual(await examine({}), ['health, ping, ok: this machine can ping']);
    assert.deepEqual(await examine({ devices: async () => [pinged, serverOf('dark')] }), [
      'health, ping, ok: this machine can ping; 2 devices are pinged',
    ]);
    assert.match((await examine({ pingTrouble: trouble }))[0] ?? '', /ok: .* cannot ping: .* Nothing has to be pinged/);
    const paused = serverOf('off', { isPaused: true });
    const concerned = { devices: async () => [pinged, paused], pingedWitnesses: ['192.0.2.254'], pingTrouble: trouble };
    assert.deepEqual(await examine(concerned), [
      'health, ping, warning: this machine cannot ping: the program ping is not installed; the state of "lake" stays unknown; "192.0.2.254" of health.witnesses is asked at port 80',
    ]);
  });

  it('names parents that there are not, and who is behind them', async () => {
    const behind = (name: string, parent: string) => serverOf(name, { parent, probe: { tcp: 443 } });
    const well = [deviceOf('edge-1'), behind('web', 'edge-1')];
    assert.deepEqual((await examine({ devices: async () => well })).slice(1), []);
    const ill = [...well, behind('a', 'edge-9'), behind('b', 'Edge-1'), behind('c', 'edge-9')];
    assert.deepEqual((await examine({ devices: async () => ill })).slice(1), [
      'health, parents, warning: no such devices: "edge-9", "Edge-1", the parent of "a", "b", "c"',
    ]);
  });

  it('names devices of status pages that there are not', async () => {
    const page = (slug: string, ...names: string[]) => ({
      ...{ slug, title: slug },
      devices: names.map((device) => ({ device, name: device })),
    });
    const statusPages = [page('good', 'edge-1', 'web'), page('bad', 'edge-1', 'edge-9', 'EDGE-1')];
    assert.deepEqual((await examine({ statusPages })).slice(1), [
      'status page good, devices, ok: 2 devices at /status/good',
      'status page bad, devices, warning: no such devices: "edge-9", "EDGE-1"; shown as unknown',
    ]);
  });

  it('says nothing of devices while the database is away, which is found elsewhere', async () => {
    assert.deepEqual(await examine({ pingTrouble: trouble }, false), []);
  });
});
