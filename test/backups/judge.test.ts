import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  failedMenus,
  hasNoSecrets,
  isInterrupted,
  type JudgedText,
  judgeExport,
  judgeText,
} from '../../src/backups/judge.ts';
import { endLine, makeNonce, provenText } from '../../src/backups/proof.ts';
import { normalLines } from '../../src/backups/routeros/normal-form.ts';
import { atOnce } from '../../src/backups/steps.ts';
import { linesOf } from '../../src/backups/text.ts';
import { exportText, MENUS, type TestExport } from '../support/exports.ts';

const judged = (text: string): JudgedText => ({ text, lines: normalLines(text) });
const anExport = (given?: TestExport) => judged(exportText(given));
const codes = (now: JudgedText, before: JudgedText | null = null, accepted: readonly string[] = []) =>
  atOnce(judgeExport(now, before, new Set(accepted))).map(({ code }) => code);

const secrets = (count: number, shown: number) =>
  Array.from(
    { length: count },
    (_, index) => `add name=u${index}${index < shown ? ` password=p${index}` : ''} service=pppoe`,
  );
const addresses = (count: number) =>
  Array.from({ length: count }, (_, index) => `add address=10.0.${index}.1/24 interface=bridge`);

describe('the judge of exports', () => {
  it('finds nothing wrong with a good text, the first one or another one', () => {
    assert.deepEqual(codes(anExport()), []);
    assert.deepEqual(codes(anExport({ time: '2026-11-27 03:00:00' }), anExport()), []);
    const more = anExport({ menus: { ...MENUS, '/ip route': ['add dst-address=0.0.0.0/0 gateway=192.0.2.254'] } });
    assert.deepEqual(codes(more, anExport()), []);
  });

  const errors = [
    '',
    '\r\n',
    'expected end of command (line 1 column 9)\r\n',
    'bad command name export (line 1 column 1)\r\n',
    'not enough permissions (9)\r\n',
    'action timed out - try again, if error continues contact MikroTik support\r\n',
    '# 2026-11-26 03:00:00 by RouterOS 7.20.8\r\n',
    '/ip address\r\nadd address=192.0.2.1/24\r\n',
    `${exportText()}failure: out of memory\r\n`,
  ];
  for (const text of errors) {
    it(`sees an error text in place of a configuration or within it: ${JSON.stringify(text.slice(-40))}`, () => {
      assert.deepEqual(codes(judged(text)), ['BACKUP_ERROR_TEXT']);
    });
  }

  it('quotes nothing of a text that may be a configuration', () => {
    const [fault] = atOnce(judgeExport(judged('add password=hunter2\r\n'), null, new Set()));
    assert.doesNotMatch(fault?.message ?? 'hunter2', /hunter2|password/);
  });

  it('sees another router by its serial number, also by none', () => {
    assert.deepEqual(codes(anExport({ serial: 'OTHER' }), anExport()), ['BACKUP_OTHER_SERIAL']);
    assert.deepEqual(codes(anExport({ serial: null }), anExport()), ['BACKUP_OTHER_SERIAL']);
    assert.deepEqual(codes(anExport(), anExport({ serial: null })), []);
  });

  const failing = (comment: string) => judged(exportText().replace('/ppp secret\r\n', `${comment}\r\n/ppp secret\r\n`));
  it('sees a menu that the router could not export, unless its failing was accepted', () => {
    const modern = failing('#error exporting "/ip/socks" (timeout)');
    assert.deepEqual(codes(modern), ['BACKUP_PART_FAILED']);
    assert.deepEqual(codes(modern, null, ['/ip/socks']), []);
    const old = failing('#error exporting /ip socks');
    assert.deepEqual(failedMenus(old.text), ['/ip socks']);
    assert.deepEqual(codes(old, null, ['/ip/socks']), ['BACKUP_PART_FAILED']);
    assert.deepEqual(codes(failing('#error exporting')), ['BACKUP_PART_FAILED']);
  });

  it('sees an export that the router interrupted, whatever was accepted', () => {
    const text = judged(`${exportText()}#error exporting /ip socks\r\n#interrupted\r\n`);
    assert.ok(isInterrupted(text.text));
    assert.deepEqual(codes(text, null, ['/ip socks']), ['BACKUP_PART_FAILED']);
  });

  const cases: [now: readonly string[], before: readonly string[], string[]][] = [
    [secrets(10, 5), secrets(10, 10), []],
    [secrets(10, 4), secrets(10, 10), ['BACKUP_SECRETS_GONE']],
    [secrets(10, 0).map((row) => `${row} password=*****`), secrets(10, 10), ['BACKUP_SECRETS_GONE']],
    [secrets(10, 10).map((row) => row.replace(/password=\S+/, 'password=new')), secrets(10, 10), []],
    // Rows that went away took their secrets with them.
    [secrets(10, 10).slice(8), secrets(10, 10), ['BACKUP_SHRUNK']],
  ];
  for (const [now, before, expected] of cases) {
    it(`finds ${expected[0] ?? 'nothing'} when of ${before.length} rows ${now.length} are left, as '${now.at(-1)}'`, () => {
      const menusOf = (rows: readonly string[]) => anExport({ menus: { ...MENUS, '/ppp secret': rows } });
      assert.deepEqual(codes(menusOf(now), menusOf(before)), expected);
    });
  }

  it('sees secrets gone from rows without a name', () => {
    const peers = (secret: string) =>
      Array.from({ length: 4 }, (_, index) => `add address=192.0.2.${index}${secret} service=ppp`);
    const [now, before] = [peers(''), peers(' secret=radius')].map((rows) => anExport({ menus: { '/radius': rows } }));
    assert.ok(now !== undefined && before !== undefined);
    assert.deepEqual(codes(now, before), ['BACKUP_SECRETS_GONE']);
  });

  const sizes: [now: number, before: number, string[]][] = [
    [70, 100, []],
    [69, 100, ['BACKUP_SHRUNK']],
    [0, 5, ['BACKUP_SHRUNK']],
    [0, 4, []],
    [5, 8, []],
  ];
  for (const [now, before, expected] of sizes) {
    it(`finds ${expected[0] ?? 'nothing'} when ${now} of ${before} rows of a menu are left`, () => {
      const withRoutes = (count: number) => anExport({ menus: { ...MENUS, '/ip address': addresses(count) } });
      assert.deepEqual(codes(withRoutes(now), withRoutes(before)), expected);
    });
  }

  it('tells of a first text of version 7 that shows no secret', () => {
    const without = anExport({ menus: { '/ip address': addresses(2) } });
    assert.ok(hasNoSecrets(without.text, without.lines));
    const [some, old] = [anExport(), anExport({ version: '6.49.10', menus: { '/ip address': addresses(2) } })];
    assert.ok(!hasNoSecrets(some.text, some.lines) && !hasNoSecrets(old.text, old.lines));
  });
});

describe('the judge of other texts', () => {
  const text = (lines: string) => ({ text: lines, lines: linesOf(lines) });
  const long = Array.from({ length: 200 }, (_, index) => `interface Gi0/${index}`).join('\n');
  const cases: [string, string, string | null, string[]][] = [
    ['a configuration', 'hostname a\nend\n', null, []],
    ['an error of IOS', '% Invalid input detected\n', null, ['BACKUP_ERROR_TEXT']],
    ['a file that may not be read', '=== /etc/x\ncat: /etc/x: Permission denied\n', null, ['BACKUP_ERROR_TEXT']],
    ['nothing', '\n', null, ['BACKUP_ERROR_TEXT']],
    ['a name that looks like a shell', 'ssh: true\n', null, []],
    ['a banner that looks like an error', `${long}\nPermission denied to all but staff\nend\n`, null, []],
    ['an error before all the rest', `% Invalid input detected\n${long}`, null, ['BACKUP_ERROR_TEXT']],
    ['a line that was accepted', 'Permission denied, guest\nend\n', 'Permission denied, guest\nend', []],
    ['less than before', 'hostname a\n', long, ['BACKUP_SHRUNK']],
  ];
  for (const [name, now, before, expected] of cases) {
    it(`judges ${name}`, () => {
      const faults = atOnce(judgeText(text(now), before === null ? null : text(before), (lines) => lines));
      assert.deepEqual(
        faults.map(({ code }) => code),
        expected,
      );
    });
  }
});

describe('what is said of an error in another text', () => {
  it('is the line and its number, secrets hidden', () => {
    const text = '!\nhostname a\n% Error password hunter2\nend\n';
    const judged = { text, lines: linesOf(text).slice(1) };
    const [fault] = atOnce(judgeText(judged, null, (lines) => lines.map((line) => line.replace('hunter2', '***'))));
    assert.equal(fault?.message, 'line 3 looks like an error of the device: % Error password ***');
  });
});

describe('the proof of the end', () => {
  const nonce = makeNonce();
  it('takes what came before the last line, and only with this nonce', () => {
    assert.equal(provenText(`a\r\nb\r\n${endLine(nonce)}\r\n`, nonce), 'a\r\nb\r\n');
    assert.equal(provenText(`a\r\n${endLine(makeNonce())}\r\n`, nonce), null);
    assert.equal(provenText(`a ${endLine(nonce)}\r\n`, nonce), null);
    assert.equal(provenText(`a\r\n:put "${endLine(nonce)}"\r\n`, nonce), null);
    assert.equal(provenText(`a\r\n${endLine(nonce)}\r\nmore`, nonce), null);
    assert.equal(provenText('', nonce), null);
  });

  it('takes no text that was cut anywhere', () => {
    const whole = `${exportText()}${endLine(nonce)}`;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => assert.equal(provenText(whole.slice(0, length), nonce), null)),
    );
  });
});
