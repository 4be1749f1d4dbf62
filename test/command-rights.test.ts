import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { COMMAND_RIGHTS } from '../src/command-rights.ts';
import { allCommands, type CommandDeps } from '../src/commands.ts';
import type { Frame } from '../src/platform/cli/frame.ts';
import { RIGHTS } from '../src/runtime/rights.ts';

/** The names of all commands that do something: `usage`, `device add`. */
function commandsOf(command: Command, before: readonly string[] = []): string[] {
  return command.commands.flatMap((each) => {
    const path = [...before, each.name()];
    return each.commands.length === 0 ? [path.join(' ')] : commandsOf(each, path);
  });
}

describe('the right that a command declares', () => {
  it('is there for every command, and for no other', () => {
    const program = new Command();
    // Commands are declared without using anything.
    const frame = { screen: {}, stdout: {} } as unknown as Frame;
    for (const addCommand of allCommands({} as unknown as CommandDeps)) addCommand(program, frame);
    const found = commandsOf(program);
    assert.ok(found.length > 35);
    assert.deepEqual(found.sort(), Object.keys(COMMAND_RIGHTS).sort());
    for (const right of Object.values(COMMAND_RIGHTS)) assert.ok(RIGHTS.includes(right) && right !== 'account');
  });

  it('is told in docs/accounts.md', () => {
    const text = readFileSync(join(import.meta.dirname, '../docs/accounts.md'), 'utf8');
    for (const [role, right] of [
      ['viewer', 'view'],
      ['operator', 'operate'],
    ] as const) {
      const own = Object.entries(COMMAND_RIGHTS).filter(([, each]) => each === right);
      const listed = own.map(([name]) => `\`${name}\``).sort();
      assert.ok(text.includes(`| ${role} | ${listed.join(', ')} |`), `${role}: ${listed.join(', ')}`);
    }
  });
});
