import { formatDuration } from '../../runtime/format.ts';
import { HEARTBEAT_VARIABLE, readPulse } from '../../runtime/heartbeat.ts';
import type { Environment } from '../config/secret.ts';
import { UsageError } from './usage-error.ts';

export interface Health {
  readonly isWell: boolean;
  /** One line for people. */
  readonly says: string;
}

/**
 * Whether the worker of this container (or machine) is alive and polling. Neither a database nor a router that is away makes it
 * unwell: to be unwell is to be restarted by some orchestrators, which would bring neither of them back and would throw away the
 * samples that the worker holds in memory until the database returns. `check` and `/readyz` show those.
 */
export function findHealth({ env, nowAt }: { readonly env: Environment; readonly nowAt: number }): Health {
  const file = env[HEARTBEAT_VARIABLE];
  if (!file) {
    throw new UsageError(
      `${HEARTBEAT_VARIABLE} is not set; set it to the name of a file, the same for \`run\` and for this command`,
    );
  }
  const pulse = readPulse(file);
  if (pulse === null) return { isWell: false, says: 'no worker has been started here' };
  // A clock that was set back must not make a worker unwell.
  const ageMs = Math.max(0, nowAt - pulse.beatAt);
  const isWell = ageMs <= pulse.goodForMs;
  const limit = isWell ? '' : `, more than ${formatDuration(pulse.goodForMs)}`;
  return { isWell, says: `the worker started, or last tried to read a router, ${formatDuration(ageMs)} ago${limit}` };
}

// A container asks every 30 s, and to load the whole program takes a second of a processor: this file can also be run alone.
if (import.meta.main) {
  const { isWell, says } = findHealth({ env: process.env, nowAt: Date.now() });
  process.stdout.write(`${says}\n`);
  process.exitCode = isWell ? 0 : 1;
}
