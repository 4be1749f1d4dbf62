import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;
/** Prints, as the process ends, how long an address of a name is tried before the next. */
const LOOK = `data:text/javascript,import { getDefaultAutoSelectFamilyAttemptTimeout as ms } from 'node:net';
process.on('exit', () => console.error(String(ms())));`;

describe('every command', () => {
  it('gives each address of a name the time of a lost packet, whomever it connects to', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', LOOK, MAIN, '--version']);
    assert.ok(Number(stderr.trim()) >= 2000, stderr);
  });
});
