import { createHash, generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';

export const SSH_USER = 'backup';
export const SSH_PASSWORD = 'ssh-password-7';

/** A device that answers SSH on the loopback, as a router does: no terminal, exit status 0 whatever became of the output. */
export interface SshRouter {
  readonly port: number;
  readonly fingerprint: string;
  /** Passwords that were offered. */
  readonly passwords: readonly string[];
  close(): Promise<void>;
}

export interface SshRouterOptions {
  /** Does something with the channel of a command; without it the command is refused. */
  readonly onCommand?: (command: string, channel: ServerChannel, drop: () => void) => void;
  readonly authentication?: 'password' | 'keyboard-interactive' | 'publickey';
  readonly kex?: 'diffie-hellman-group14-sha1';
  readonly hostKey?: string;
}

/** PEM of a new RSA key. */
export function newHostKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

/** Making one takes a while. */
let sharedKey: string | null = null;

function usualKey(): string {
  sharedKey ??= newHostKey();
  return sharedKey;
}

export async function startSshRouter(options: SshRouterOptions = {}): Promise<SshRouter> {
  const { onCommand, authentication = 'password', kex, hostKey = usualKey() } = options;
  const passwords: string[] = [];
  const clients = new Set<ssh2.Connection>();
  const algorithms = kex === undefined ? {} : { algorithms: { kex: [kex] } };
  const server = new ssh2.Server({ hostKeys: [hostKey], ...algorithms }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method === 'none') return context.reject([authentication]);
      if (context.username !== SSH_USER || context.method !== authentication) return context.reject([authentication]);
      if (context.method === 'publickey') return context.accept();
      const answered = (password: string) => {
        passwords.push(password);
        return password === SSH_PASSWORD ? context.accept() : context.reject();
      };
      if (context.method === 'password') return answered(context.password);
      if (context.method === 'keyboard-interactive') {
        return context.prompt([{ prompt: 'Password: ', echo: false }], ([password = '']) => answered(password));
      }
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, reject, { command }) => {
        if (onCommand === undefined) return reject();
        onCommand(command, acceptExec(), () => client.end());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const digest = createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '');
  return {
    ...{ port, passwords, fingerprint: `SHA256:${digest}` },
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.end();
        server.close(() => resolve());
      }),
  };
}
