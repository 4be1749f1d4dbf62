import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { applyDifference, compress, compressDifference, decompress } from '../../src/backups/codec.ts';
import { changesOf, diffInSteps, unorderedChanges } from '../../src/backups/diff.ts';
import { menusOf } from '../../src/backups/routeros/rows.ts';
import { atOnce } from '../../src/backups/steps.ts';

const diffed = (lines: readonly string[]) => ({ lines, menus: menusOf(lines) });
const diff = (before: readonly string[], after: readonly string[]) =>
  atOnce(diffInSteps(diffed(before), diffed(after)));
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

  it('comes in steps for a large text, so that others have their turn', () => {
    const [before, after] = [rows(60_000, () => 'a'), rows(60_000, (index) => (index % 2 === 0 ? 'a' : 'b'))];
    const steps = diffInSteps(diffed(before), diffed(after));
    let count = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) count += 1;
    assert.ok(count > 12, `${count} steps`);
  });
});

describe('a text that is stored as a difference', () => {
  const line = fc.constantFrom('a\n', 'b\r\n', '\n', 'c', '"\\"\n', '\xff\n');
  const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join(''));

  it('comes back byte for byte', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const base = `${one}${other}${'a\n'.repeat(200)}`;
        const changed = `${other}${'a\n'.repeat(200)}${one}`;
        const difference = atOnce(compressDifference(changed, base));
        if (difference !== null) assert.equal(applyDifference(difference, base), changed);
        assert.equal(decompress(compress(changed)), changed);
      }),
    );
  });

  for (const steps of ['{}', '[[0,2]]', '[[0,0]]', '[[-1,1]]', '[[0,1,1]]', '[[0.5,1]]', '[["0",1]]', '[null]', '[']) {
    it(`is damaged with the steps ${steps}`, () =>
      assert.throws(() => applyDifference(deflateRawSync(steps), 'one line\n')));
  }
});
