/** The child process of `reload.ts`: evaluates the configuration file named by its argument and sends what it says to the parent. */
import { readConfigFile } from './load.ts';
import { pack } from './portable.ts';
import { ConfigError } from './problems.ts';

async function answer(file: string): Promise<object> {
  try {
    return { raw: pack(await readConfigFile(file)) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}

// The file may have started something that would keep this process alive.
process.send?.(await answer(process.argv[2] ?? ''), () => process.exit());
