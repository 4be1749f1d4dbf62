import { createHash, generateKeyPairSync } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ServerChannel, type SFTPWrapper } from 'ssh2';
import type { Address } from './api-server.ts';

export interface SshActivity {
  readonly logins: number;
  /** What was offered as a password, right or wrong. */
  readonly passwords: readonly string[];
  /** Lines that were run. */
  readonly commands: readonly string[];
}

export interface SshWindow {
  readonly columns: number;
  readonly rows: number;
}

export interface SshServerDeps {
  readonly username: string;
  readonly password: string;
  /** Only key exchange and ciphers of old RouterOS. */
  readonly isOld: boolean;
  /** PEM; default: a new one. */
  readonly hostKey?: string;
  /** What it takes, after a first attempt with none. */
  readonly methods?: readonly ('password' | 'keyboard-interactive' | 'publickey')[];
  /** A shell with a terminal, at its size as it is at first; `follow` tells how it changes. Absent: there is none. */
  readonly shell?: (
    channel: ServerChannel,
    window: SshWindow,
    follow: (resized: (to: SshWindow) => void) => void,
  ) => void;
  /** Runs one line and ends its channel; `drop` breaks the connection. Absent: no channel is opened for a line. */
  readonly run?: (line: string, channel: ServerChannel, drop: () => void) => void;
  /** Answers SFTP. Absent: there is none. */
  readonly files?: (sftp: SFTPWrapper, drop: () => void) => void;
}

/** SSH as RouterOS has it, on the loopback interface: runs lines without a terminal; the exit status is always 0. */
export interface SshServer {
  /** Port 0: any that is free. */
  listen(port: number): Promise<Address>;
  close(): Promise<void>;
  /** Breaks all connections. */
  cut(): void;
  /** As after a reset: from the next connection on. */
  renewHostKey(): void;
  /** `SHA256:…` */
  fingerprint(): string;
  activity(): SshActivity;
}

const HOST = '127.0.0.1';

/** What old RouterOS offers, and nothing better. */
const OLD: NonNullable<ssh2.ServerConfig['algorithms']> = {
  kex: ['diffie-hellman-group14-sha1'],
  cipher: ['aes192-cbc'],
  hmac: ['hmac-sha1'],
};

export function createSshServer(deps: SshServerDeps): SshServer {
  const { methods = ['password', 'keyboard-interactive'] } = deps;
  const passwords: string[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let logins = 0;
  let hostKey = deps.hostKey ?? newHostKey();
  let protocol = speak(hostKey);
  let server: Server | null = null;

  /** What speaks SSH on the connections that are made: it takes its key for good. */
  function speak(key: string): ssh2.Server {
    const algorithms = deps.isOld ? { algorithms: OLD } : {};
    return new ssh2.Server({ hostKeys: [key], ident: 'ROSSSH', ...algorithms }, (connection) => {
      // Peers may disconnect at any moment.
      connection.on('error', () => undefined);
      connection.on('authentication', login);
      connection.on('session', (accept) => {
        const session = accept();
        if (deps.shell !== undefined) offerShell(session, deps.shell);
        session.on('sftp', (acceptFiles, reject) => {
          if (deps.files === undefined) reject();
          else deps.files(acceptFiles(), () => connection.end());
        });
        session.on('exec', (acceptExec, reject, { command }) => {
          commands.push(command);
          if (deps.run === undefined) reject();
          else deps.run(command, acceptExec(), () => connection.end());
        });
      });
    });
  }

  function login(context: AuthContext): void {
    const decide = (isRight: boolean) => {
      if (isRight) {
        logins += 1;
        context.accept();
      } else context.reject([...methods]);
    };
    const judge = (password: string) => {
      passwords.push(password);
      decide(context.username === deps.username && password === deps.password);
    };
    const isTaken = methods.some((method) => method === context.method);
    if (isTaken && context.method === 'password') judge(context.password);
    else if (isTaken && context.method === 'keyboard-interactive') {
      context.prompt([{ prompt: 'Password: ', echo: false }], ([password = '']) => judge(password));
    } else decide(isTaken && context.username === deps.username);
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    listen(port) {
      const made = createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => undefined);
        protocol.injectSocket(socket);
      });
      server = made;
      return new Promise((resolve, reject) => {
        made.on('error', reject);
        made.listen(port, HOST, () => resolve({ host: HOST, port: (made.address() as AddressInfo).port }));
      });
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        cut();
        if (server === null) resolve();
        else server.close(() => resolve());
      }),
    renewHostKey() {
      hostKey = newHostKey();
      protocol = speak(hostKey);
    },
    fingerprint: () => fingerprintOf(hostKey),
    activity: () => ({ logins, passwords: [...passwords], commands: [...commands] }),
  };
}

function offerShell(session: ssh2.Session, shell: NonNullable<SshServerDeps['shell']>): void {
  let window: SshWindow = { columns: 80, rows: 24 };
  let resized = (_to: SshWindow) => {};
  session.on('pty', (accept, _reject, { cols, rows }) => {
    window = { columns: cols, rows };
    accept();
  });
  session.on('window-change', (_accept, _reject, { cols, rows }) => resized({ columns: cols, rows }));
  session.on('shell', (accept) =>
    shell(accept(), window, (follow) => {
      resized = follow;
    }),
  );
}

/** PEM of a new key; RouterOS makes an RSA key. */
export function newHostKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

function fingerprintOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
}
