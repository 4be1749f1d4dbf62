/** The child process of `reload.ts`: evaluates the configuration file named by its first argument, which may import the module of the second, and sends what it says to the parent. */
import { readConfigFile } from './load.ts';
import { pack } from './portable.ts';
import { ConfigError } from './problems.ts';

async function answer(file = '', moduleUrl = ''): Promise<object> {
  try {
    return { raw: pack(await readConfigFile(file, moduleUrl)) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}

// The file may have started something that would keep this process alive.
process.send?.(await answer(...process.argv.slice(2)), () => process.exit());
