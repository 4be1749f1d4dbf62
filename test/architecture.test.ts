import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';

const SRC = join(import.meta.dirname, '../src');

interface Import {
  /** Paths below `src`, e.g. `usage/query.ts`. */
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

/** The people-facing rooms, each a folder with all that is its own. */
const CAPABILITIES = [
  'accounts',
  'backups',
  'check',
  'copy',
  'hardening',
  'healing',
  'health',
  'logs',
  'quotas',
  'reports',
  'terminal',
  'usage',
  'workers',
];
/** What all of them meet in. */
const KERNEL = ['devices', 'incidents', 'notices'];
/** Where everything is known: the map of the system, its rooms until each capability puts itself together, the commands, the settings, the process and the simulation. */
const WIRING = [
  'app.ts',
  'assemble.ts',
  'base.ts',
  'capability.ts',
  'command-rights.ts',
  'commands.ts',
  'define-config.ts',
  'demo',
  'main.ts',
  'open.ts',
  'settings.ts',
  'start.ts',
  'tables.ts',
  'web',
  'worker.ts',
];
/** Files of a capability that meet the world: all others are its rules. */
const OUTER =
  /^[^/]+\/(capability|settings|commands|routes|api|pages|store|metrics|reader|channels|archives)(\.ts$|\/)/;

/** `usage`, `platform`, …; the core is a room of its own. */
function roomOf(path: string): string {
  return isCore(path) ? 'usage/accounting' : (path.split('/')[0] ?? '');
}

function isCore(path: string): boolean {
  return path.startsWith('usage/accounting/');
}

/** As docs/development.md says under Structure: who may import what, besides their own room. */
function isAllowed({ from, to, isTypeOnly }: Import): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (WIRING.includes(room)) return true;
  if (isCore(from)) return isCore(to);
  if (room === 'runtime') return target === 'runtime';
  if (room === 'platform') return target === 'platform' || target === 'runtime';
  if (!CAPABILITIES.includes(room) && !KERNEL.includes(room)) return false;
  const isOuter = OUTER.test(from);
  // The nouns that everything meets in.
  if (to === 'capability.ts') return isTypeOnly && from === `${room}/capability.ts`;
  if (target === 'runtime' || isCore(to)) return true;
  if (target === room) return isOuter || !OUTER.test(to);
  if (target === 'platform') return isOuter;
  return KERNEL.includes(target) && isTypeOnly && !OUTER.test(to);
}

describe('the house', () => {
  it('is seen by this test', () => {
    assert.ok(files.length > 20);
    assert.ok(imports.length > files.length);
    for (const { to } of imports) assert.ok(sources.has(to), `${to} is imported and not there`);
  });

  it('keeps the import rules: rules know no adapter, capabilities not each other, the ground none of them, the core only itself', () => {
    const broken = imports.filter((each) => !isAllowed(each)).map(({ from, to }) => `${from} → ${to}`);
    assert.deepEqual(broken, []);
  });

  const cases: [string, string, boolean, boolean][] = [
    ['usage/query.ts', 'usage/ports.ts', false, true],
    ['reports/model.ts', 'usage/accounting/quota.ts', false, true],
    ['usage/query.ts', 'platform/store/database.ts', true, false],
    ['usage/query.ts', 'usage/store/usage-store.ts', true, false],
    ['usage/query.ts', 'quotas/ports.ts', true, false],
    ['quotas/evaluate.ts', 'notices/ports.ts', true, true],
    ['quotas/evaluate.ts', 'notices/ports.ts', false, false],
    ['quotas/evaluate.ts', 'notices/store/outbox-store.ts', true, false],
    ['usage/store/usage-store.ts', 'usage/ports.ts', true, true],
    ['usage/store/usage-store.ts', 'platform/store/database.ts', false, true],
    ['usage/store/usage-store.ts', 'notices/channels/mail/mailer.ts', true, false],
    ['usage/accounting/day.ts', 'runtime/clock.ts', true, false],
    ['platform/store/database.ts', 'runtime/clock.ts', false, true],
    ['platform/store/database.ts', 'usage/ports.ts', true, false],
    ['runtime/rounds.ts', 'platform/store/database.ts', true, false],
    ['app.ts', 'platform/store/database.ts', false, true],
    ['quotas/evaluate.ts', 'app.ts', false, false],
    ['quotas/capability.ts', 'capability.ts', true, true],
    ['quotas/capability.ts', 'capability.ts', false, false],
    ['quotas/evaluate.ts', 'capability.ts', true, false],
    ['quotas/capability.ts', 'usage/capability.ts', true, false],
  ];
  for (const [from, to, isTypeOnly, allowed] of cases) {
    it(`${allowed ? 'lets' : 'does not let'} ${from} import ${isTypeOnly ? 'types of ' : ''}${to}`, () => {
      assert.equal(isAllowed({ from, to, isTypeOnly }), allowed);
    });
  }

  it('puts each capability together in one place: only app.ts and the demo make it', () => {
    const made = imports.filter(({ to }) => /^[^/]+\/capability\.ts$/.test(to));
    const broken = made.filter(
      ({ from, isTypeOnly }) =>
        from !== 'app.ts' && !from.startsWith('demo/') && !(isTypeOnly && WIRING.includes(roomOf(from))),
    );
    assert.ok(made.length > 5);
    assert.deepEqual(
      broken.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('makes the SSH client in one place, so that private keys and host keys are the same for all', () => {
    const makers = imports.filter(({ to, isTypeOnly }) => to === 'platform/ssh/client.ts' && !isTypeOnly);
    assert.deepEqual(
      makers.map(({ from }) => from),
      ['base.ts'],
    );
  });

  it('makes pages from what the API answers: they know its data as types, and nothing that could read more', () => {
    const ofPages = imports.filter(({ from }) => /^[^/]+\/pages\//.test(from));
    assert.ok(ofPages.length > 10);
    const broken = ofPages.filter(
      ({ to, isTypeOnly }) =>
        /\/routes\.ts$/.test(to) || (!isTypeOnly && (/\/api\//.test(to) || /\/(ports\.ts|store\/)/.test(to))),
    );
    assert.deepEqual(
      broken.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('puts the pages together without knowing whose they are, but for the gate', () => {
    const rooms = imports.filter(({ from }) => from === 'web/site.ts').map(({ to }) => roomOf(to));
    const known = ['accounts', 'capability.ts', 'platform', 'runtime', 'usage/accounting'];
    assert.deepEqual([...new Set(rooms)].toSorted(), known);
  });

  it('keeps the core free of I/O, clock and packages', () => {
    const outside = [...sources]
      .filter(([file]) => isCore(file))
      .flatMap(([file, source]) =>
        [...source.matchAll(/from '([^.'][^']*)'|\b(process\.|Date\.now|fetch\(|Temporal\.Now)/g)].map(
          ([found]) => `${file}: ${found}`,
        ),
      );
    assert.deepEqual(outside, []);
  });

  it('has no cycle between files that run', () => {
    const graph = new Map<string, Set<string>>();
    for (const { from, to } of imports.filter(({ isTypeOnly }) => !isTypeOnly)) {
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
    assert.equal(findCycle(graph), null);
  });

  it('has no file of more than 300 lines: two rooms hide in it', () => {
    const long = [...sources].filter(([, source]) => source.trimEnd().split('\n').length > 300);
    assert.deepEqual(
      long.map(([file]) => file),
      [],
    );
  });

  it('has no default exports', () => {
    const found = [...sources].filter(([, source]) => /^export default\b|\bas default\b/m.test(source));
    assert.deepEqual(
      found.map(([file]) => file),
      [],
    );
  });

  it('has no other room than those of the design', () => {
    const known = [...WIRING, ...CAPABILITIES, ...KERNEL, 'platform', 'runtime'];
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
