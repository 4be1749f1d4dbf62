import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { prepareNeeds } from './needs.ts';

/** `node test/support/before-tests.ts`: checks types and lint, and meanwhile installs what the tests need of the machine. Ends with 1 when one fails. */
const ended = ['check:types', 'check:lint'].map(async (script) => {
  const [code] = await once(spawn('npm', ['run', '--silent', script], { stdio: 'inherit' }), 'close');
  return code === 0;
});
// It keeps this process busy until all is there; the checks go on.
prepareNeeds();
if (!(await Promise.all(ended)).every(Boolean)) process.exitCode = 1;
