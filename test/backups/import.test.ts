import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importFiles } from '../../src/backups/import.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import type { Decision, Known } from '../../src/backups/versions.ts';
import { exportText } from '../support/exports.ts';

const AT = Date.UTC(2025, 0, 1);

/** Imports one file of a device that had no version when the import began. `newest`: what is the newest one when the file is to be kept. */
async function imported(newest: { readonly isImported: boolean } | null) {
  const kept: Decision[] = [];
  const before = { version: 1, firstSeenAt: AT - 1, osVersion: '7.20.8', ...newest };
  const known = {
    ...{ newest: newest && { version: before, text: exportText() }, damaged: null, quarantine: null },
    ...{ accepted: new Set<string>(), sight: null },
  } as Known;
  const text = exportText({ menus: { '/system identity': ['set name=imported'] } });
  const files = [{ device: 'edge-1', path: 'edge-1/2025-01-01.rsc', at: AT, read: async () => Buffer.from(text) }];
  const results = importFiles(files, {
    book: {
      versions: async () => [],
      async keep(_device, _run, decide) {
        kept.push(await decide(known));
        return { kind: 'changed', version: 2 };
      },
    },
    ...{ findModel: createFindModel({}), modelOf: () => 'routeros', newId: () => 'run', now: AT },
  });
  return { results: await Array.fromAsync(results), kept };
}

describe('an import beside a run of backups', () => {
  it('never puts an old text after a backup that came in between', async () => {
    const { results, kept } = await imported({ isImported: false });
    assert.deepEqual(
      results.map(({ version, reason }) => [version, reason]),
      [[null, 'the device has backups of its own']],
    );
    assert.deepEqual(kept, []);
  });

  for (const newest of [null, { isImported: true }]) {
    it(`takes the file where the newest version is ${newest === null ? 'none' : 'imported too'}`, async () => {
      const { results, kept } = await imported(newest);
      assert.deepEqual(
        results.map(({ version, reason }) => [version, reason]),
        [[2, null]],
      );
      assert.ok(kept[0]?.kind === 'version' && kept[0].isImported);
    });
  }
});
