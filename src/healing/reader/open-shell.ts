import type { Device } from '../../devices/ports.ts';
import type { SshClient } from '../../platform/ssh/client.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { OpenShell } from '../ports.ts';
import type { HealerCredential } from '../settings.ts';
import { openApiShell } from './api-shell.ts';
import { createSshShell } from './ssh-shell.ts';

export interface OpenShellDeps {
  /** By exactly this name; `null`: there is none. */
  readonly named: (name: string) => Device | null;
  readonly credentials: Readonly<Record<string, HealerCredential>>;
  readonly ssh: SshClient;
  readonly clock: Clock;
}

const LOGIN_TIMEOUT_MS = 20_000;

/** Logs in to devices for healing: where and how is that of the device, who is that of the rule. */
export function createOpenShell({ named, credentials, ssh, clock }: OpenShellDeps): OpenShell {
  return async ({ device: name, credential, prefers }, signal) => {
    const login = Object.entries(credentials).find(([known]) => known === credential)?.[1];
    const device = named(name);
    if (login === undefined || device === null) {
      throw nowhere(
        'the device or the login of the rule is not known',
        'Correct via or credential of the rule, or add the device.',
      );
    }
    if ([device.api?.username, device.ssh?.username].includes(login.username)) {
      throw nowhere(
        `'${login.username}' is the user that reads: healing needs a user of its own on the router`,
        'Add another user on the router, and name it in healing.credentials.',
      );
    }
    if (device.model !== 'routeros') {
      throw nowhere(
        `a device of the model ${device.model} does not say through which interfaces NetSentinel is connected`,
        'Act through a RouterOS device.',
      );
    }
    const hasApi = device.api !== null && login.password !== undefined;
    if (device.ssh !== null && (prefers === 'ssh' || !hasApi)) {
      const { port, hostKey, legacy } = device.ssh;
      const { username, password = null, privateKey = null, passphrase = null } = login;
      const target = { host: device.host, port, hostKey, legacy, username, password, privateKey, passphrase };
      const session = await ssh.openShell({ ...target, timeoutMs: LOGIN_TIMEOUT_MS }, signal);
      return createSshShell(session, username, signal);
    }
    if (device.api === null || login.password === undefined) {
      throw nowhere(
        'this login cannot be used on the device: a password needs api or ssh, a private key needs ssh',
        'Give the device api or ssh, or give the login a password.',
      );
    }
    const { port, tls, encoding } = device.api;
    const { username, password } = login;
    return await openApiShell(
      { host: device.host, port, tls, encoding, username, password: password.reveal() },
      clock,
      signal,
    );
  };
}

function nowhere(why: string, advice: string): TroubleError {
  return new TroubleError('HEALING_NO_WAY', why, advice);
}
