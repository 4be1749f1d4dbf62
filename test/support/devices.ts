import type { Device, RouterDevice } from '../../src/devices/ports.ts';

/** A router of the configuration, reached by its name, but for what is changed. */
export function deviceOf(name: string, change: Partial<RouterDevice> = {}): RouterDevice {
  const api = {
    port: 8728,
    tls: false,
    username: 'api',
    password: { reveal: () => 'secret' },
    encoding: 'windows-1252',
    lineMbps: 10_000,
  };
  return { ...serverOf(name), model: 'routeros', api, ...change };
}

/** A device of the configuration without an API, reached by its name, but for what is changed. */
export function serverOf(name: string, change: Partial<Device> = {}): Device {
  return {
    ...{ name, host: name, model: 'linux', source: 'config', api: null, ssh: null, probe: null, parent: null },
    ...{ tags: [], countsUsage: true, hasBackups: true, isPaused: false },
    ...change,
  };
}
