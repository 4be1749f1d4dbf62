import type { Device, SshAccess } from '../../devices/ports.ts';
import type { SshClient } from '../../platform/ssh/client.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { BackupDevice, DeviceShell } from '../ports.ts';
import { devicesOf } from '../schedule-rule.ts';
import type { BackupSettings } from '../settings.ts';

/** For all until the login is done. */
const LOGIN_TIMEOUT_MS = 30_000;

/** How devices are reached to be backed up. */
export type AccessDevice = (device: Device, ssh: SshAccess) => Pick<BackupDevice, 'shell' | 'binary'>;

export function createDeviceAccess({
  client,
  logger,
  wrapShell,
  binary,
}: {
  readonly client: Pick<SshClient, 'openShell' | 'openFiles'>;
  readonly logger: Logger;
  readonly wrapShell: (shell: DeviceShell) => DeviceShell;
  readonly binary: BackupSettings['binary'];
}): AccessDevice {
  const warned = new Set<string>();

  /** Once for each device: it is logged in to every night. */
  function warnOfLegacy(device: string): void {
    if (warned.has(device)) return;
    warned.add(device);
    logger.warn({ device }, 'SSH with old algorithms that can be broken: legacy is set for this device');
  }

  function binaryOf(device: Device, target: Parameters<SshClient['openFiles']>[0]): BackupDevice['binary'] {
    if (binary === undefined || device.model !== 'routeros') return null;
    const { password, device: name = null, tags } = binary;
    if (devicesOf({ device: name, tags }, [device]).length === 0) return null;
    return { password, files: { open: (signal) => client.openFiles(target, signal) } };
  }

  return (device, ssh) => {
    const target = { ...ssh, host: device.host, timeoutMs: LOGIN_TIMEOUT_MS };
    const shell: DeviceShell = {
      async open(signal) {
        if (ssh.legacy) warnOfLegacy(device.name);
        return await client.openShell(target, signal);
      },
    };
    return { shell: wrapShell(shell), binary: binaryOf(device, target) };
  };
}
