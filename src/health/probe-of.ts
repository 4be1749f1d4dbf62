import type { Device, Probe } from '../devices/ports.ts';

/** How a device without an API is looked at: by the probe that was chosen, else by its SSH port, else by ping. */
export function probeOf({ probe, ssh }: Pick<Device, 'probe' | 'ssh'>): Probe {
  return probe ?? (ssh === null ? { ping: true } : { tcp: ssh.port });
}
