import type { SshClient } from '../../src/platform/ssh/client.ts';

const nobody = () => Promise.reject(new Error('nobody logs in by SSH here'));

/** For a base whose capabilities log in to nothing. */
export const NO_SSH: SshClient = { openShell: nobody, openFiles: nobody, openTerminal: nobody, timedBy: () => NO_SSH };
