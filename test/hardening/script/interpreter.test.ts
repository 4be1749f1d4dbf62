import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Dialect, dialect } from '../../support/rsc/dialect.ts';
import { customRouter, emptyRouter, listConnections } from '../../support/rsc/example-routers.ts';
import { addRow, type Router, rowsOf, snapshot, textIn } from '../../support/rsc/router.ts';
import { importScript } from '../../support/rsc/run.ts';

const refused = { name: 'ScriptSyntaxError' };
const failed = { name: 'ScriptRuntimeError' };

function printedBy(script: string, router: Router = emptyRouter()): readonly string[] {
  importScript(router, script);
  return router.printed;
}

describe('reading a script', () => {
  const cases: readonly (readonly [what: string, why: RegExp, script: string, of?: Dialect])[] = [
    ['a menu the version lacks', /name ipv6/, '/ipv6 firewall filter remove 0', dialect('6.49', { ipv6: false })],
    ['a command the version lacks', /name onerror/, ':onerror e in={ :put 1 } do={ :put 2 }', dialect('7.12.2')],
    ['an argument gone in 7.21', /always-allow/, '/ip ssh set always-allow-password-login=yes', dialect('7.24')],
    ['an argument gone in 7.17', /allow-none/, '/ip ssh set allow-none-crypto=no', dialect('7.18.2')],
    ['a bad unquoted value', /value of action: foo/, '/ip firewall filter add chain=input action=foo'],
    ['single quotes', /single quotes/, ":put 'text'"],
    ['a blank after a joined line', /continuation/, '/ip firewall filter add chain=input \\ \n action=drop'],
    ['a blank after a joined line in a text', /continuation/, ':put "one\\ \n two"'],
    ['an escaped bracket', /no escape/, ':put "a\\[b"'],
    ['an unquoted address in a where', /is quoted/, '/user remove [find where address=2001:db8::1]'],
    ['an unknown property in a where', /dynamic/, '/ip service set [find where dynamic=no] port=1', dialect('7.12.2')],
    ['an unknown property in a get', /shoe-size/, '/user get 0 shoe-size'],
    ['a comment after a command', /end of command/, ':put 1 # one'],
    ['an open brace', /expected }/, '{ :put 1'],
  ];
  for (const [what, why, script, of] of cases)
    it(`refuses the whole script for ${what}`, () => {
      const router = emptyRouter(of);
      assert.throws(() => importScript(router, `:put "ran"\n${script}\n`), { ...refused, message: why });
      assert.deepEqual(router.printed, []);
    });

  it('meets what is unknown inside a :parse when it runs, where on-error catches it', () => {
    const script = ':do { [[:parse "/ip nonsense set x=1"]] } on-error={ :put "caught" }\n:put "goes on"';
    assert.deepEqual(printedBy(script), ['caught', 'goes on']);
  });

  it('undoes one level of escapes in a text and one more in :parse', () => {
    assert.deepEqual(printedBy(':put "a\\"b\\\\c\\$d[e\\?\\C3\\A9"'), ['a"b\\c$d[e?\xc3\xa9']);
    assert.deepEqual(printedBy('[[:parse ":put \\"a\\\\\\"b\\\\\\\\c\\\\\\$d\\""]]'), ['a"b\\c$d']);
    assert.throws(() => printedBy('[[:parse ":put \\"a\\"b\\""]]'), refused);
  });

  it('puts values into a text', () => {
    assert.deepEqual(printedBy(':local one 1\n:put "$one, $[:len "abc"] and $($one + 1)"'), ['1, 3 and 2']);
  });
});

describe('running a script', () => {
  it('keeps what ran before an error', () => {
    const router = emptyRouter();
    assert.throws(
      () => importScript(router, '/system scheduler add name=a\n:error "stop"\n/system scheduler add name=b'),
      failed,
    );
    assert.deepEqual(
      rowsOf(router, '/system/scheduler').map((row) => textIn(row, 'name')),
      ['a'],
    );
  });

  it('fails for an unknown policy name', () => {
    assert.throws(() => printedBy('/user group add name=g policy=read,api,!dude'), failed);
    assert.throws(() => printedBy('/user group add name=g policy=read,!rest-api', emptyRouter('6.49')), failed);
  });

  it('fails to place before 0 on an empty chain, and inverts two in a row on a full one', () => {
    const place = (action: string) => `/ip firewall filter add chain=input action=${action} place-before=0`;
    assert.throws(() => printedBy(place('accept')), failed);
    const router = customRouter();
    importScript(router, `${place('accept')}\n${place('drop')}`);
    assert.deepEqual(
      rowsOf(router, '/ip/firewall/filter')
        .slice(0, 2)
        .map((row) => textIn(row, 'action')),
      ['drop', 'accept'],
    );
  });

  it('places nothing before a dynamic row', () => {
    const router = emptyRouter();
    addRow(router, '/ip/firewall/filter', { chain: 'forward', action: 'passthrough', dynamic: true });
    assert.throws(() => importScript(router, '/ip firewall filter add chain=input place-before=0'), failed);
  });

  it('takes $name in a where for the property of that name', () => {
    const router = emptyRouter();
    assert.deepEqual(
      printedBy(
        ':local name "admin"\n:put [:len [/user find where name=$name]]\n:local nsName "nobody"\n:put [:len [/user find where name=$nsName]]',
        router,
      ),
      ['1', '0'],
    );
    addRow(router, '/user', { name: 'second', group: 'read' });
    assert.equal(printedBy(':local name "admin"\n:put [:len [/user find where name=$name]]', router).at(-1), '2');
  });

  it('hits a live connection when a service is set by its name', () => {
    const router = emptyRouter();
    listConnections(router);
    assert.throws(() => importScript(router, '/ip service set api address=192.0.2.1'), failed);
    importScript(router, '/ip service set [find where name=api and dynamic=no] address=192.0.2.1');
  });

  it('gives a function its arguments, and nothing of the caller', () => {
    assert.deepEqual(
      printedBy(':local outer 1\n:local f do={ :return ("$1/$named/" . [:typeof $outer]) }\n:put [$f 5 named=6]'),
      ['5/6/nothing'],
    );
  });

  it('counts down when :for ends before it begins', () => {
    assert.deepEqual(printedBy(':for i from=0 to=-1 do={ :put $i }'), ['0', '-1']);
  });

  it('does nothing when there is nothing found to change or remove', () => {
    const router = emptyRouter();
    const before = snapshot(router);
    importScript(
      router,
      '/ip firewall filter remove [find where chain=none]\n/user set [find where name=none] group=read',
    );
    assert.deepEqual(snapshot(router), before);
  });

  it('fails for what a router refuses: a second row of a name, a group in use, an address it cannot take', () => {
    const one = emptyRouter(dialect('6.49', { ipv6: false }));
    for (const script of [
      '/user add name=admin group=full',
      '/user group remove [find where name=full]',
      '/user set [find] address=192.0.2.1,192.0.2.2',
      '/ip service set [find where name=api] address=2001:db8::1',
      '/user add name=x group=none',
      '/ip firewall filter add action=drop',
      ':local bad "fo o"\n/ip firewall filter add chain=input action=$bad',
    ])
      assert.throws(() => importScript(one, script), failed, script);
  });
});
