import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findChanges, parseConfig } from '../../../src/settings.ts';

function config(change: { routers?: object[]; [part: string]: unknown } = {}) {
  const raw = { timeZone: 'UTC', ...change, routers: change.routers ?? [router('edge-1'), router('edge-2')] };
  return parseConfig(raw, { env: {}, folder: '/' }, 'config.ts');
}

function router(name: string, change: object = {}): object {
  return { name, host: `${name}.example.com`, username: 'api', password: 'hidden-1', ...change };
}

describe('what changed in a configuration', () => {
  it('is nothing when it says the same in other words', () => {
    assert.equal(findChanges(config(), config({ weekStartsOn: 'monday', quotas: [] })), null);
  });

  it('names routers and parts, never values', () => {
    const mail = { from: 'a@example.com', to: ['b@example.com'], smtp: { host: 'smtp.example.com' } };
    const changes = findChanges(
      config(),
      config({
        routers: [router('edge-2', { password: 'hidden-2' }), router('edge-3')],
        quotas: [{ dailyGb: 1 }],
        mail,
      }),
    );
    assert.deepEqual(changes, {
      added: ['edge-3'],
      removed: ['edge-1'],
      changed: ['edge-2'],
      parts: ['quotas', 'mail'],
    });
    assert.doesNotMatch(JSON.stringify(changes), /hidden/);
  });

  it('is also a secret alone', () => {
    const changes = findChanges(config(), config({ database: 'mysql://u:other@db/x' }));
    assert.deepEqual(changes, { added: [], removed: [], changed: [], parts: ['database'] });
  });
});
