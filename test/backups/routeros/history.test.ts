import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changedBy, readHistory } from '../../../src/backups/routeros/history.ts';

const HISTORY = `Flags: U - undoable, R - redoable, F - floating-undo
 0 U redo=/ppp secret add name=bob password=hunter2
     undo=/ppp secret remove *1
     action="ppp secret <bob> added" by="ali" policy=write
     time=2026-11-26 10:00:00
 1 F action="route changed" by="" policy=write time=2026-11-26 09:00:00
 2 U action="by=\\"eve\\" time=2026-11-26 11:00:00 " by="bob \\"the\\" \u001b[31m" policy=write time=nov/26/2026 08:00:00
 3 action="x" by="nobody" time=10:00:00
`.replaceAll('\n', '\r\n');
const at = (text: string) => Date.parse(`${text}Z`);

describe('the history of a router', () => {
  it('gives who did something and when, and not what', () => {
    const actions = readHistory(HISTORY);
    assert.deepEqual(actions, [
      { by: 'ali', atMs: at('2026-11-26T10:00:00') },
      { by: 'bob "the" \ufffd[31m', atMs: at('2026-11-26T08:00:00') },
    ]);
  });
  it('gives nothing of an error text', () => assert.deepEqual(readHistory('not enough permissions (9)\r\n'), []));
});

describe('who changed a configuration', () => {
  const actions = [
    { by: 'bob', atMs: at('2026-11-26T08:00:00') },
    { by: 'ali', atMs: at('2026-11-26T10:00:00') },
    { by: 'ali', atMs: at('2026-11-26T10:01:00') },
  ];
  // The router's clock runs two hours ahead of the worker's.
  const sight = (text: string, hours = 2) => ({ at: at(text) - hours * 3_600_000, clockMs: at(text) });
  const cases: [
    string,
    ReturnType<typeof sight> | { at: number; clockMs: null },
    ReturnType<typeof sight>,
    string[],
  ][] = [
    ['who acted since the last sight', sight('2026-11-26T09:00:00'), sight('2026-11-27T03:00:00'), ['ali']],
    ['all of them, each once', sight('2026-11-26T07:00:00'), sight('2026-11-27T03:00:00'), ['ali', 'bob']],
    ['nobody where nobody acted', sight('2026-11-26T11:00:00'), sight('2026-11-27T03:00:00'), []],
    ['nobody where the clock jumped ahead', sight('2026-11-26T07:00:00'), sight('2026-11-27T03:00:00', 3), []],
    ['nobody where the clock went back', sight('2026-11-27T03:00:00'), sight('2026-11-26T03:00:00'), []],
    ['nobody where the clock is not known', { at: 0, clockMs: null }, sight('2026-11-27T03:00:00'), []],
  ];
  for (const [name, before, now, expected] of cases) {
    it(`names ${name}`, () => assert.deepEqual(changedBy(actions, before, now), expected));
  }
});
