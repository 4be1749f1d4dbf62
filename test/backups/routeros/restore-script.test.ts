import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalLines } from '../../../src/backups/routeros/normal-form.ts';
import { restoreScript } from '../../../src/backups/routeros/restore-script.ts';
import { exportText } from '../../support/exports.ts';

const script = (a: readonly string[], b: readonly string[], reveal = false) => restoreScript(a, b, { reveal });
const cases: [string, a: string[], b: string[], string[]][] = [
  ['nothing where nothing changed', ['/a', 'add x=1'], ['/a', 'add x=1'], []],
  ['a row that went away', ['/a', 'add x=1'], [], ['/a', 'add x=1', '']],
  [
    'a row that came, its values quoted',
    [],
    ['/a', 'add x=1 y="a $b \\"c"'],
    ['/a', 'remove [ find where x="1" y="a \\$b \\"c" ]', ''],
  ],
  [
    'a row that came, by its name alone',
    [],
    ['/a', 'add name="a b" y=1'],
    ['/a', 'remove [ find where name="a b" ]', ''],
  ],
  [
    'a changed row',
    ['/a', 'add name=x y=1 z=2'],
    ['/a', 'add name=x y=1 z=3 q=4'],
    [
      '/a',
      'set [ find where name="x" ] z=2',
      '# By hand: set q of [ find where name="x" ] to its default; it had no value of its own.',
      '',
    ],
  ],
  [
    'a changed setting',
    ['/a', 'set [ find default=yes ] y=1'],
    ['/a', 'set [ find default=yes ] y=2'],
    ['/a', 'set [ find default=yes ] y=1', ''],
  ],
  ['a setting that came', [], ['/a', 'set y=2'], ['/a', '# By hand: look at set, which was not there.', '']],
  [
    'an ordered menu',
    ['/ip firewall filter', 'add chain=input', 'add chain=forward'],
    ['/ip firewall filter', 'add chain=input'],
    [
      '/ip firewall filter',
      '# The order counts here: check the place of each row, and move it where needed.',
      'add chain=forward',
      '',
    ],
  ],
  [
    'a secret as a placeholder',
    ['/ppp secret', 'add name=bob password=hunter2'],
    [],
    ['/ppp secret', 'add name=bob password="<password>"', ''],
  ],
  [
    'a row with a secret without finding it by that',
    [],
    ['/radius', 'add address=192.0.2.1 secret=hunter2', 'add secret=hunter2'],
    ['/radius', 'remove [ find where address="192.0.2.1" ]', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'a community by hand',
    [],
    ['/snmp community', 'add name=hunter2'],
    ['/snmp community', '# By hand: look at add, which was not there.', ''],
  ],
  [
    'a row without finding it by a secret in its comment',
    [],
    ['/a', 'add x=1 comment="password: hunter2"', 'add comment="password: hunter2"', 'add name="token=AAAABBBBCCCC"'],
    [
      '/a',
      'remove [ find where x="1" ]',
      '# By hand: look at add, which was not there.',
      '# By hand: look at add, which was not there.',
      '',
    ],
  ],
  [
    'a target that holds a secret',
    [],
    ['/a', 'set "token=AAAABBBBCCCC" y=1'],
    ['/a', '# By hand: look at set "token=***", which was not there.', ''],
  ],
  [
    'a value that would run a command as text',
    ['/a', 'add name=x;/system;reset-configuration comment=[/user;remove;admin]'],
    [],
    ['/a', 'add name="x;/system;reset-configuration" comment="[/user;remove;admin]"', ''],
  ],
  [
    'a menu that is a command as a comment',
    ['/system reset-configuration no-defaults', 'add x=1'],
    [],
    ['# /system reset-configuration no-defaults', 'add x=1', ''],
  ],
  ['a secret in a comment', ['/a', 'add comment="pass: hunter2"'], [], ['/a', 'add comment="pass: ***"', '']],
];

describe('the script that leads back', () => {
  for (const [name, a, b, expected] of cases) it(`says ${name}`, () => assert.deepEqual(script(a, b), expected));

  it('shows secrets where they are asked for', () => {
    assert.deepEqual(
      script(['/ppp secret', 'add name=bob password=hunter2'], [], true)[1],
      'add name=bob password=hunter2',
    );
  });

  it('has no secret of a whole configuration, in either direction', () => {
    const lines = normalLines(exportText());
    const text = [...script(lines, []), ...script([], lines)].join('\n');
    assert.doesNotMatch(text, /hunter2|a b\\\$c|c2VjcmV0|snmp-community-secret|url-secret/);
  });
});
