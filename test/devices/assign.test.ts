import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assignDevices } from '../../src/devices/assign.ts';
import type { ListedDevice } from '../../src/devices/ports.ts';

const ALL = { configured: [], match: '*', exclude: [] };

function device(deviceId: number, hostname: string, change: Partial<ListedDevice> = {}): ListedDevice {
  return { deviceId, hostname, host: hostname, ip: null, ...change };
}

/** `hostname → router` of each device, and the hostnames that are added. */
function assigned(devices: ListedDevice[], assignment: Parameters<typeof assignDevices>[1]) {
  const { known, added } = assignDevices(devices, assignment);
  return {
    known: known.map(({ hostname, router }) => `${hostname} → ${router}`),
    added: added.map(({ hostname }) => hostname),
  };
}

describe('a device', () => {
  it('is a router under its hostname', () => {
    const said = assigned([device(1, 'core'), device(2, 'edge')], ALL);
    assert.deepEqual(said, { known: ['core → core', 'edge → edge'], added: ['core', 'edge'] });
  });

  const configured = [{ name: 'main', host: 'Core.Example.com', model: 'routeros' }];
  const same: [string, ListedDevice][] = [
    ['name', device(1, 'main')],
    ['host, whatever its case', device(1, 'core.example.com.')],
    ['host as the address it is polled at', device(1, 'x', { host: 'core.example.com' })],
  ];
  for (const [what, known] of same) {
    it(`is the configured router of the same ${what}`, () => {
      const said = assigned([known], { ...ALL, configured });
      assert.deepEqual(said, { known: [`${known.hostname} → main`], added: [] });
    });
  }

  it('is the configured router whose address its name leads to', () => {
    const said = assigned([device(1, 'core', { ip: '192.0.2.1' })], {
      ...ALL,
      configured: [{ name: 'main', host: '192.0.2.1', model: 'routeros' }],
    });
    assert.deepEqual(said, { known: ['core → main'], added: [] });
  });

  it('is a router of its own at the address of a server behind it, but not under the name of one', () => {
    const configured = [
      { name: 'web', host: '192.0.2.1', model: 'linux' },
      { name: 'mail', host: '192.0.2.9', model: 'linux' },
    ];
    const said = assigned([device(1, 'core', { host: '192.0.2.1' }), device(2, 'mail')], { ...ALL, configured });
    assert.deepEqual(said, { known: ['core → core', 'mail → mail'], added: ['core'] });
  });

  it('is added only if its hostname fits, and still known if not', () => {
    const said = assigned([device(1, 'pop-1'), device(2, 'pop-lab'), device(3, 'home')], {
      configured: [],
      match: 'pop-*',
      exclude: ['*-lab'],
    });
    assert.deepEqual(said, { known: ['pop-1 → pop-1', 'pop-lab → null', 'home → null'], added: ['pop-1'] });
  });

  it('is not polled a second time when it is listed under two names', () => {
    const said = assigned([device(1, 'a', { host: '192.0.2.1' }), device(2, 'b', { host: '192.0.2.1' })], ALL);
    assert.deepEqual(said, { known: ['a → a', 'b → a'], added: ['a'] });
  });
});
