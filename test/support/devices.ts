import type { Device } from '../../src/devices/ports.ts';

/** A router of the configuration, reached by its name, but for what is changed. */
export function deviceOf(name: string, change: Partial<Device> = {}): Device {
  const api = {
    port: 8728,
    tls: false,
    username: 'api',
    password: { reveal: () => 'secret' },
    encoding: 'windows-1252',
  };
  return { name, host: name, model: 'routeros', source: 'config', api, lineMbps: 10_000, ...change };
}
