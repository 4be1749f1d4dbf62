import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fetchText } from '../../src/backups/fetch-text.ts';
import { createFindModel } from '../../src/backups/models/find.ts';

const find = createFindModel({ olt: { commands: ['show run'], end: '# end', noise: [], secrets: [] } });

function fetched(model: string, text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const session = { run: async () => ({ bytes, end: 'closed' as const }), close: () => {} };
  const shell = { open: async () => session };
  const limits = { mostBytes: 10_000, idleMs: 1_000, totalMs: 1_000 };
  const deps = { limits, clock: { now: () => 0 }, newNonce: () => 'n' };
  return fetchText({ shell } as never, find(model), deps as never, new AbortController().signal);
}

describe('a text that ends with a line of its own', () => {
  for (const [model, last] of [
    ['ios', 'end\r\n\r\n'],
    ['olt', '# end \n'],
  ] as const) {
    it(`is whole with ${JSON.stringify(last)} of ${model}`, async () => {
      assert.equal((await fetched(model, `hostname a\n${last}`)).text, `hostname a\n${last}`);
    });
  }
  for (const [model, last] of [
    ['ios', 'endpoint-tracker x\n'],
    ['ios', 'end-policy'],
    ['ios', ' end\n'],
    ['ios', 'en'],
    ['ios', 'end'],
    ['ios', 'end\r'],
    ['olt', '# ending\n'],
    ['olt', '# end '],
  ] as const) {
    // Also what is cut in the middle of a line, such as `end` of `end-policy`.
    it(`is cut with ${JSON.stringify(last)} of ${model}`, () =>
      assert.rejects(fetched(model, `hostname a\n${last}`), { name: 'StepTrouble' }));
  }
});
