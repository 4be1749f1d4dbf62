import { createHash } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, { type AnyAuthMethod, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { Clock } from '../../runtime/clock.ts';
import { runCommand } from './command.ts';
import { HostKeyChanged, keyUnreadable, sshTrouble, unreachable } from './errors.ts';
import type { PrivateKeys } from './private-keys.ts';
import { sendTogether } from './send-together.ts';

/** Where and how a shell is entered. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: { reveal(): string } | null;
  readonly privateKey: { reveal(): string } | null;
  readonly passphrase: { reveal(): string } | null;
  /** The only host key to talk to; `null`: the one seen first. */
  readonly hostKey: string | null;
  /** Whether algorithms may be used that are only left for old devices. */
  readonly legacy: boolean;
  /** For all until the login is done, ms. */
  readonly timeoutMs: number;
}

/** Which host keys were seen first. Rejects with a `TroubleError` when the database is away. */
export interface HostKeys {
  /** Notes a key where none is known yet, and gives the one that is known then. */
  pin(place: Pick<SshTarget, 'host' | 'port'>, fingerprint: string): Promise<string>;
}

export interface OutputLimits {
  readonly idleMs: number;
  readonly totalMs: number;
  readonly mostBytes: number;
}

export interface CommandOutput {
  readonly bytes: Buffer;
  readonly end: 'closed' | 'lost' | 'idle' | 'late' | 'large';
}

export interface SshSession {
  run(command: string, limits: OutputLimits, signal: AbortSignal): Promise<CommandOutput>;
  close(): void;
}

/** Old RouterOS 6 offers nothing else. Each is appended: whatever is better comes first. */
const LEGACY: NonNullable<ConnectConfig['algorithms']> = {
  kex: append('diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1', 'diffie-hellman-group1-sha1'),
  serverHostKey: append('ssh-dss'),
  cipher: append('aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'),
  hmac: append('hmac-md5'),
};

function append<Name extends string>(...names: Name[]) {
  return { append: names, prepend: [] as Name[], remove: [] as Name[] };
}

const TCP_KEEPALIVE_MS = 30_000;

export interface SshDeps {
  readonly hostKeys: HostKeys;
  readonly privateKeys: PrivateKeys;
  readonly clock: Clock;
}

/** A login, for what runs over it. */
export interface SshConnection {
  readonly client: ssh2.Client;
  isClosed(): boolean;
  /** Ends it at once; may be called twice and never throws. */
  close(): void;
}

/**
 * Connects, compares the host key before any password is sent, and logs in. Rejects with a `TroubleError`: `SSH_UNREACHABLE`,
 * `SSH_LOGIN_FAILED`, `SSH_HOST_KEY_CHANGED`, `SSH_NO_COMMON_ALGORITHM`; an aborted signal rejects with its reason.
 */
export async function connectSsh(
  target: SshTarget,
  { hostKeys, privateKeys, clock }: SshDeps,
  signal: AbortSignal,
): Promise<SshConnection> {
  signal.throwIfAborted();
  const place = `${target.host}:${target.port}`;
  const methods = methodsOf(target, privateKeys);
  if (methods === null) throw keyUnreadable(place);
  const client = new ssh2.Client();
  const socket = connectTcp({ host: target.host, port: target.port });
  socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
  // A login is a dozen small packets, and none is to wait for the answer to the one before.
  socket.setNoDelay(true);
  sendTogether(socket);
  let isClosed = false;
  const close = () => {
    client.destroy();
    socket.destroy();
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const cancel = clock.after(target.timeoutMs, () => reject(unreachable(place, 'no answer in time')));
  // A later error is told by the end of the command that runs.
  client.on('error', (error) => reject(sshTrouble(place, error)));
  client.on('close', () => {
    isClosed = true;
    reject(unreachable(place, 'it closed the connection'));
  });
  client.on('ready', () => resolve());
  socket.on('error', (error) => reject(sshTrouble(place, error)));
  socket.once('connect', () => {
    client.connect(configOf(target, socket, methods, verifier));
  });

  function verifier(key: Buffer, verify: (isRight: boolean) => void): void {
    void compare(`SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`).then(
      verify,
      (error) => {
        reject(error);
        verify(false);
      },
    );
  }

  async function compare(offered: string): Promise<boolean> {
    const expected = target.hostKey ?? (await hostKeys.pin(target, offered));
    if (offered === expected) return true;
    reject(new HostKeyChanged(place, offered, expected));
    return false;
  }

  try {
    await promise;
  } catch (error) {
    close();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener('abort', aborted);
  }

  return { client, close, isClosed: () => isClosed };
}

/** A login that runs commands; rejects as `connectSsh`. */
export async function openSsh(target: SshTarget, deps: SshDeps, signal: AbortSignal): Promise<SshSession> {
  const { client, close, isClosed } = await connectSsh(target, deps, signal);
  return {
    run: (command, limits, stop) => {
      stop.throwIfAborted();
      const exec = (take: (channel: ClientChannel | null) => void) => {
        try {
          client.exec(command, (error, channel) => take(error === undefined ? channel : null));
        } catch {
          // The connection is closed already.
          take(null);
        }
      };
      return runCommand(
        { exec, close, isClosed, onClose: (run) => client.once('close', run), clock: deps.clock },
        limits,
        stop,
      );
    },
    close,
  };
}

function configOf(
  target: SshTarget,
  sock: Socket,
  authHandler: AnyAuthMethod[],
  hostVerifier: (key: Buffer, verify: (isRight: boolean) => void) => void,
): ConnectConfig {
  const { username, legacy } = target;
  return {
    ...{ sock, username, hostVerifier, authHandler },
    // RouterOS answers no keepalive of SSH: asking would end healthy sessions. The deadlines are ours.
    ...{ keepaliveInterval: 0, readyTimeout: 0 },
    ...(legacy ? { algorithms: LEGACY } : {}),
  };
}

/** The ways to log in, in their order; `null`: the private key cannot be read. */
function methodsOf(target: SshTarget, privateKeys: PrivateKeys): AnyAuthMethod[] | null {
  const { username, password, privateKey, passphrase } = target;
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  if (password !== null) methods.push({ type: 'password', username, password: password.reveal() });
  if (privateKey !== null) {
    const key = privateKeys.parse(privateKey.reveal(), passphrase?.reveal() ?? null);
    if (key === null) return null;
    methods.push({ type: 'publickey', username, key });
  }
  if (password !== null) {
    methods.push({
      ...{ type: 'keyboard-interactive', username },
      prompt: (_name, _instructions, _lang, prompts, answer) => answer(prompts.map(() => password.reveal())),
    });
  }
  return methods;
}
