import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BookLine } from '../../src/demo/books.ts';
import { type DemoView, describeMismatch, LEGEND, renderProgress, renderScreen } from '../../src/demo/screen.ts';
import { openTerminal } from '../../src/demo/terminal.ts';
import { ZERO } from '../../src/demo/truth.ts';
import { textWidth } from '../../src/runtime/text-width.ts';

const GB = 1024n ** 3n;

function line(user: string, gigabytes: bigint, more: Partial<BookLine> = {}): BookLine {
  const booked = { uploadBytes: gigabytes * GB, downloadBytes: gigabytes * 9n * GB };
  const moved = { uploadBytes: booked.uploadBytes, downloadBytes: booked.downloadBytes + GB };
  const lost = { uploadBytes: 0n, downloadBytes: GB / 4n };
  const truth = { moved, lost, observable: booked, unserved: ZERO };
  return { router: 'isp', queue: `<pppoe-${user}>`, user, booked, restarts: 0, unobservedMs: 0, truth, ...more };
}

function view(lines: BookLine[], more: Partial<DemoView> = {}): DemoView {
  return {
    at: Date.UTC(2026, 10, 20, 9, 17),
    timeZone: 'Asia/Karachi',
    devices: [
      { name: 'isp', state: 'up' },
      { name: 'tower', state: 'down' },
      { name: 'farm', state: 'unreachable' },
      { name: 'mill', state: 'unreachable' },
    ],
    lines,
    happenings: [],
    pagesUrl: null,
    ...more,
  };
}

const MANY = Array.from({ length: 60 }, (_, index) => line(`用户-${index}`, BigInt(index)));

describe('the demo screen', () => {
  it('shows the heaviest users first, booked beside unread, lost and true, with a sum of all', () => {
    const lines = [line('amy', 1n), line('bob', 12n, { restarts: 2, unobservedMs: 8_040_000 })];
    const little = { uploadBytes: 0n, downloadBytes: 7n * 1024n ** 2n };
    lines.push(line('cat', 0n, { truth: { moved: little, lost: little, observable: ZERO, unserved: ZERO } }));
    const texts = renderScreen(view(lines), { columns: 80, rows: 24 }).map((shown) => shown.text);
    assert.deepEqual(texts.slice(0, 8), [
      'NetSentinel demo   Fri 20 Nov 2026 14:17   (Ctrl-C to stop; amounts in GB)',
      'Devices: 1 up   down: tower   unreachable: farm, mill',
      '',
      'User          Router     Booked  Unread    Lost      True  Restarts  Unobserved',
      'bob           isp        120.00    0.75    0.25    121.00         2  2 h 14 min',
      'amy           isp         10.00    0.75    0.25     11.00',
      'cat           isp          0.00    0.00   <0.02     <0.02',
      'All                      130.00    1.50    0.51    132.01         2',
    ]);
    assert.equal(texts.at(-1), 'booked 139,586,437,120 of 141,741,260,800 bytes (544,210,944 lost)');
  });

  it('says what each of its columns is, where there is room for it', () => {
    const shown = (rows: number) =>
      renderScreen(view(MANY), { columns: 80, rows })
        .map(({ text }) => text)
        .join('\n');
    const header = shown(24).split('\n')[3] ?? '';
    for (const column of header.split(/ {2,}| /).filter((title) => !['User', 'Router'].includes(title))) {
      assert.match(shown(24), new RegExp(`^(?!User).*\\b${column}: \\w`, 'm'), column);
    }
    for (const line of LEGEND) assert.ok(shown(24).includes(line), line);
    assert.doesNotMatch(shown(20), /Lost: wiped/);
  });

  it('says where the pages are', () => {
    const shown = renderScreen(view([], { pagesUrl: 'http://127.0.0.1:9494' }), { columns: 80, rows: 24 });
    assert.equal(shown[2]?.text, 'Pages (no login): http://127.0.0.1:9494  /devices  /incidents  /d/hilltop');
  });

  it('adds download and upload where there is room', () => {
    const [, , , header, first] = renderScreen(view([line('amy', 1n)]), { columns: 120, rows: 40 });
    assert.match(header?.text ?? '', /^User +Router +Download +Upload +Booked/);
    assert.match(first?.text ?? '', /^amy +isp +9\.00 +1\.00 +10\.00/);
  });

  it('fits any screen, says how many users it leaves out, and never fills the last column', () => {
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 120, rows: 40 },
      { columns: 40, rows: 10 },
      { columns: 1, rows: 1 },
    ]) {
      const lines = renderScreen(view(MANY), size);
      assert.ok(lines.length <= size.rows);
      for (const { text } of lines) assert.ok(textWidth(text) < size.columns || text === '…');
    }
    const shown = renderScreen(view(MANY), { columns: 80, rows: 24 });
    assert.equal(shown.length, 24);
    assert.ok(shown.some(({ text }) => text.startsWith('All, 53 more')));
  });

  it('makes hostile names harmless', () => {
    const name = 'eve\x1b[2J\x1b]0;owned\x07\r\nroot\u202e';
    const happenings = [{ at: 0, router: name, text: name }];
    const lines = renderScreen(view([line(name, 1n, { router: name })], { happenings }), { columns: 120, rows: 24 });
    for (const { text } of lines) assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f\u202e]/);
    assert.ok(lines.some(({ text }) => text.includes('eve�[2J')));
  });

  it('names a queue whose books are off, to the byte', () => {
    assert.equal(
      describeMismatch(line('amy\x1b[2J', 0n)),
      'totals do not match: isp, queue <pppoe-amy�[2J>: uploadBytes booked 0, true 0 of which 0 lost; ' +
        'downloadBytes booked 0, true 1073741824 of which 268435456 lost',
    );
  });

  it('gives the totals in one line', () => {
    assert.equal(
      renderProgress(view([line('amy', 1n)])),
      'Fri 20 Nov 2026 14:17  booked 10.00 of 11.00 GB  unread 0.75  lost 0.25  restarts 0',
    );
  });
});

describe('the demo terminal', () => {
  it('redraws in place without clearing, and gives the terminal back', () => {
    let written = '';
    const terminal = openTerminal({
      columns: 80,
      rows: 24,
      write(text: string | Uint8Array) {
        written += String(text);
        return true;
      },
    });
    terminal.draw([{ text: 'a', tone: 'strong' }]);
    terminal.restore();
    terminal.restore();
    assert.equal(
      written,
      ['\x1b[?1049h\x1b[?25l', '\x1b[?2026h\x1b[H\x1b[1ma\x1b[0m\x1b[K\x1b[J\x1b[?2026l', '\x1b[?25h\x1b[?1049l'].join(
        '',
      ),
    );
  });
});
