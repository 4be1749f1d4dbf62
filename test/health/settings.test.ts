import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warnRulesOf } from '../../src/health/settings.ts';
import { parseConfig } from '../../src/settings.ts';

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
});
