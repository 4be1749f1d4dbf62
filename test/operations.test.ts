import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const CODE =
  /(?:new TroubleError\(\s*|new RouterTrapError\(\s*|code: |Trouble\([^'\n]*)'((?:ACCOUNT|ARCHIVE|CHANNEL|CLOCK|CONFIG|COPY|DATABASE|DEVICE|ENTRY|HARDENING|HEALING|HTTP|INCIDENT|KEY|LIBRENMS|MAIL|MAINTENANCE|MIGRATION|REPORT|ROUTER|SCHEDULE|SCHEMA|SECRET|SSH|TERMINAL)_[A-Z_]+)'/g;

it('docs/operations.md says of every code what it means and what to do', () => {
  const told = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const codes = new Set(
    globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(CODE)].map(([, code]) => code ?? ''),
    ),
  );
  assert.ok(codes.size > 30);
  assert.deepEqual(
    [...codes].filter((code) => !told.includes(`\`${code}\``)),
    [],
  );
});
