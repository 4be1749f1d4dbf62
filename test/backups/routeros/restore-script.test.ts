import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { normalLines } from '../../../src/backups/routeros/normal-form.ts';
import { restoreScript } from '../../../src/backups/routeros/restore-script.ts';
import { quoted } from '../../../src/backups/routeros/rows.ts';
import { exportText } from '../../support/exports.ts';
import { dialect } from '../../support/rsc/dialect.ts';
import { parseScript } from '../../support/rsc/parse.ts';
import type { Expression } from '../../support/rsc/syntax.ts';

const routerOs = dialect('7.24');
const script = (a: readonly string[], b: readonly string[], reveal = false) => restoreScript(a, b, { reveal });
const cases: [string, a: string[], b: string[], string[]][] = [
  ['nothing where nothing changed', ['/a', 'add x=1'], ['/a', 'add x=1'], []],
  ['a row that went away', ['/a', 'add x=1'], [], ['# /a', '/a add x=1', '']],
  [
    'a row that came, its values quoted',
    [],
    ['/a', 'add x=1 y="a $b \\"c"'],
    ['# /a', '/a remove [ find where x="1" and y="a \\$b \\"c" ]', ''],
  ],
  [
    'a row that came, by its name alone',
    [],
    ['/a', 'add name="a b" y=1'],
    ['# /a', '/a remove [ find where name="a b" ]', ''],
  ],
  [
    'a changed row',
    ['/a', 'add name=x y=1 z=2'],
    ['/a', 'add name=x y=1 z=3 q=4'],
    [
      '# /a',
      '/a set [ find where name="x" ] z=2',
      '# By hand: set q of [ find where name="x" ] to its default; it had no value of its own.',
      '',
    ],
  ],
  [
    'a changed setting',
    ['/a', 'set [ find default=yes ] y=1'],
    ['/a', 'set [ find default=yes ] y=2'],
    ['# /a', '/a set [ find default=yes ] y=1', ''],
  ],
  ['a setting that came', [], ['/a', 'set y=2'], ['# /a', '# By hand: look at set, which was not there.', '']],
  [
    'an ordered menu',
    ['/ip firewall filter', 'add chain=input', 'add chain=forward'],
    ['/ip firewall filter', 'add chain=input'],
    [
      '# /ip firewall filter',
      '# The order counts here: check the place of each row, and move it where needed.',
      '/ip firewall filter add chain=forward',
      '',
    ],
  ],
  [
    'a secret as a placeholder',
    ['/ppp secret', 'add name=bob password=hunter2'],
    [],
    ['# /ppp secret', '/ppp secret add name=bob password="<password>"', ''],
  ],
  [
    'a row with a secret without finding it by that',
    [],
    ['/radius', 'add address=192.0.2.1 secret=hunter2', 'add secret=hunter2'],
    [
      '# /radius',
      '/radius remove [ find where address="192.0.2.1" ]',
      '# By hand: look at add, which was not there.',
      '',
    ],
  ],
  [
    'a community by hand',
    [],
    ['/snmp community', 'add name=hunter2'],
    ['# /snmp community', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'a row without finding it by a secret in its comment',
    [],
    ['/a', 'add x=1 comment="password: hunter2"', 'add comment="password: hunter2"', 'add name="token=AAAABBBBCCCC"'],
    [
      '# /a',
      '/a remove [ find where x="1" ]',
      '# By hand: look at add, which was not there.',
      '# By hand: look at add, which was not there.',
      '',
    ],
  ],
  [
    'a target that holds a secret',
    ['/a', 'set "token=AAAABBBBCCCC" y=1'],
    ['/a', 'set "token=AAAABBBBCCCC" y=2'],
    ['# /a', '# By hand: look at set "token=***", which was another one.', ''],
  ],
  [
    'a row by hand that could only be removed with another one',
    ['/a', 'add x=1 y=2'],
    ['/a', 'add x=1', 'add x=1 y=2'],
    ['# /a', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'a row by hand that could only be changed with another one of its name',
    ['/a', 'add name=x y=1', 'add name=x y=2'],
    ['/a', 'add name=x y=1', 'add name=x y=3'],
    ['# /a', '# By hand: look at add, which was another one.', ''],
  ],
  [
    'a value that would run a command as text',
    ['/a', 'add name=x;/system;reset-configuration comment=[/user;remove;admin]'],
    [],
    ['# /a', '/a add name="x;/system;reset-configuration" comment="[/user;remove;admin]"', ''],
  ],
  [
    'a target that would run a command by hand',
    ['/a', 'set [/user;remove;admin] y=1', 'set [ find x=[/quit] ] y=1'],
    ['/a', 'set [/user;remove;admin] y=2'],
    [
      '# /a',
      '# By hand: look at set [/user;remove;admin], which was another one.',
      '/a set [ find x="[/quit]" ] y=1',
      '',
    ],
  ],
  [
    'a command in place of a row by hand',
    ['/user', 'remove [ find ]', 'disable admin'],
    [],
    [
      '# /user',
      '# By hand: look at remove [ find ], which was there.',
      '# By hand: look at disable admin, which was there.',
      '',
    ],
  ],
  [
    'a property that says something else in a find by hand',
    [],
    ['/user', 'add !group=full', 'add or=x'],
    ['# /user', '# By hand: look at add, which was not there.', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'rows of what is no menu by hand',
    ['/system reset-configuration no-defaults', 'add x=1', '/tool fetch', 'add url="http://192.0.2.66/" dst-path=x'],
    ['/A B', 'add x=1'],
    [
      '# /system reset-configuration no-defaults',
      '# By hand: 1 line was there before, 0 lines were not; but it is no menu.',
      '',
      '# /tool fetch',
      '# By hand: 1 line was there before, 0 lines were not; but it is no menu.',
      '',
      '# /A B',
      '# By hand: 0 lines were there before, 1 line was not; but it is no menu.',
      '',
    ],
  ],
  [
    'a row by hand that could only be removed with one that is set',
    ['/a', 'set 0 x=1'],
    ['/a', 'set 0 x=1', 'add x=1'],
    ['# /a', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'arguments by their whole names, two of one short name apart',
    ['/a', 'add name=x input.filter=a .affinity=b output.filter=a .affinity=c'],
    ['/a', 'add name=x input.filter=a .affinity=c output.filter=a .affinity=c'],
    ['# /a', '/a set [ find where name="x" ] input.affinity=b', ''],
  ],
  ['what ends no line of a comment', ['/a', 'set x\r/quit y=1'], [], ['# /a', '/a set "x\\0D/quit" y=1', '']],
  ['a secret in a comment', ['/a', 'add comment="pass: hunter2"'], [], ['# /a', '/a add comment="pass: ***"', '']],
];

describe('the script that leads back', () => {
  for (const [name, a, b, expected] of cases) it(`says ${name}`, () => assert.deepEqual(script(a, b), expected));

  it('shows secrets where they are asked for', () => {
    assert.deepEqual(
      script(['/ppp secret', 'add name=bob password=hunter2'], [], true)[1],
      '/ppp secret add name=bob password=hunter2',
    );
  });

  it('has no secret of a whole configuration, in either direction', () => {
    const lines = normalLines(exportText());
    const text = [...script(lines, []), ...script([], lines)].join('\n');
    assert.doesNotMatch(text, /hunter2|a b\\\$c|c2VjcmV0|snmp-community-secret|url-secret/);
  });
});

/** A line that says what it does and does nothing else, whatever reads it: values are plain or quoted whole, targets only find. */
const VALUE = String.raw`(?:[\w.:/,*+@%!-]+|"(?:[ !#%->@-\[\]-~]|\\[\\"$?]|\\[0-9A-F]{2})*")`;
const NAME = '[A-Za-z][A-Za-z0-9.-]*';
const FIND = String.raw`\[ find(?: where)?(?: (?:and )?${NAME}=${VALUE})* \]`;
const MENU = '/[a-z0-9-]+(?: [a-z0-9-]+)*';
const HARMLESS = new RegExp(
  String.raw`^(?:|#[^\x00-\x1f\x7f]*|${MENU} (?:add|set|remove)(?: (?:${FIND}|${VALUE}))?(?: ${NAME}=${VALUE})*)$`,
);

describe('the script that leads back, from hostile texts', () => {
  const fragment = fc.constantFrom(
    ...['/ip address', '/user', '/system', '/tool fetch', '/quit', ' ', ' ', ' ', 'add ', 'set ', 'remove ', 'move '],
    ...['name=', 'comment=', 'x=', 'or=', '!x=', 'find', '[ find ', ' ]', '[', ']', '{', '}', '(', ')', ';', '#', '='],
    ...['"', '\\', '$', '?', '\r', '\x03', '\x1b[', '\t', '\xff', '\\0D', '\\"', 'a', 'b', '1', ', ', '-'],
  );
  const text = fc.array(
    fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')),
    { maxLength: 8 },
  );

  it('has no line that does more than it says', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (a, b, reveal) => {
        for (const line of script(a, b, reveal)) assert.match(line, HARMLESS);
      }),
    );
  });

  const MENUS: Readonly<Record<string, readonly string[]>> = {
    '/ip firewall address-list': ['address', 'list', 'comment', 'timeout'],
    '/user group': ['name', 'policy', 'comment', 'skin'],
  };
  const value = fc.oneof(
    fc.constantFrom('a', 'b', '$a', '[/quit]', 'a;/quit', '\r/quit\r', 'a"b', 'a\\', '', ' a ', '{', '# a', 'é?\n'),
    fc.string({ unit: fc.constantFrom(...'ab "\\$[](){};#?=\n\r\t\x03\xff'), maxLength: 6 }),
  );
  const rowOf = (menu: string, names: readonly string[]) =>
    fc
      .uniqueArray(fc.record({ name: fc.constantFrom(...names), value }), {
        selector: ({ name }) => name,
        minLength: 1,
      })
      .map((args) => ({ menu, args }));
  type ModelRow = {
    readonly menu: string;
    readonly args: readonly { readonly name: string; readonly value: string }[];
  };
  const row: fc.Arbitrary<ModelRow> = fc.oneof(...Object.entries(MENUS).map(([menu, names]) => rowOf(menu, names)));
  const rows = fc.array(row, { maxLength: 6 });

  const linesOf = (list: readonly ModelRow[]) =>
    Object.keys(MENUS).flatMap((menu) => [
      menu,
      ...list
        .filter((each) => each.menu === menu)
        .map(({ args }) => `add ${args.map((each) => `${each.name}=${quoted(each.value)}`).join(' ')}`),
    ]);
  const keyOf = ({ menu, args }: ModelRow) =>
    JSON.stringify([menu, args.map(({ name, value: text }) => [name, text]).sort()]);
  const keysOf = (list: readonly ModelRow[]) => list.map(keyOf).sort();

  it('leads from one to the other when RouterOS reads it, or says what it leaves to be done by hand', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const lines = script(linesOf(a), linesOf(b), true);
        const after = keysOf(runScript(lines.join('\n'), b));
        if (!lines.some((line) => line.startsWith('# By hand'))) return assert.deepEqual(after, keysOf(a));
        // What both have is left alone in any case.
        const [inA, left] = [keysOf(a), [...after]];
        for (const common of keysOf(b)) {
          const at = inA.indexOf(common);
          if (at === -1) continue;
          inA.splice(at, 1);
          assert.ok(left.includes(common), common);
          left.splice(left.indexOf(common), 1);
        }
      }),
    );
  });

  /** What the rows are after a script of which each command is read as RouterOS reads it. */
  function runScript(source: string, before: readonly ModelRow[]): readonly ModelRow[] {
    let now = [...before];
    for (const statement of parseScript(source, routerOs)) {
      assert.ok(statement.kind === 'run');
      const menu = statement.menu.replaceAll('/', ' ').replace(' ', '/');
      const args = statement.arguments
        .filter(({ name }) => name !== 'numbers')
        .map(({ name = '', value: given }) => ({ name, value: textOf(given) }));
      const wanted = statement.arguments.find(({ name }) => name === 'numbers')?.value;
      const isMeant = (each: ModelRow) =>
        each.menu === menu &&
        criteriaOf(wanted).every(([name, text]) => each.args.some((own) => own.name === name && own.value === text));
      if (statement.command === 'add') now.push({ menu, args });
      else if (statement.command === 'remove') now = now.filter((each) => !isMeant(each));
      else
        now = now.map((each) =>
          isMeant(each)
            ? { menu, args: [...each.args.filter(({ name }) => !args.some((set) => set.name === name)), ...args] }
            : each,
        );
    }
    return now;
  }

  function textOf(expression: Expression): string {
    assert.ok(expression.kind === 'literal', expression.kind);
    return String(expression.value);
  }

  function criteriaOf(expression: Expression | undefined): readonly (readonly [string, string])[] {
    assert.ok(expression?.kind === 'command' && expression.statement.kind === 'run' && expression.statement.where);
    const criteria = (each: Expression): readonly (readonly [string, string])[] => {
      assert.ok(each.kind === 'binary');
      if (each.operator === 'and') return [...criteria(each.left), ...criteria(each.right)];
      assert.ok(each.operator === '=' && each.left.kind === 'property');
      return [[each.left.name, textOf(each.right)]];
    };
    return criteria(expression.statement.where);
  }
});
