import { hasSameSettings } from './same-settings.ts';
import type { Config } from './schema.ts';

/** What differs between two configurations, by name: no value, for it may be a secret. */
export interface ConfigChanges {
  /** Names of routers. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Other parts: `quotas`, `mail`, … */
  readonly parts: readonly string[];
}

/** `null` when they are the same. */
export function findChanges(before: Config, after: Config): ConfigChanges | null {
  if (hasSameSettings(before, after)) return null;
  const old = new Map(before.routers.map((router) => [router.name, router]));
  const names = new Set(after.routers.map(({ name }) => name));
  const parts = new Set([...keysOf(before), ...keysOf(after)].filter((part) => part !== 'routers'));
  return {
    added: after.routers.flatMap(({ name }) => (old.has(name) ? [] : [name])),
    removed: before.routers.flatMap(({ name }) => (names.has(name) ? [] : [name])),
    changed: after.routers.flatMap((router) => {
      const known = old.get(router.name);
      return known === undefined || hasSameSettings(known, router) ? [] : [router.name];
    }),
    parts: [...parts].filter((part) => !hasSameSettings(before[part], after[part])),
  };
}

function keysOf(config: Config): (keyof Config)[] {
  return Object.keys(config) as (keyof Config)[];
}
