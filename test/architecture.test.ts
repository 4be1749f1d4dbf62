import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';

const SRC = join(import.meta.dirname, '../src');

interface Import {
  /** Paths below `src`, e.g. `features/usage/query.ts`. */
  readonly from: string;
  readonly to: string;
  /** Erased before the program runs. */
  readonly isTypeOnly: boolean;
}

const files = globSync('**/*.ts', { cwd: SRC });
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source));

/** Imports between files of ours; the formatter keeps every import in one of these forms. */
function importsOf(from: string, source: string): Import[] {
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?([^;'"]*?\sfrom\s+)?'(\.[^']+)'/gm);
  const calls = source.matchAll(/\b(?:import|import\.meta\.resolve)\(\s*'(\.[^']+)'/g);
  const below = (target: string) => relative(SRC, join(SRC, dirname(from), target));
  return [
    ...[...statements].map(([, type, names, target]) => ({
      from,
      to: below(target ?? ''),
      isTypeOnly: type !== undefined || hasOnlyTypes(names ?? ''),
    })),
    ...[...calls].map(([, target]) => ({ from, to: below(target ?? ''), isTypeOnly: false })),
  ];
}

/** `{ type A, type B } from` */
function hasOnlyTypes(names: string): boolean {
  const listed = /\{([^}]*)\}/
    .exec(names)?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type '));
}

/** `accounting`, `adapters/store`, `features/usage`, `runtime`, …; `main.ts` and `app.ts` are rooms of their own; `compose` holds parts of `app.ts`. */
function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return (first === 'features' || first === 'adapters') && second !== '' ? `${first}/${second}` : first;
}

function isPort(path: string): boolean {
  return /^features\/[^/]+\/ports\.ts$/.test(path);
}

/** DESIGN section 2: who may import what, besides his own room. */
function isAllowed({ from, to, isTypeOnly }: Import): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target || room === 'app.ts' || room === 'compose' || room === 'demo') return true;
  const layer = room.split('/')[0];
  switch (layer) {
    case 'main.ts':
      return target !== 'accounting' && !target.startsWith('adapters/') && !target.startsWith('features/');
    case 'accounting':
    case 'runtime':
      return false;
    case 'config':
      return target === 'runtime';
    case 'features':
      return target === 'accounting' || target === 'runtime';
    case 'adapters':
      return target === 'accounting' || target === 'runtime' || (isPort(to) && isTypeOnly);
    case 'cli':
    case 'http':
      return ['accounting', 'runtime', 'config'].includes(target) || target.startsWith('features/');
    default:
      return false;
  }
}

describe('the house', () => {
  it('is seen by this test', () => {
    assert.ok(files.length > 20);
    assert.ok(imports.length > files.length);
    for (const { to } of imports) assert.ok(sources.has(to), `${to} is imported and not there`);
  });

  it('keeps the import rules: features know no adapter, adapters only types of ports, the core only itself', () => {
    const broken = imports.filter((each) => !isAllowed(each)).map(({ from, to }) => `${from} imports ${to}`);
    assert.deepEqual(broken, []);
  });

  const cases: [string, string, boolean, boolean][] = [
    ['features/usage/query.ts', 'features/usage/ports.ts', false, true],
    ['features/usage/query.ts', 'accounting/quota.ts', false, true],
    ['features/usage/query.ts', 'adapters/store/database.ts', true, false],
    ['features/usage/query.ts', 'features/alerts/ports.ts', true, false],
    ['features/usage/query.ts', 'config/schema.ts', true, false],
    ['adapters/store/usage-store.ts', 'features/usage/ports.ts', true, true],
    ['adapters/store/usage-store.ts', 'features/usage/ports.ts', false, false],
    ['adapters/store/usage-store.ts', 'features/usage/query.ts', true, false],
    ['adapters/store/usage-store.ts', 'adapters/mail/mailer.ts', true, false],
    ['accounting/day.ts', 'runtime/clock.ts', true, false],
    ['cli/usage.ts', 'features/usage/query.ts', false, true],
    ['cli/usage.ts', 'adapters/store/database.ts', false, false],
    ['config/fields.ts', 'runtime/database-url.ts', false, true],
    ['config/fields.ts', 'adapters/store/database.ts', true, false],
    ['app.ts', 'adapters/store/database.ts', false, true],
    ['compose/mailing.ts', 'adapters/mail/mailer.ts', false, true],
    ['features/alerts/evaluate.ts', 'compose/mailing.ts', false, false],
    ['main.ts', 'adapters/store/database.ts', false, false],
  ];
  for (const [from, to, isTypeOnly, allowed] of cases) {
    it(`${allowed ? 'lets' : 'does not let'} ${from} import ${isTypeOnly ? 'types of ' : ''}${to}`, () => {
      assert.equal(isAllowed({ from, to, isTypeOnly }), allowed);
    });
  }

  it('makes pages from what the API answers: they know its data as types, and nothing that could read more', () => {
    const ofPages = imports.filter(({ from }) => from.startsWith('http/pages/'));
    assert.ok(ofPages.length > 10);
    const broken = ofPages.filter(
      ({ to, isTypeOnly }) => to === 'http/api/deps.ts' || (!isTypeOnly && (to.startsWith('http/api/') || isPort(to))),
    );
    assert.deepEqual(
      broken.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('keeps the core free of I/O, clock and packages', () => {
    const outside = [...sources]
      .filter(([file]) => file.startsWith('accounting/'))
      .flatMap(([file, source]) =>
        [...source.matchAll(/from '([^.'][^']*)'|\b(process\.|Date\.now|fetch\(|Temporal\.Now)/g)].map(
          ([found]) => `${file}: ${found}`,
        ),
      );
    assert.deepEqual(outside, []);
  });

  it('has no cycle between rooms', () => {
    const graph = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      const [room, target] = [roomOf(from), roomOf(to)];
      if (room !== target) graph.set(room, (graph.get(room) ?? new Set()).add(target));
    }
    assert.equal(findCycle(graph), null);
  });

  it('has no cycle between files that run', () => {
    const graph = new Map<string, Set<string>>();
    for (const { from, to } of imports.filter(({ isTypeOnly }) => !isTypeOnly)) {
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
    assert.equal(findCycle(graph), null);
  });

  it('has no default exports', () => {
    const found = [...sources].filter(([, source]) => /^export default\b|\bas default\b/m.test(source));
    assert.deepEqual(
      found.map(([file]) => file),
      [],
    );
  });

  it('has no other room than those of the design', () => {
    const known = [
      'main.ts',
      'app.ts',
      'compose',
      'config',
      'cli',
      'http',
      'accounting',
      'features',
      'adapters',
      'runtime',
      'demo',
    ];
    assert.deepEqual(
      files.filter((file) => !known.includes(file.split('/')[0] ?? '')),
      [],
    );
  });
});

/** `a → b → a`, or `null`. */
function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string | null {
  const done = new Set<string>();
  function visit(node: string, path: readonly string[]): string | null {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node].join(' → ');
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== null) return cycle;
    }
    done.add(node);
    return null;
  }
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
