import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addTransferCommands } from '../../src/devices/commands/transfer.ts';
import { decodeCsv, parseCsv } from '../../src/devices/csv-table.ts';
import { exportDevices } from '../../src/devices/export.ts';
import { entryName } from '../../src/devices/fields.ts';
import { describeLine } from '../../src/devices/import.ts';
import { openSecrets } from '../../src/devices/secrets.ts';
import {
  ImportRefused,
  importDevices,
  importPreviewed,
  PreviewOutdated,
  previewImport,
} from '../../src/devices/transfer.ts';
import { createVault } from '../../src/runtime/vault.ts';
import {
  createMemoryInventory,
  createTestDesk,
  KEY,
  NEXT_KEY,
  otherDevice,
  storedDevice,
  vault,
} from '../support/inventory.ts';
import { runCommands } from '../support/program.ts';

function setUp(options: Parameters<typeof createTestDesk>[1] = {}) {
  const book = createMemoryInventory();
  const desk = createTestDesk(book, options);
  const load = (text: string | Uint8Array, { isDryRun = false, map = {} } = {}) =>
    importDevices(desk, typeof text === 'string' ? Buffer.from(text) : text, {
      isDryRun,
      map: new Map(Object.entries(map)),
    });
  const refused = async (text: string | Uint8Array, map = {}) => {
    const before = book.stored();
    const error = await load(text, { map }).then(
      () => assert.fail('it was imported'),
      (each: unknown) => each,
    );
    assert.ok(error instanceof ImportRefused, String(error));
    assert.equal(book.stored(), before, 'nothing is written');
    return error.problems.map(describeLine);
  };
  return { book, desk, load, refused };
}

const HEADER = 'name,host';

describe('an import of devices', () => {
  it('adds devices and changes them, and says which columns', async () => {
    const { desk, load } = setUp();
    const added = await load(`${HEADER},tags,api_port\r\nedge-1,192.0.2.1,a; b,8729\r\nedge-2,192.0.2.2,,\r\n`);
    assert.deepEqual(
      added.map(({ line, outcome }) => [line, outcome]),
      [
        [2, 'added'],
        [3, 'added'],
      ],
    );
    const [first] = await desk.inventory();
    assert.deepEqual([first?.tags, first?.apiPort, first?.apiTls], [['a', 'b'], 8729, false]);
    const changed = await load(`${HEADER},tags\nedge-1,192.0.2.1,b\nedge-2,192.0.2.2,\n`);
    assert.deepEqual(
      changed.map(({ outcome, columns }) => [outcome, columns]),
      [
        ['changed', ['tags']],
        ['unchanged', []],
      ],
    );
  });

  it('leaves a field as it is where its column is absent, and clears it by an empty cell', async () => {
    const { desk, load } = setUp();
    await load(`${HEADER},parent,paused\nedge-1,192.0.2.1,,yes\nedge-2,192.0.2.2,edge-1,no\n`);
    await load(`${HEADER},paused\nedge-1,192.0.2.1,\n`);
    await load(`${HEADER},parent\nedge-2,192.0.2.2,\n`);
    assert.deepEqual(
      (await desk.inventory()).map(({ paused, parent }) => [paused, parent]),
      [
        [false, null],
        [false, null],
      ],
    );
  });

  it('makes an encrypted login of username and password; an empty password leaves the one that is there', async () => {
    const { book, load } = setUp();
    await load(`${HEADER},username,password\nedge-1,192.0.2.1,bob, '=hunter2 \n`);
    const passwordOf = () => {
      const [credential] = book.stored().credentials;
      assert.ok(credential !== undefined);
      return openSecrets(vault, credential).password;
    };
    assert.equal(passwordOf(), " '=hunter2 ");
    assert.ok(!JSON.stringify(book.stored()).includes('hunter2'));
    await load(`${HEADER},username,password\nedge-1,192.0.2.1,bob,\n`);
    assert.equal(passwordOf(), " '=hunter2 ");
    const again = await load(`${HEADER},username,password\nedge-1,192.0.2.1,bob, '=hunter2 \n`);
    assert.equal(again[0]?.outcome, 'unchanged');
    await load(`${HEADER},username,password\nedge-1,192.0.2.1,bob,other\n`);
    assert.equal(passwordOf(), 'other');
    await load(`${HEADER},username\nedge-1,192.0.2.1,\n`);
    assert.deepEqual(book.stored().credentials, []);
  });

  it('takes UTF-8 with and without a byte order mark, and Windows-1252', async () => {
    const name = 'Zürich';
    const text = `${HEADER}\n${name},192.0.2.1\n`;
    const bytes = [Buffer.from(text), Buffer.from(`\ufeff${text}`), Buffer.from(text, 'latin1')];
    for (const each of bytes) {
      const { desk, load } = setUp();
      await load(each);
      assert.equal((await desk.inventory())[0]?.name, name);
    }
    assert.equal(decodeCsv(Buffer.from([0x80])), '€');
  });

  for (const delimiter of [',', ';', '\t']) {
    it(`takes ${JSON.stringify(delimiter)} between the cells`, async () => {
      const { desk, load } = setUp();
      await load(['host,name,model', '192.0.2.1,edge-1,linux', ''].join('\n').replaceAll(',', delimiter));
      assert.equal((await desk.inventory())[0]?.model, 'linux');
    });
  }

  it('writes nothing for a dry run, and says the same', async () => {
    const { book, load } = setUp();
    const text = `${HEADER}\nedge-1,192.0.2.1\n`;
    const tried = await load(text, { isDryRun: true });
    assert.deepEqual(book.stored().devices, []);
    assert.deepEqual(await load(text), tried);
  });

  it('takes the usual names of other tools, and those that are given', async () => {
    const { desk, load } = setUp();
    await load('IP_Address,User,Password,Device\n192.0.2.1,bob,hunter2,edge-1\n');
    await load('mgmt,login,pass\n192.0.2.2,bob,hunter2\n', { map: { host: 'MGMT', name: 'mgmt' } });
    assert.deepEqual(
      (await desk.inventory()).map(({ name, host, username }) => [name, host, username]),
      [
        ['192.0.2.2', '192.0.2.2', 'bob'],
        ['edge-1', '192.0.2.1', 'bob'],
      ],
    );
  });

  it('tells every wrong line at once, by the physical line where its record begins', async () => {
    const { refused } = setUp({ others: [otherDevice({ name: 'core' })] });
    const text = [
      'name,host,tags,username,password,api_port,parent',
      '"edge-1","192.0.2.1","a;',
      'b",,,,',
      '',
      'edge-2,not a host,,,,70000,',
      '=cmd,192.0.2.3,,,,,',
      'edge-4,192.0.2.4,,bob,,,',
      'core,192.0.2.9,,,,,',
      'edge-5,192.0.2.5,,,,,nobody',
      'edge-6,192.0.2.6,,,,,,surplus',
      'edge-5,192.0.2.55,,,,,',
      'edge-7,192.0.2.7,,,hunter2,,',
      'edge-8,,,,,,',
    ].join('\n');
    assert.deepEqual(
      await refused(text),
      [
        "line 2: tags: must be a list of at most 50 different tags of one line, without ';'",
        "line 5: host: must be a host name or an IP address, without 'https://', port, brackets or path",
        'line 5: api_port: must be a port from 1 to 65535',
        'line 6: name: must not begin with one of the characters = + - @',
        'line 7: password: is missing: the device has no password yet',
        'line 8: name: this device comes from the configuration file; change it there',
        'line 9: parent: no device has this name',
        'line 10: has more cells than the header',
        'line 11: name: is also the name in line 9',
        'line 12: password: needs a username',
        "line 13: host: must be a host name or an IP address, without 'https://', port, brackets or path",
      ].filter((line) => !line.startsWith('line 2')),
    );
  });

  const headers: [string, string, RegExp][] = [
    ['an unknown column', 'name,host,colour', /^line 1: column 3 has an unknown name/],
    ['a column twice', 'name,host,host', /^line 1: column 3 has the name of column 2/],
    ['no name', 'host,tags', /^line 1: name: this column is missing/],
    ['no host', 'name,tags', /^line 1: host: this column is missing/],
    ['an empty file', ' \n\n', /^line 1: the file is empty/],
    ['an open quotation mark', 'name,host\n"edge-1,192.0.2.1\n', /a quotation mark is opened and never closed/],
    ['a quotation mark within', 'name,host\ned"ge,192.0.2.1\n', /a quotation mark stands where none may be/],
  ];
  for (const [what, text, message] of headers) {
    it(`refuses ${what}`, async () => assert.match((await setUp().refused(text)).join('\n'), message));
  }

  it('refuses a map to nothing', async () => {
    const { refused } = setUp();
    assert.match((await refused(`${HEADER}\n`, { host: 'mgmt' })).join(), /host: the file has no column/);
    assert.match((await refused(`${HEADER}\n`, { colour: 'host' })).join(), /--map names a column that there is not/);
  });

  it('refuses the same router under two names, and a circle of parents, wherever they stand in the file', async () => {
    const { refused } = setUp();
    const twins = `${HEADER},username,password\nedge-1,R1.example.com,a,hunter22\nedge-2,r1.example.com.,a,hunter22\n`;
    assert.deepEqual(
      (await refused(twins)).map((line) => line.slice(0, 'line 2: host'.length)),
      ['line 2: host', 'line 3: host'],
    );
    const circle = `${HEADER},parent\nedge-1,192.0.2.1,edge-2\nedge-2,192.0.2.2,edge-3\nedge-3,192.0.2.3,edge-1\n`;
    const behindItself = async (text: string) =>
      (await refused(text)).flatMap((line) => (line.includes('behind itself') ? [line.slice(0, 'line 2'.length)] : []));
    assert.deepEqual(await behindItself(circle), ['line 2', 'line 3', 'line 4']);
    // Who is behind a circle is not in it, whether it stands before or after.
    const around = `${HEADER},parent\nfar-1,192.0.2.11,edge-2\n${circle.slice(circle.indexOf('edge-1'))}far-2,192.0.2.12,far-1\n`;
    assert.deepEqual(await behindItself(around), ['line 3', 'line 4', 'line 5']);
  });

  it('quotes no cell in what it says', async () => {
    const { refused } = setUp();
    const secret = 'hunter2hunter2';
    for (const text of [
      `${HEADER},api_port,parent,model,usage,api_tls\n=${secret},${secret} x,${secret},${secret},${secret} x,${secret},${secret}\n`,
      `${HEADER},${secret}\nedge-1,192.0.2.1,x\n`,
      `${HEADER}\nedge-1,192.0.2.1,${secret}\n`,
      `${HEADER}\n"${secret},192.0.2.1\n`,
    ]) {
      assert.ok(!(await refused(text)).join('\n').includes(secret));
    }
  });

  it('needs a key for a password alone', async () => {
    const { load, desk } = setUp({ vault: null });
    await load(`${HEADER}\nedge-1,192.0.2.1\n`);
    assert.equal((await desk.inventory()).length, 1);
    await assert.rejects(load(`${HEADER},username,password\nedge-2,192.0.2.2,a,hunter22\n`), { code: 'KEY_MISSING' });
    assert.equal((await desk.inventory()).length, 1);
  });
});

const unusual = fc.constantFrom("'", "'=a", "''-b", ' ', ';', ',', '"', 'ü', '\uff1dx', 'edge', '0', '<b>');
const anyName = fc
  .array(fc.oneof(unusual, fc.string({ unit: 'grapheme', maxLength: 6 })), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('').trim())
  .filter((name) => entryName.safeParse(name).success);
const anyTag = fc
  .oneof(fc.constantFrom("'=1", '-x', '@home', '=a', "'", 'ü'), anyName)
  .filter((tag) => !tag.includes(';'));

describe('an export of devices', () => {
  it('is imported again without a change, whatever the inventory holds', async () => {
    const device = fc.record({
      name: anyName,
      model: fc.constantFrom('routeros', 'linux', 'ios'),
      apiTls: fc.constantFrom('no', 'yes', 'insecure', 'AB:'.repeat(31).concat('CD')),
      sshPort: fc.option(fc.integer({ min: 1, max: 65_535 })),
      tags: fc.uniqueArray(anyTag, { maxLength: 4 }),
      usage: fc.boolean(),
      backup: fc.boolean(),
      paused: fc.boolean(),
      parent: fc.option(anyName),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(device, { selector: ({ name }) => name, maxLength: 5 }), async (devices) => {
        const { book, desk, load } = setUp();
        await book.change(() => ({
          devices: {
            put: devices.map((each, index) => storedDevice({ ...each, id: `d${index}`, host: `192.0.2.${index}` })),
            remove: [],
          },
          credentials: { put: [], remove: [] },
        }));
        // A parent that left, a circle from another source: what is there already is no reason to refuse the file.
        const before = exportDevices(await desk.inventory());
        const lines = await load(before);
        assert.deepEqual(
          lines.filter(({ outcome }) => outcome !== 'unchanged'),
          [],
        );
        assert.equal(exportDevices(await desk.inventory()), before);
      }),
      { numRuns: 200 },
    );
  });

  it('has no password, and no formula', async () => {
    const { book, desk, load } = setUp();
    await load('name,host,tags,username,password\nedge-1,192.0.2.1,=1+1;+x,-bob,hunter22\n');
    const text = exportDevices(await desk.inventory());
    assert.ok(!text.includes('hunter22'));
    assert.match(text, /,'-bob,,/);
    assert.match(text, /'=1\+1;\+x/);
    const before = book.stored();
    await load(text);
    assert.equal(book.stored(), before);
  });

  it('has every column of the design, and one record a line', async () => {
    const { desk } = setUp();
    assert.equal(
      exportDevices(await desk.inventory()),
      'name,host,model,api_port,api_tls,api_credential,ssh_port,ssh_credential,terminal_credential,username,password,parent,tags,usage,backup,paused\r\n',
    );
  });
});

describe('a file of records', () => {
  it('tells the line where each record begins', () => {
    const table = parseCsv('name,host\r\n"a\r\nb",1\r\n\r\nc,2\r\n');
    assert.ok('rows' in table);
    assert.deepEqual(
      table.rows.map(({ line }) => line),
      [2, 5],
    );
  });
});

describe('an import that was previewed', () => {
  const file = (password: string) => Buffer.from(`${HEADER},username,password\nedge-1,192.0.2.1,api,${password}\n`);

  it('does what the preview said, and the preview writes nothing', async () => {
    const { book, desk } = setUp();
    const { lines, plan } = await previewImport(desk, file('secret-1'));
    assert.deepEqual([lines.map(({ outcome }) => outcome), book.stored().devices], [['added'], []]);
    await importPreviewed(desk, file('secret-1'), plan);
    assert.deepEqual(
      (await desk.inventory()).map(({ name }) => name),
      ['edge-1'],
    );
  });

  it('writes nothing of a file with other values, though the same lines change, and gives the new preview', async () => {
    const { book, desk } = setUp();
    const { lines, plan } = await previewImport(desk, file('secret-1'));
    const error = await importPreviewed(desk, file('secret-2'), plan).catch((each: unknown) => each);
    assert.ok(error instanceof PreviewOutdated);
    assert.deepEqual([error.preview.lines, book.stored().devices], [lines, []]);
    await importPreviewed(desk, file('secret-2'), error.preview.plan);
    assert.equal(book.stored().devices.length, 1);
  });

  it('overwrites nothing that somebody else changed since the preview', async () => {
    const { desk, load } = setUp();
    await load(`${HEADER}\nedge-1,192.0.2.1\n`);
    const wanted = Buffer.from(`${HEADER}\nedge-1,192.0.2.9\n`);
    const { plan } = await previewImport(desk, wanted);
    await desk.setDevice('edge-1', { host: '192.0.2.5' });
    await assert.rejects(importPreviewed(desk, wanted, plan), PreviewOutdated);
    assert.equal((await desk.device('edge-1')).host, '192.0.2.5');
  });

  it('names a plan alike at each worker with the same key, and so that no password can be tried against it', async () => {
    const planOf = async (key: string) =>
      (await previewImport(setUp({ vault: createVault(key) }).desk, file('secret-1'))).plan;
    assert.equal(await planOf(KEY), await planOf(KEY));
    assert.notEqual(await planOf(KEY), await planOf(NEXT_KEY));
  });
});

describe('the command that imports devices', () => {
  it('tells of --map where it does not know a column', async () => {
    const { desk } = setUp();
    const stdin = Readable.from(['name,mgmt\nedge-1,192.0.2.1\n']);
    const deps = { open: async () => ({ desk, close: async () => {} }), stdin };
    const { code, stderr } = await runCommands(
      ['device', 'import', '-'],
      [(program, frame) => addTransferCommands(deps, program.command('device'), frame)],
      stdin,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^line 1: column 2 has an unknown name/m);
    assert.match(stderr, /\nNothing was imported\.\nA column of another name: --map OURS=THEIRS, .*\n$/);
  });

  it('takes --map before and behind the file, as often as it is given', async () => {
    for (const args of [
      ['--map', 'host=mgmt', '--map', 'name=mgmt', '-'],
      ['-', '--map', 'host=mgmt', '--map=name=mgmt'],
    ]) {
      const { book, desk } = setUp();
      const stdin = Readable.from(['mgmt,tags\n192.0.2.1,lte\n']);
      const deps = { open: async () => ({ desk, close: async () => {} }), stdin };
      const said = await runCommands(
        ['device', 'import', ...args],
        [(program, frame) => addTransferCommands(deps, program.command('device'), frame)],
        stdin,
      );
      assert.deepEqual(said, { code: 0, stdout: 'Imported: 1 added, 0 changed, 0 unchanged.\n', stderr: '' });
      assert.deepEqual(
        book.stored().devices.map(({ name, host, tags }) => [name, host, tags]),
        [['192.0.2.1', '192.0.2.1', ['lte']]],
      );
    }
  });
});
