import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fitsRow, rowOf } from '../../src/logs/rows.ts';

const ZONE = 'Asia/Karachi';
const line = (fields: object) => JSON.stringify({ level: 30, time: '2026-11-20T13:15:03.120Z', pid: 7, ...fields });

describe('a row of the log', () => {
  it('shows time in the zone, level, message and all other fields', () => {
    const text = line({
      level: 40,
      hostname: 'box',
      subject: 'router edge-1',
      code: 'ROUTER_TIMEOUT',
      n: 3,
      msg: 'bad',
    });
    assert.deepEqual(rowOf(text, 12, ZONE), {
      id: 12,
      at: '2026-11-20T13:15:03.120Z',
      time: '2026-11-20 18:15:03.120',
      level: 'warn',
      text: 'bad',
      detail: 'subject=router edge-1 code=ROUTER_TIMEOUT n=3',
    });
  });

  it('shows the stack of a bug on lines of its own', () => {
    const { detail } = rowOf(
      line({ level: 50, err: { message: 'x', stack: 'Error: x\n    at y' }, route: '/z' }),
      1,
      ZONE,
    );
    assert.equal(detail, 'err=\nError: x\n    at y\n route=/z');
  });

  it('shows a line that is none of ours as it is', () => {
    const whole = { id: null, at: '', time: '', level: 'info', detail: '' };
    for (const text of ['half a {"line', '3', 'null', '["x"]']) {
      assert.deepEqual(rowOf(text, null, ZONE), { ...whole, text });
    }
    assert.equal(rowOf('{"msg":{"toString":1},"err":{"stack":{}}}', null, ZONE).text, '{"toString":1}');
    assert.deepEqual(rowOf('{"time":"soon","level":7}', null, ZONE), { ...whole, at: 'soon', time: 'soon', text: '' });
  });

  it('comes of any text, and is bounded', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const row = rowOf(text, null, ZONE);
        assert.ok(row.detail.length <= 8_000 && row.text.length <= Math.max(8_000, text.length));
      }),
    );
  });

  it('fits by level and by a part of its text, whatever the case', () => {
    const row = rowOf(line({ level: 40, router: 'Edge-1', msg: 'Trouble started' }), 1, ZONE);
    const cases: [Parameters<typeof fitsRow>[1], boolean][] = [
      [{ level: 'debug', q: '' }, true],
      [{ level: 'warn', q: 'edge' }, true],
      [{ level: 'warn', q: 'TROUBLE' }, true],
      [{ level: 'error', q: '' }, false],
      [{ level: 'debug', q: 'core' }, false],
    ];
    for (const [asked, fits] of cases) assert.equal(fitsRow(row, asked), fits, JSON.stringify(asked));
  });
});
