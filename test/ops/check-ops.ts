import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPromtool, PROMTOOL_VARIABLE, unpackPromtool } from '../support/promtool.ts';

// `npm run check:ops`: the tests of ops/ with a promtool that is fetched where there is none.
const folder = mkdtempSync(join(tmpdir(), 'netsentinel-promtool-'));
try {
  const promtool = findPromtool() ?? unpackPromtool(folder);
  const { status } = spawnSync(process.execPath, ['--test', join(import.meta.dirname, '*.test.ts')], {
    stdio: 'inherit',
    env: { ...process.env, [PROMTOOL_VARIABLE]: promtool },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
