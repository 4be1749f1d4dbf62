import type { ServerChannel } from 'ssh2';
import { createSshServer, newHostKey, type SshServer, type SshWindow } from '../../src/demo/ssh-server.ts';

export const CONSOLE_USER = 'admin';
export const CONSOLE_PASSWORD = 'console-password-3';
export const PROMPT = '[admin@edge-1] > ';

/** The console of a RouterOS over SSH, as far as terminals are concerned. */
export interface RouterConsole extends SshServer {
  readonly port: number;
  /** Bytes that were handed to the channel of the last shell so far, and those that it has not taken yet. */
  written(): { readonly bytes: number; readonly waiting: number };
  /** Shells that are open. */
  shells(): number;
}

/** Making one takes a while. */
let sharedKey: string | null = null;

/**
 * Asks the terminal what it is (the older question, `ESC Z`) and how large (the cursor far away, `ESC [6n`), and shows a prompt when both
 * are answered. Ends lines as RouterOS does. Lines: `/quit`, `/flood BYTES`, `/size`; all others are echoed with `ran: `.
 */
export async function startRouterConsole(): Promise<RouterConsole> {
  sharedKey ??= newHostKey();
  const channels = new Set<ServerChannel>();
  let bytes = 0;
  let last: ServerChannel | null = null;

  function shell(channel: ServerChannel, window: SshWindow, follow: (resized: (to: SshWindow) => void) => void): void {
    let size = window;
    let line = '';
    let answers = '';
    let isAsked = true;
    bytes = 0;
    last = channel;
    channels.add(channel);
    channel.on('close', () => channels.delete(channel));
    channel.on('error', () => undefined);
    follow((to) => {
      size = to;
    });
    const write = (text: string | Buffer) => {
      bytes += text.length;
      return channel.write(text);
    };

    async function flood(most: number): Promise<void> {
      const some = Buffer.from(`${'0123456789abcdef'.repeat(4)}\r\n`.repeat(500));
      for (let left = most; left > 0 && !channel.destroyed; left -= some.length) {
        if (!write(some.subarray(0, left))) await new Promise((resolve) => channel.once('drain', resolve));
      }
      write(`\r\nflooded\r\n${PROMPT}`);
    }

    function run(command: string): void {
      if (command === '/quit') {
        write('\r\ninterrupted\r\n');
        channel.exit(0);
        channel.end();
      } else if (command.startsWith('/flood ')) {
        void flood(Number(command.slice('/flood '.length)));
      } else if (command === '/size') write(`\r\n${size.columns}x${size.rows}\r\n${PROMPT}`);
      else write(`\r\nran: ${command}\r\n${PROMPT}`);
    }

    channel.on('data', (typed: Buffer) => {
      if (isAsked) {
        answers += typed.toString('latin1');
        if (!/\x1b\[\?[\d;]*c/.test(answers) || !/\x1b\[\d+;\d+R/.test(answers)) return;
        isAsked = false;
        write(`\r\x1b[J\r\n  MikroTik RouterOS 7.20.1 (c) 1999-2026\r\n\r\n${PROMPT}`);
        return;
      }
      const [first = '', ...others] = typed.toString('latin1').split('\r');
      line += first;
      write(first);
      for (const other of others) {
        run(line);
        line = other;
        write(other);
      }
    });
    write('\x1bZ\r\x1b[9999;9999H\x1b[6n');
  }

  const server = createSshServer({
    ...{ username: CONSOLE_USER, password: CONSOLE_PASSWORD, isOld: false, hostKey: sharedKey, shell },
  });
  const { port } = await server.listen(0);
  return {
    ...server,
    port,
    written: () => ({ bytes, waiting: last?.writableLength ?? 0 }),
    shells: () => channels.size,
  };
}
