import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './mariadb-server.ts';
import { need } from './needs.ts';

/** The server of OpenSSH on the loopback: only who runs the tests may log in, with one key. */
export interface OpenSshServer {
  readonly port: number;
  readonly username: string;
  /** Encrypted. */
  readonly privateKey: string;
  readonly passphrase: string;
  /** Of its host key, as ssh-keygen prints it. */
  readonly fingerprint: string;
  stop(): Promise<void>;
}

const PASSPHRASE = 'key-passphrase-5';
const SETTINGS = ['UsePAM no', 'PasswordAuthentication no', 'StrictModes no', 'PermitRootLogin prohibit-password'];

/** `settings`: more lines of its configuration. */
export async function startOpenSsh(...settings: readonly string[]): Promise<OpenSshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-sshd-'));
  const makeKey = (name: string, passphrase: string) => {
    const file = join(folder, name);
    const args = ['-q', '-t', 'rsa', '-b', '2048', '-N', passphrase, '-C', 'test', '-f', file];
    execFileSync(need('ssh-keygen'), args);
    return file;
  };
  const [hostKey, userKey, port] = [makeKey('host', ''), makeKey('user', PASSPHRASE), await freePort()];
  const lines = [
    ...[`ListenAddress 127.0.0.1:${port}`, `HostKey ${hostKey}`, `AuthorizedKeysFile ${userKey}.pub`, 'PidFile none'],
    ...[...SETTINGS, ...settings],
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  // As root it wants this folder, which its service makes.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(need('sshd'), ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('Server listening')) resolve();
    });
    exited.then(() => reject(new Error(`sshd ended: ${said.join('\n')}`)));
  });
  const [, fingerprint = ''] = execFileSync(need('ssh-keygen'), ['-lf', `${hostKey}.pub`], { encoding: 'utf8' }).split(
    ' ',
  );
  return {
    ...{ port, username: userInfo().username, privateKey: readFileSync(userKey, 'utf8'), passphrase: PASSPHRASE },
    fingerprint,
    async stop() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
