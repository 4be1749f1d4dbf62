import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { format } from 'sql-escaper';
import { bulkUpserts } from '../../../src/platform/store/bulk.ts';
import { createSqlText, type Value } from '../../../src/platform/store/sql-text.ts';

function textOf(...rows: Value[][]): string {
  const text = createSqlText();
  for (const [index, row] of rows.entries()) {
    if (index > 0) text.addWords(', ');
    text.addRow(row);
  }
  return text.take();
}

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', "'", '"', '\\', '\0', '\n', '\x1a', '\x7f', 'é', '家', '👾', '?', '%') }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 65n }),
  fc.constant(null),
);

describe('the text of a statement', () => {
  it('is what the driver would make of the same rows', () => {
    const row = fc.array(value, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        assert.equal(textOf(...rows), expected(rows));
      }),
    );
  });

  it('keeps every digit up to the edges of what is exact', () => {
    for (const edge of [0n, 9n, 10n, 10n ** 9n, 10n ** 15n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n]) {
      for (const number of [edge - 1n, edge, edge + 1n]) assert.equal(textOf([number]), `(${number})`);
    }
  });

  it('begins anew for the next one, in the buffer of the one before', () => {
    assert.equal(textOf(['x'.repeat(100_000), 1]).length, 100_006);
    assert.equal(textOf(['y', 2]), "('y',2)");
  });

  it('is whole in each of two that are written in turn', () => {
    const [one, other] = [createSqlText(), createSqlText()];
    for (let index = 0; index < 3; index += 1) {
      one.addRow([index, 'one']);
      other.addRow([index, 'other']);
    }
    assert.equal(one.take(), "(0,'one')(1,'one')(2,'one')");
    assert.equal(other.take(), "(0,'other')(1,'other')(2,'other')");
  });
});

describe('bulk statements', () => {
  const target = { table: 't', columns: ['k', 'v'], key: ['k'], replace: ['v'], add: [] };

  for (const kind of ['mysql', 'sqlite'] as const) {
    it(`hold every row once, however many there are, on ${kind}`, () => {
      for (const count of [0, 1, 100, 101, 20_000]) {
        const rows = Array.from({ length: count }, (_, index): Value[] => [index, `value ${index} of a row`]);
        const statements = [...bulkUpserts(kind, target, rows)];
        const found = statements.flatMap(({ sql, parameters }) =>
          kind === 'sqlite'
            ? parameters.filter((each) => typeof each === 'number')
            : [...sql.matchAll(/\((\d+),'/g)].map(([, key]) => Number(key)),
        );
        assert.deepEqual(
          found,
          rows.map(([key]) => key),
        );
        assert.ok(statements.every(({ sql }) => sql.length < 600_000));
      }
    });
  }
});

/** A comma without a blank between values, as ours. */
function expected(rows: readonly Value[][]): string {
  return rows.map((row) => `(${row.map((each) => format('?', [each])).join(',')})`).join(', ');
}
