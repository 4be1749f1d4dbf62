import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commandsOf, readCommandList } from '../../../src/backups/routeros/command-list.ts';
import { parseClock, readHead } from '../../../src/backups/routeros/head.ts';
import { differInHeadOnly, joinedLines, normalLines } from '../../../src/backups/routeros/normal-form.ts';
import { rehearse } from '../../../src/backups/routeros/rehearse.ts';
import { menusOf, quoted, rowsOf, unquoted } from '../../../src/backups/routeros/rows.ts';
import { exportText, MENUS, wrapped } from '../../support/exports.ts';

describe('the normal form of an export', () => {
  it('joins wraps, also inside quotes, and drops comments and line ends of a terminal', () => {
    const expected = Object.entries(MENUS).flatMap(([menu, rows]) => [menu, ...rows]);
    assert.deepEqual(normalLines(exportText()), expected);
  });

  it('is the same at another time, and with comments that come and go', () => {
    const later = exportText({ time: '2026-11-27 03:00:01' }).replace(
      '/ppp secret\r\n',
      '/ppp secret\r\n# inactive time\r\n',
    );
    assert.deepEqual(normalLines(later), normalLines(exportText()));
  });

  it('drops what PPP makes by itself on version 6, with a menu that holds nothing else, and keeps it on version 7', () => {
    const menus = {
      '/queue interface': ['set "<pppoe-bob>" queue=default', 'set <l2tp-al> queue=default'],
      '/queue simple': ['add comment="see <manual> first" name=a', 'add name="<pppoe-bob>" target=10.0.0.1/32'],
    };
    assert.deepEqual(normalLines(exportText({ version: '6.49.10', menus })), [
      '/queue simple',
      'add comment="see <manual> first" name=a',
    ]);
    assert.equal(normalLines(exportText({ menus })).length, 6);
  });

  it('joins only what a router wraps', () => {
    const lines = joinedLines('a\\\n    b\\\nc\\\n   d\n# e\\\n    f\n');
    assert.deepEqual(
      lines.map(({ text, line }) => [text, line]),
      [
        ['ab\\', 1],
        ['c\\', 3],
        ['   d', 4],
        ['# e\\', 5],
        ['    f', 6],
      ],
    );
  });

  it('gets back any row from its wraps', () => {
    const row = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '=', '#', 'é', '[', '/'), maxLength: 300 });
    fc.assert(
      fc.property(row, (text) => {
        const line = `add ${text}x`;
        assert.deepEqual(
          joinedLines(wrapped(line).join('\r\n')).map((each) => each.text),
          [line],
        );
      }),
    );
  });
});

describe('the head of an export', () => {
  it('tells version, model, serial number and the time of the router, before and since 7.10', () => {
    const known = { softwareId: '1234-ABCD', model: 'RB5009UG+S+', serial: 'HGQ09ABCDEF' };
    const clockMs = Date.UTC(2026, 10, 26, 3);
    assert.deepEqual(readHead(exportText()), { version: '7.20.8', ...known, clockMs });
    const old = readHead(exportText({ version: '6.49.10', time: 'nov/26/2026 03:00:00' }));
    assert.deepEqual(old, { version: '6.49.10', ...known, clockMs });
  });

  it('knows nothing of what is not there', () => {
    const nothing = { version: null, softwareId: null, model: null, serial: null, clockMs: null };
    assert.deepEqual(readHead(''), nothing);
    assert.deepEqual(readHead('expected end of command (line 1 column 9)\r\n'), nothing);
    assert.equal(readHead(exportText({ serial: null })).serial, null);
  });

  for (const text of ['2026-02-30 03:00:00', '2026-11-26 25:00:00', 'foo/26/2026 03:00:00', '03:00:00', '']) {
    it(`reads no time in '${text}'`, () => assert.equal(parseClock(text), null));
  }
});

describe('the rows of an export', () => {
  const cases: [string, string[], string, string, string, string[]][] = [
    [
      'a plain row',
      ['/ip address', 'add address=192.0.2.1/24 interface=ether1'],
      '/ip address',
      'add',
      '',
      ['address', 'interface'],
    ],
    ['a terse row', ['/ip address add address=192.0.2.1/24'], '/ip address', 'add', '', ['address']],
    [
      'one that is found',
      ['/port', 'set [ find default-name=ether1 ] name=wan'],
      '/port',
      'set',
      '[ find default-name=ether1 ]',
      ['name'],
    ],
    ['a quoted value', ['/a', 'add comment="a=b \\" c=d" name=x'], '/a', 'add', '', ['comment', 'name']],
    ['a nested value', ['/a', 'add opts={x="} y"; z} name=x'], '/a', 'add', '', ['opts', 'name']],
    ['an unclosed quote', ['/a', 'add comment="abc name=x'], '/a', 'add', '', ['comment']],
    ['an error text', ['/a', 'expected end of command (line 1 column 9)'], '/a', '', '', []],
    ['a path that is no menu', ['/a', '/b "c" = d'], '/a', '', '', []],
  ];
  for (const [name, lines, menu, verb, target, names] of cases) {
    it(`reads ${name}`, () => {
      const [row, ...others] = rowsOf(lines);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [row?.menu, row?.verb, row?.target, row?.args.map((each) => each.name)],
        [menu, verb, target, names],
      );
      assert.equal(menusOf(lines).at(-1), menu);
    });
  }

  it('says at which places of the line each value stands, whatever the line is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', ' ', '"', '\\', '[', ']', '{', '/'), maxLength: 80 }),
        (text) => {
          const line = `add ${text}`;
          for (const row of rowsOf(['/m', line])) {
            assert.equal(row.line, line);
            for (const { start, end, value, name } of row.args) {
              assert.equal(line.slice(start, end), value);
              assert.ok(line.slice(0, start).endsWith(`${name}=`));
            }
          }
        },
      ),
    );
  });

  it('is the same for texts that are said to differ in their head only', () => {
    const piece = fc.constantFrom(
      '# a by RouterOS 6.49\n',
      '# a by RouterOS 7.2\n',
      '#',
      '\n',
      '/m\n',
      'add name=<x>\n',
      '\\\n    ',
      '\r',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const heads = fc.array(fc.constantFrom('# a by RouterOS 6.49\n', '# a by RouterOS 7.2\r\n', '#\n'), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(heads, heads, text, text, (one, other, body, last) => {
        const [left, right] = [`${one.join('')}${body}`, `${other.join('')}${body}${last}`];
        if (differInHeadOnly(left, right)) assert.deepEqual(normalLines(left), normalLines(right));
      }),
    );
    assert.ok(differInHeadOnly(exportText({ time: '2026-11-27 03:00:00' }), exportText()));
    assert.ok(!differInHeadOnly(`${exportText()}#\n`, exportText()));
  });

  it('takes a megabyte of brackets and quotes in linear time', () => {
    for (const line of ['[', '"', 'a=', '\\', 'a ', '<', '"<', '{"'].map((piece) => `add ${piece.repeat(500_000)}`)) {
      const before = process.cpuUsage();
      rowsOf(['/m', line]);
      normalLines(`# a by RouterOS 6.49\n/m\n${line}`);
      const { user } = process.cpuUsage(before);
      assert.ok(user < 2_000_000, `${line.slice(0, 10)}… took ${user} µs`);
    }
  });

  it('gets any text back from its quotes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        assert.equal(unquoted(quoted(text)), text);
        assert.match(quoted(text), /^"(?:[^"\\$?]|\\.)*"$/);
      }),
    );
  });
});

describe('the rehearsal of an export', () => {
  const list = readCommandList(
    '# a comment\nversions 7.12.2 7.18.2 7.24\n/ip/address add,set 7 address interface comment=6\n/new set 4 a b.c b.d\n/interface/ethernet set 7 mtu\n',
  );
  const known = commandsOf('7.24', list);
  const found = (rows: Readonly<Record<string, readonly string[]>>, commands = known) =>
    rehearse(exportText({ menus: rows }), commands).findings.map(({ reason }) => reason);

  it('takes what RouterOS writes, whatever the version is', async () => {
    const real = readCommandList(
      readFileSync(new URL('../../../src/backups/routeros/commands.txt', import.meta.url), 'utf8'),
    );
    for (const version of [...real.versions, '7.1', '7.20.8', '7.99'])
      assert.deepEqual(rehearse(exportText(), commandsOf(version, real)).findings, [], version);
    assert.ok(real.menus.size > 400 && commandsOf('7.24', real)?.hasArgument('/ppp/secret', 'add', 'password'));
  });

  it('reads against the list of the version, or of the ones before and after it', () => {
    for (const [version, versions, isExact] of [
      ['7.18.2', ['7.18.2'], true],
      ['7.24', ['7.24'], true],
      ['7.24.0 (stable)', ['7.24'], true],
      ['7.20.8', ['7.18.2', '7.24'], false],
      ['7.9', ['7.12.2'], false],
      ['7.30', ['7.24'], false],
    ] as const) {
      const commands = commandsOf(version, list);
      assert.deepEqual([commands?.versions, commands?.isExact], [versions, isExact], version);
    }
    for (const version of ['6.49.10', '8.1', 'new', null]) assert.equal(commandsOf(version, list), null);
    assert.deepEqual(
      ['7.12.2', '7.15', '7.20'].map((version) =>
        commandsOf(version, list)?.hasArgument('/ip/address', 'add', 'comment'),
      ),
      [false, true, true],
    );
    assert.deepEqual(
      [commandsOf('7.18.2', list)?.hasMenu('/new'), commandsOf('7.20', list)?.hasMenu('/new')],
      [false, true],
    );
  });

  it('finds what RouterOS would not read', () => {
    for (const [row, reason] of [
      ['add address=1 comment="a\\"b', /^the quote is never closed$/],
      ['add address="a\\zb"', /no such escape/],
      ['add address=[ find', /^\[ is never closed$/],
      ['add address=a)', /^\) closes a bracket that is not open$/],
      ['add 1.2.3.4', /without the name of its argument/],
      ['add addres=1', /^add in \/ip address has no argument addres$/],
      ['remove 1', /^\/ip address has no such command$/],
      ['expected end of command (line 1 column 9)', /^\/ip address has no such command$/],
      ['=x', /^this is no command$/],
      ['add address=1 \\', /the rest of it is missing/],
    ] as const) {
      const [first = '', ...others] = found({ '/ip address': [row] });
      assert.match(first, reason, row);
      assert.deepEqual(others, [], row);
    }
    for (const row of [
      'set [ find default=yes ] address="\\\\ \\$a \\E4\\"" !comment',
      'set 0 address=1',
      'add address=a-b,c:d/e',
    ])
      assert.deepEqual(found({ '/ip address': [row] }), [], row);
    assert.deepEqual(found({ '/new': ['set b.c=1 .d=2 a=3 .e=4'] }), ['set in /new has no argument b.e']);
    assert.deepEqual(found({ '/ip address': ['add addres=1 x'] }, null), []);
    assert.match(rehearse('add a=b\n', known).findings[0]?.reason ?? '', /in no menu/);
    const failed = rehearse('/ip address\n#error exporting "/x" (timeout)\n# interrupted\n', known);
    assert.deepEqual(
      failed.findings.map(({ line, column }) => [line, column]),
      [
        [2, 1],
        [3, 1],
      ],
    );
  });

  it('says what it did not check: menus that are not in the list, and what only hardware has', () => {
    const rows = { '/system routerboard': ['set a=b', 'set c=d'], '/interface ethernet': ['set e1 poe-out=off mtu=1'] };
    assert.deepEqual(rehearse(exportText({ menus: rows }), known), {
      ...{ findings: [], rows: 3 },
      unchecked: [
        { what: '/system routerboard', rows: 2 },
        { what: 'argument poe-out in /interface ethernet', rows: 1 },
      ],
    });
  });

  it('shows the place in the text, wherever the router broke the line', () => {
    const filler = fc.string({ unit: fc.constantFrom('a', ' ', '=', '\\\\', '\\"'), maxLength: 200 });
    fc.assert(
      fc.property(filler, (text) => {
        const lines = ['/ip address', ...wrapped(`add address="${text}" wrong=1 comment="${text}"`)];
        const { findings } = rehearse(lines.join('\r\n'), known);
        assert.equal(findings.length, 1);
        const [{ line = 0, column = 0 } = {}] = findings;
        const rest = [lines[line - 1]?.slice(column - 1), lines[line]?.slice(4)].join('').replace('\\', '');
        assert.ok(rest.startsWith('wrong=1'), rest);
      }),
    );
  });

  it('looks for no place of a row twice, however many findings and line breaks it has', () => {
    const text = `/ip address\nadd${' a=1 \\\n    b=2'.repeat(40_000)}\n`;
    const { findings } = rehearse(text, known);
    assert.deepEqual([findings.length, findings.at(-1)?.line, findings.at(-1)?.column], [80_000, 40_002, 5]);
  });

  it('takes any text in its stride', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (text) => {
        for (const { line, column } of rehearse(`/ip address\n${text}`, known).findings)
          assert.ok(line > 0 && column > 0);
      }),
    );
  });
});
