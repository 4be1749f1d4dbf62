import { hasSameSettings } from './same-settings.ts';

/** What differs between two configurations, by name: no value, for it may be a secret. */
export interface ConfigChanges {
  /** Names of entries. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Other parts: `quotas`, `mail`, … */
  readonly parts: readonly string[];
}

/** What differs, `null` when they are the same; in the part `list` each entry has a name of its own. */
export function findChanges<List extends string, Config extends Readonly<Record<List, readonly Named[]>>>(
  before: Config,
  after: Config,
  list: List,
): ConfigChanges | null {
  if (hasSameSettings(before, after)) return null;
  const [old, current] = [before[list], after[list]].map(
    (entries) => new Map(entries.map((each) => [each.name, each])),
  );
  const parts = new Set([...keysOf(before), ...keysOf(after)].filter((part) => part !== list));
  return {
    added: namesIn(after[list]).filter((name) => !old?.has(name)),
    removed: namesIn(before[list]).filter((name) => !current?.has(name)),
    changed: after[list].flatMap((entry) => {
      const known = old?.get(entry.name);
      return known === undefined || hasSameSettings(known, entry) ? [] : [entry.name];
    }),
    parts: [...parts].filter((part) => !hasSameSettings(before[part], after[part])).map(String),
  };
}

interface Named {
  readonly name: string;
}

function namesIn(entries: readonly Named[]): string[] {
  return entries.map(({ name }) => name);
}

function keysOf<Config extends object>(config: Config): (keyof Config)[] {
  return Object.keys(config) as (keyof Config)[];
}
