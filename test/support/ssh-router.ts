import { createSshServer, newHostKey, type SshServerDeps } from '../../src/demo/ssh-server.ts';

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
  readonly onCommand?: NonNullable<SshServerDeps['run']>;
  readonly authentication?: 'password' | 'keyboard-interactive' | 'publickey';
  readonly isOld?: boolean;
}

/** Making one takes a while. */
let sharedKey: string | null = null;

export async function startSshRouter(options: SshRouterOptions = {}): Promise<SshRouter> {
  const { onCommand, authentication = 'password', isOld = false } = options;
  sharedKey ??= newHostKey();
  const server = createSshServer({
    ...{ username: SSH_USER, password: SSH_PASSWORD, hostKey: sharedKey, methods: [authentication], isOld },
    ...(onCommand && { run: onCommand }),
  });
  const { port } = await server.listen(0);
  return {
    port,
    fingerprint: server.fingerprint(),
    get passwords() {
      return server.activity().passwords;
    },
    close: () => server.close(),
  };
}
