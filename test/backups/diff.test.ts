import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { changesOf, diffTexts, unorderedChanges } from '../../src/backups/diff.ts';
import { menusOf } from '../../src/backups/routeros/rows.ts';

const diffed = (lines: readonly string[]) => ({ lines, menus: menusOf(lines) });
const diff = (before: readonly string[], after: readonly string[]) => diffTexts(diffed(before), diffed(after));
const shown = (before: readonly string[], after: readonly string[]) =>
  changesOf(diff(before, after)).map(({ menu, sign, line, isMoved }) => `${menu} ${sign}${isMoved ? '~' : ''}${line}`);

describe('the difference of two configurations', () => {
  it('names the menu of each line', () => {
    const before = ['/a', 'add x=1', 'add x=2', '/b', 'set y=1'];
    const after = ['/a', 'add x=1', 'add x=3', '/b', 'set y=1', 'set z=1'];
    assert.deepEqual(shown(before, after), ['/a -add x=2', '/a +add x=3', '/b +set z=1']);
  });

  it('is empty between equal texts', () => assert.deepEqual(shown(['/a', 'add x=1'], ['/a', 'add x=1']), []));

  it('tells moved lines from changed ones, each counted once', () => {
    const before = ['/a', 'add x=1', 'add x=2', 'add x=3'];
    const after = ['/a', 'add x=3', 'add x=1', 'add x=2', 'add x=4'];
    assert.deepEqual(shown(before, after), ['/a +~add x=3', '/a -~add x=3', '/a +add x=4']);
    assert.deepEqual(
      unorderedChanges(diff(before, after)).map(({ line }) => line),
      ['add x=4'],
    );
  });

  it('takes the same line in another menu for another line', () => {
    assert.deepEqual(shown(['/a', 'add x=1', '/b'], ['/a', '/b', 'add x=1']), ['/a -add x=1', '/b +add x=1']);
  });

  const line = fc.constantFrom('/a', '/b', '/c', 'add x=1', 'add x=2', 'add x=3', 'set y', 'set z');
  const text = fc.array(line, { maxLength: 40 });
  it('leads from one text to the other, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diff(before, after);
        const side = (left: string) => lines.filter(({ sign }) => sign !== left).map((each) => each.line);
        assert.deepEqual(side('+'), before);
        assert.deepEqual(side('-'), after);
        for (const each of lines) {
          assert.equal(each.before === null ? null : before[each.before], each.sign === '+' ? null : each.line);
          assert.equal(each.after === null ? null : after[each.after], each.sign === '-' ? null : each.line);
        }
        const moved = (sign: string) => lines.filter((each) => each.isMoved && each.sign === sign).length;
        assert.equal(moved('+'), moved('-'));
      }),
    );
  });

  const rows = (count: number, change: (index: number) => string) =>
    Array.from(
      { length: count },
      (_, index) => `add address=10.${index >> 8}.${index & 255}.0/24 list=${change(index)} comment="row ${index}"`,
    );
  const hostile = (count: number) => Array.from({ length: count }, (_, index) => `add x=${index % 7}`);
  const stairs = (count: number) => Array.from({ length: count }, (_, index) => `add x=${index >> 1}`);
  const cases: [string, string[], string[], number][] = [
    ['half of 180 kB changed', rows(3000, () => 'a'), rows(3000, (index) => (index % 2 === 0 ? 'a' : 'b')), 300],
    ['180 kB in reverse', rows(3000, () => 'a'), rows(3000, () => 'a').reverse(), 300],
    ['all of 180 kB changed', rows(3000, () => 'a'), rows(3000, () => 'b'), 300],
    ['few lines again and again', hostile(20_000), hostile(20_000).reverse(), 1000],
    ['lines in pairs', stairs(20_000), ['add y', ...stairs(20_000).reverse()], 1000],
  ];
  for (const [name, before, after, mostMs] of cases) {
    it(`takes less than ${mostMs} ms of CPU for ${name}`, () => {
      const start = process.cpuUsage();
      const lines = diff(['/a', ...before], ['/a', ...after]);
      const { user, system } = process.cpuUsage(start);
      assert.ok((user + system) / 1000 < mostMs, `${(user + system) / 1000} ms`);
      assert.ok(lines.length > 0);
    });
  }
});
