import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { need } from './needs.ts';
import { onFreePort } from './ports.ts';

export const WEBDAV_LOGIN = { username: 'copier', password: 'webdav-password-8' };

interface WebdavServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The WebDAV server of rclone over a folder. */
export async function startWebdavServer(folder: string): Promise<WebdavServer> {
  return await onFreePort((port) => serve(folder, port));
}

async function serve(folder: string, port: number): Promise<WebdavServer> {
  const { username, password } = WEBDAV_LOGIN;
  const args = ['serve', 'webdav', folder, '--addr', `127.0.0.1:${port}`, '--user', username, '--pass', password];
  const child = spawn(need('rclone'), [...args, '--config', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('Server started')) resolve();
    });
    once(child, 'close').then(() => reject(new Error(`rclone serve ended: ${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await exited;
    },
  };
}
