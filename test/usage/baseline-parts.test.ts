import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ImpossibleValueError } from '../../src/platform/store/columns.ts';
import type { Baseline } from '../../src/usage/accounting/counter.ts';
import { baselinesOf, idsIn, lineOf, MOST_IN_PART, partOf } from '../../src/usage/store/baseline-parts.ts';
import { baselineOf, NOON } from '../support/bookings.ts';

interface Part {
  readonly part: string;
  readonly listed: bigint;
  readonly packed: string;
}

const bytes = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const ids = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((number) => `*${number.toString(16).toUpperCase()}`),
  fc.integer({ min: 1, max: 600 }).map((number) => `*${number.toString(16).toUpperCase()}`),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 63 }),
  fc.constantFrom('*', '**', '*a', '*1 2', '*1\n', 'x2A31', 'x', '\u0000', "'\\", 'ü', '👾'),
);
const baselines = fc.uniqueArray(
  fc.record(
    {
      id: ids,
      counter: fc.option(fc.record({ uploadBytes: bytes, downloadBytes: bytes }, { noNullPrototype: true })),
      presence: fc.constantFrom('present', 'unreadable', 'missing' as const),
      seenAt: fc.integer({ min: -8.64e15, max: 8.64e15 }),
      queueId: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    },
    { noNullPrototype: true },
  ),
  { selector: ({ id }) => id, maxLength: 60 },
);
type Row = typeof baselines extends fc.Arbitrary<(infer One)[]> ? One : never;

/** As a booking writes them. */
function partsOf(rows: readonly Row[]): Part[] {
  return [...Map.groupBy(rows, ({ id }) => partOf(id))].map(([part, inPart]) => ({
    ...{ part, listed: BigInt(inPart.length) },
    packed: inPart.map(({ queueId, ...row }) => lineOf(baselineOf('any', row), queueId)).join(''),
  }));
}

/** A part of two rows: one that is listed, and one that never was parsed. */
const SAMPLE: Part = {
  part: '*1A3',
  listed: 2n,
  packed: `E 7 12345 67890\nF 8   unreadable ${NOON}\n`,
};

describe('the parts of a router’s baselines', () => {
  it('give back every row as it was, whatever its `.id`', () => {
    fc.assert(
      fc.property(baselines, (rows) => {
        const read = partsOf(rows).flatMap((part) => baselinesOf(part));
        const expected = rows.map((row) => ({ ...row, seenAt: row.presence === 'present' ? null : row.seenAt }));
        const byId = (one: { readonly id: string }, other: { readonly id: string }) => (one.id < other.id ? -1 : 1);
        assert.deepEqual(read.sort(byId), expected.sort(byId));
      }),
    );
  });

  it('know every `.id` that can be in them', () => {
    fc.assert(
      fc.property(ids, (id) => {
        const inPart = idsIn(partOf(id));
        assert.ok(inPart.includes(id));
        assert.ok(inPart.length <= MOST_IN_PART && new Set(inPart).size === inPart.length);
        for (const other of inPart) assert.equal(partOf(other), partOf(id));
      }),
    );
    assert.deepEqual(
      idsIn('*1A'),
      [...'0123456789ABCDEF'].map((digit) => `*1A${digit}`),
    );
  });

  it('are plain text, in which a database has nothing to escape', () => {
    fc.assert(
      fc.property(baselines, (rows) => {
        for (const { part, packed } of partsOf(rows)) assert.match(part + packed, /^[*x0-9A-F](?:[0-9A-Za-z \n-]*)$/);
      }),
    );
  });

  const lines: [what: string, row: Partial<Baseline>, line: string][] = [
    [
      'listed',
      { id: '*1A3F', counter: { uploadBytes: 0n, downloadBytes: 2n ** 64n - 1n } },
      'F 7 0 18446744073709551615\n',
    ],
    ['gone', { id: '*5', presence: 'missing', seenAt: NOON }, `5 7 1 2 missing ${NOON}\n`],
    ['never parsed', { id: '*ABC', presence: 'unreadable', counter: null, seenAt: NOON }, `C 7   unreadable ${NOON}\n`],
    ['of another `.id`', { id: 'bob' }, '2 7 1 2\n'],
  ];
  for (const [what, row, line] of lines) {
    it(`have a line for a row that is ${what}`, () => assert.equal(lineOf(baselineOf('any', row), 7), line));
  }

  it('have neighbouring `.id`s together', () => {
    assert.deepEqual(['*1', '*F', '*10', '*1F', '*20', '*1A3F', '*1a', 'bob', 'boc', ''].map(partOf), [
      '*',
      '*',
      '*1',
      '*1',
      '*2',
      '*1A3',
      'x2A316',
      'x626F6',
      'x626F6',
      'x',
    ]);
  });

  it('are refused when they were cut anywhere', () => {
    for (let length = 0; length < SAMPLE.packed.length; length += 1) {
      assert.throws(() => baselinesOf({ ...SAMPLE, packed: SAMPLE.packed.slice(0, length) }), ImpossibleValueError);
    }
    assert.equal(baselinesOf(SAMPLE).length, 2);
  });

  const damages: [what: string, damage: Partial<Record<keyof Part, unknown>>][] = [
    ['with another count', { listed: 3n }],
    ['with a line twice', { packed: 'F 7 1 2\n'.repeat(3) }],
    ['that are empty', { packed: '' }],
    ['with a counter missing', { listed: 1n, packed: 'F 7 1 \n' }],
    ['with a counter below zero', { listed: 1n, packed: 'F 7 -1 2\n' }],
    ['with a counter of too many digits', { listed: 1n, packed: `F 7 ${'9'.repeat(21)} 2\n` }],
    ['with an instant missing', { listed: 1n, packed: 'F 7 1 2 missing \n' }],
    ['with a presence that there is not', { listed: 1n, packed: `F 7 1 2 lost ${NOON}\n` }],
    ['with a number of a queue that cannot be', { listed: 1n, packed: `F ${'9'.repeat(17)} 1 2\n` }],
    ['with an `.id` of another part', { listed: 1n, packed: ' 7 1 2\n' }],
    ['that have no such name', { part: 'y' }],
    ['that are no text', { packed: 5n }],
    ['that are not counted', { listed: null }],
  ];
  for (const [what, damage] of damages) {
    it(`are refused ${what}`, () => assert.throws(() => baselinesOf({ ...SAMPLE, ...damage }), ImpossibleValueError));
  }
});
