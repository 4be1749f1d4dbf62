import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { need } from './needs.ts';
import { onFreePort } from './ports.ts';

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
  const [hostKey, userKey] = [makeKey('host', ''), makeKey('user', PASSPHRASE)];
  const lines = [
    ...[`HostKey ${hostKey}`, `AuthorizedKeysFile ${userKey}.pub`, 'PidFile none'],
    ...[...SETTINGS, ...settings],
  ];
  const config = join(folder, 'config');
  writeFileSync(config, `${lines.join('\n')}\n`);
  // As root it wants this folder, which its service makes.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const { port, child, exited } = await onFreePort((free) => serve(config, free));
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

/** Runs it on that port; rejects with what it said when it ends before it listens. */
async function serve(config: string, port: number) {
  const args = ['-D', '-e', '-f', config, '-o', `ListenAddress=127.0.0.1:${port}`];
  const child = spawn(need('sshd'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('Server listening')) resolve();
    });
    once(child, 'close').then(() => reject(new Error(`sshd ended: ${said.join('\n')}`)));
  });
  return { port, child, exited };
}
