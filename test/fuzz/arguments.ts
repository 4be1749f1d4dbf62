import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { allCommands } from '../../src/commands.ts';
import { runProgram } from '../../src/platform/cli/program.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { noAccounts } from '../support/no-accounts.ts';
import { noChannels } from '../support/no-channels.ts';
import { noHealing } from '../support/no-healing.ts';
import { noHealth } from '../support/no-health.ts';
import { noInventory } from '../support/no-inventory.ts';
import { quietMailing } from '../support/quiet-mailing.ts';
import { createMemoryArchive, queueDay } from '../support/usage-archive.ts';
import { createDice, type Dice, hostileText } from './random.ts';

const WORDS = [
  ...['run', 'collect', 'usage', 'alerts', 'report', 'purge', 'explain', 'check', 'health', 'migrate', 'demo', 'help'],
  ...['--by', 'user', 'queue', '--day', 'today', 'yesterday', '2026-02-30', '2026-11-19', '--from', '--to', '--router'],
  ...['--match', '--format', 'json', 'csv', 'table', '--queue', 'bob', '--dry-run', '--log-level', 'debug', '--config'],
  ...['--seconds', '-1', '--version', '--help', '-h', '--', '-', '--send', '--force', '--send-test-mail'],
];

/** Random command lines: each ends with exit code 0, 1 or 2 and never with an error of ours. */
export async function fuzzArguments({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  const codes = new Map<number, number>();
  for (let round = 0; round < rounds; round += 1) {
    const args = Array.from({ length: dice.below(7) }, () => word(dice));
    const code = await runOnce(args).catch((error: unknown) => {
      throw new Error(`netsentinel ${JSON.stringify(args)} threw`, { cause: error });
    });
    assert.ok([0, 1, 2].includes(code), `${JSON.stringify(args)} ended with ${code}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return { rounds, codes: Object.fromEntries(codes) };
}

function word(dice: Dice): string {
  if (dice.random() < 0.85) return dice.pick(WORDS);
  return dice.random() < 0.3 ? `${dice.pick(WORDS)}=${hostileText(dice)}` : hostileText(dice);
}

/** The whole command line, over books in memory; commands that reach outside do nothing. */
async function runOnce(args: readonly string[]): Promise<number> {
  const nothing = async () => 0;
  const quiet = { write: () => true };
  return await runProgram(args, {
    stdout: quiet,
    stderr: quiet,
    stdin: Readable.from(['a long enough password']),
    env: {},
    commandName: 'netsentinel',
    version: '1.2.3',
    beforeCommand: async () => {},
    untilStop: () => new AbortController().signal,
    commands: allCommands({
      ...noInventory,
      runWorker: nothing,
      runDemo: nothing,
      copyTo: async () => [],
      openQuestions: () => null,
      openApp: async () => ({
        migrate: nothing,
        collect: async () => [],
        tellOnce: async () => ({ failed: 0 }),
        checker: { check: async () => [] },
        channels: noChannels,
        close: async () => {},
      }),
      openBooks: async () => ({
        archive: createMemoryArchive({
          days: [queueDay({ queue: 'bob', day: '2026-11-20', downloadBytes: 2n ** 60n })],
        }),
        forget: async () => [{ count: 1, one: 'daily row', many: 'daily rows' }],
        note: async () => {},
        ...quietMailing,
        accounts: noAccounts,
        health: noHealth,
        healing: noHealing,
        workers: null,
        policies: [],
        calendar: createCalendar('Asia/Karachi'),
        clock: createManualClock(Date.UTC(2026, 10, 19, 20)),
        retentionDays: 14,
        migrated: [],
        close: async () => {},
      }),
    }),
  });
}
