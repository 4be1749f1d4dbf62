import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csvField, csvRows } from '../../src/runtime/csv.ts';

describe('CSV', () => {
  it('quotes what has to be quoted', () => {
    const table: [Parameters<typeof csvField>[0], string][] = [
      ['bob', 'bob'],
      ['', ''],
      [null, ''],
      [-5, '-5'],
      [2n ** 64n, '18446744073709551616'],
      [true, 'true'],
      ['a,b', '"a,b"'],
      ['say "hi"', '"say ""hi"""'],
      ['two\r\nlines', '"two\r\nlines"'],
      [' padded ', '" padded "'],
      ['\u001b[31mred\u0000\u0007\u009b\u202e', '\ufffd[31mred\ufffd\ufffd\ufffd\ufffd'],
    ];
    for (const [value, field] of table) assert.equal(csvField(value), field);
  });

  it('lets no text be a formula', () => {
    for (const text of ['=1', '+1', '-1', '@x', '\t=1', '\r=1', '\n=1', '  =1', '＝1', '-bob', '"=1']) {
      assert.match(csvField(text), /^'|^"'|^"""/, JSON.stringify(text));
    }
  });

  it('gives back what it was given', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n', ' ', 'é'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        assert.deepEqual(parse(csvRows(rows)), rows);
      }),
    );
  });
});

/** RFC 4180, and nothing else. An apostrophe before a line break or blank is ours. */
function parse(csv: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < csv.length) {
    const row: string[] = [];
    for (;;) {
      const quoted = /"((?:[^"]|"")*)"/y;
      const plain = /[^",\r\n]*/y;
      const pattern = csv[at] === '"' ? quoted : plain;
      pattern.lastIndex = at;
      const match = pattern.exec(csv);
      assert.ok(match !== null);
      const field = match[1] === undefined ? match[0] : match[1].replaceAll('""', '"');
      row.push(/^'[\r\n]/.test(field) ? field.slice(1) : field);
      at += match[0].length;
      if (csv[at] !== ',') break;
      at += 1;
    }
    assert.equal(csv.slice(at, at + 2), '\r\n');
    at += 2;
    rows.push(row);
  }
  return rows;
}
