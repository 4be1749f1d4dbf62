import assert from 'node:assert/strict';
import { it } from 'node:test';
import { joinSources } from '../../../src/platform/metrics/join.ts';
import type { MetricsSource } from '../../../src/platform/metrics/metrics.ts';

it('makes several sources one that does what each of them does', async () => {
  const done: string[] = [];
  const source = (name: string): MetricsSource => ({
    refresh: () => done.push(`${name} refreshed`),
    async ask() {
      return () => done.push(`${name} shown`);
    },
    forget: () => done.push(`${name} forgotten`),
  });
  const joined = joinSources([source('one'), {}, source('other')]);
  const show = await joined.ask?.();
  assert.deepEqual(done, []);
  show?.();
  joined.forget?.();
  joined.refresh?.();
  const each = ['shown', 'forgotten', 'refreshed'].flatMap((what) => [`one ${what}`, `other ${what}`]);
  assert.deepEqual(done, each);
});
