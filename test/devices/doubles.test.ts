import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findDoubles } from '../../src/devices/doubles.ts';
import { deviceEntries } from '../../src/devices/entries.ts';
import { otherDevice, storedDevice } from '../support/inventory.ts';

it('finds devices that two sources know by the same name or address, and which of them counts', () => {
  const inventory = {
    devices: [
      storedDevice({ id: 'd1', name: 'core' }),
      storedDevice({ id: 'd2', name: 'edge-2', host: 'R2.example.com', apiPort: 8728 }),
      storedDevice({ id: 'd3', name: 'web', host: '192.0.2.1', model: 'linux' }),
    ],
    credentials: [],
  };
  const others = [
    otherDevice({ name: 'core' }),
    otherDevice({ name: 'r2', host: 'r2.example.com', source: 'librenms' }),
    otherDevice({ name: 'r3', host: 'r3.example.com', source: 'librenms' }),
  ];
  assert.deepEqual(findDoubles(deviceEntries(inventory, others)), [
    { name: 'core', source: 'config', other: { name: 'core', source: 'inventory' }, same: 'name' },
    { name: 'edge-2', source: 'inventory', other: { name: 'r2', source: 'librenms' }, same: 'address' },
  ]);
});
