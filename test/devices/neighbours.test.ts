import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printProposals } from '../../src/devices/commands/discover.ts';
import { deviceEntries } from '../../src/devices/entries.ts';
import { type Neighbour, proposeDevices } from '../../src/devices/neighbours.ts';
import { importDevices } from '../../src/devices/transfer.ts';
import { createMemoryInventory, createTestDesk, otherDevice, storedDevice } from '../support/inventory.ts';

function neighbour(given: Partial<Neighbour>): Neighbour {
  const { identity = 'hill', address = '192.0.2.9', platform = 'MikroTik' } = given;
  return { identity, address, platform, board: 'RB5009', version: '7.20.1 (stable)', interface: 'ether1', ...given };
}

const SCREEN = { width: 120, red: String, yellow: String, dim: String, bold: String };

describe('what a router hears beside it', () => {
  const known = deviceEntries({ devices: [storedDevice({ name: 'edge-1', host: '192.0.2.7' })], credentials: [] }, [
    otherDevice({ name: 'core', host: '192.0.2.1' }),
  ]);
  const proposed = (...heard: Partial<Neighbour>[]) => {
    const { proposals, unreachable } = proposeDevices(heard.map(neighbour), known);
    return [...proposals.map(({ name, host, model }) => `${name} ${host} ${model}`), unreachable];
  };

  it('is proposed with what it says of itself', () => {
    const { address, ...rest } = neighbour({});
    assert.deepEqual(proposeDevices([neighbour({})], known).proposals, [
      { name: 'hill', host: address, model: 'routeros', ...rest },
    ]);
  });

  it('is not proposed when a source knows its name or its address', () => {
    assert.deepEqual(proposed({ identity: 'edge-1' }, { address: '192.0.2.1' }, { identity: 'core' }), [0]);
  });

  it('is proposed once for each address, by its name where no other has that', () => {
    assert.deepEqual(
      proposed(
        {},
        { interface: 'ether2' },
        { address: '192.0.2.10' },
        { identity: 'MikroTik', address: '2001:db8::1' },
      ),
      ['hill 192.0.2.9 routeros', '192.0.2.10 192.0.2.10 routeros', 'MikroTik 2001:db8::1 routeros', 0],
    );
  });

  it('may be no router', () => {
    assert.deepEqual(proposed({ platform: 'Cisco IOS' }), ['hill 192.0.2.9 other', 0]);
  });

  it('is only counted where it has no address that leads to it', () => {
    assert.deepEqual(proposed({ address: '' }, { address: 'fe80::1' }, { address: 'http://x' }), [3]);
  });

  it('is proposed by its address where its name could not be the name of a device', () => {
    for (const identity of ['', '=1+1', ' x', 'a\u0000b', 'a\nb', '\u202egnp', 'x'.repeat(256)]) {
      assert.deepEqual(proposed({ identity }), ['192.0.2.9 192.0.2.9 routeros', 0]);
    }
  });

  it('gives a file that can be imported, whatever it says', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('=1', "'=x", '"', ';', '＝1', 'a,b', 'é'));
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), text);
    const heard = fc.record({
      ...{ identity: text, address, platform: text, board: text, version: text, interface: text },
    });
    await fc.assert(
      fc.asyncProperty(fc.array(heard, { maxLength: 8 }), async (neighbours) => {
        const { proposals } = proposeDevices(neighbours, []);
        const desk = createTestDesk(createMemoryInventory());
        await importDevices(desk, Buffer.from(printProposals(proposals, 'csv', SCREEN)), {
          map: new Map(),
          isDryRun: false,
        });
        assert.deepEqual(
          (await desk.devices()).map(({ name, host, model }) => [name, host, model]),
          proposals
            .map(({ name, host, model }) => [name, host, model])
            .sort(([one = ''], [other = '']) => (one < other ? -1 : 1)),
        );
        assert.doesNotMatch(
          printProposals(proposals, 'table', SCREEN),
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/,
        );
      }),
    );
  });
});
