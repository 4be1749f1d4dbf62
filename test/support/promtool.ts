import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Names a promtool; `npm run check:ops` sets it. */
export const PROMTOOL_VARIABLE = 'NETSENTINEL_TEST_PROMTOOL';

/** Prometheus' own checker, if it is here. */
export function findPromtool(): string | null {
  const program = process.env[PROMTOOL_VARIABLE] ?? 'promtool';
  return spawnSync(program, ['--version']).status === 0 ? program : null;
}

/** Takes it out of Debian's package, which is not installed: that would start a service. Needs apt and dpkg. */
export function unpackPromtool(folder: string): string {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  run('apt-get', 'update', '-qq');
  run('apt-get', 'download', '-qq', '-o', 'APT::Sandbox::User=root', 'prometheus');
  run('sh', '-c', 'dpkg -x prometheus_*.deb .');
  return join(folder, 'usr/bin/promtool');
}
