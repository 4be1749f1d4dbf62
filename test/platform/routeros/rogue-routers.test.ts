import assert from 'node:assert/strict';
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const SUPPORT = join(import.meta.dirname, '../../support');
/** A process that reads ordinary routers has 100; before there was a bound it came to 500 to 1,100. */
const LARGEST_MIB = 420;

interface Result {
  readonly outcomes: readonly string[];
  readonly turns: number;
  readonly maxRssMib: number;
}

describe('four rogue routers that are read at once', () => {
  let rogues: ChildProcess;
  let ports: Record<string, number>;

  before(async () => {
    rogues = fork(join(SUPPORT, 'rogue-routers.ts'));
    [ports] = await once(rogues, 'message');
  });
  after(() => rogues.disconnect());

  async function readFour(kind: string): Promise<Result> {
    const four = Array.from({ length: 4 }, () => String(ports[kind]));
    const { stdout } = await promisify(execFile)(process.execPath, [join(SUPPORT, 'read-rogues.ts'), ...four]);
    return JSON.parse(stdout);
  }

  const table: [string, string, string, number][] = [
    // 128 MiB of each: a turn takes no more than a few hundred KiB of one router.
    ['comments of 1 MB without end', 'comments', 'ROUTER_REPLY_TOO_LARGE', 300],
    ['rows without end', 'rows', 'ROUTER_REPLY_TOO_LARGE', 40],
    ['rows without a property, and without end', 'bare', 'ROUTER_REPLY_TOO_LARGE', 5],
    ['a sentence without end', 'words', 'ROUTER_PROTOCOL', 1],
    ['empty sentences without end', 'empty', 'ROUTER_PROTOCOL', 1],
  ];
  for (const [what, kind, code, leastTurns] of table) {
    it(`fail by ${what}, take a bounded memory, and let others have their turn`, async () => {
      const { outcomes, turns, maxRssMib } = await readFour(kind);
      assert.deepEqual(outcomes, [code]);
      assert.ok(maxRssMib < LARGEST_MIB, `${maxRssMib} MiB`);
      assert.ok(turns >= leastTurns, `${turns} turns`);
    });
  }
});
