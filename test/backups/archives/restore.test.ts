import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { createEncrypt } from '../../../src/backups/archives/encrypt.ts';
import { readFolder } from '../../../src/backups/reader/folder.ts';
import { createBackupStore } from '../../../src/backups/store/backup-store.ts';
import { createBinaryStore } from '../../../src/backups/store/binary-store.ts';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import { archiverOn, folderArchive } from '../../support/archiver.ts';
import { newVersion } from '../../support/backups.ts';
import { freshSqlite, migrated } from '../../support/databases.ts';
import { exportText } from '../../support/exports.ts';
import { vault } from '../../support/inventory.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { need } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DOC = readFileSync(join(ROOT, 'docs/restore.md'), 'utf8');
const OLD = exportText();
const BINARY = Buffer.from([0x88, 0, 255, 13, 10]);
const NEW = `${OLD}# changed later\r\n\u00ff\u0000`;

/** The commands of a step, as they stand on the page. */
function step(name: string): string {
  const block = new RegExp(`<!-- drill: ${name} -->\\n\\n((?: {4}.*\\n|\\n)+)`).exec(DOC)?.[1];
  assert.ok(block !== undefined, `docs/restore.md has no step ${name}`);
  return block.replace(/^ {4}/gm, '');
}

describe('the restore drill of docs/restore.md', () => {
  let machine: string;

  // All that is left: the archive and the private key.
  before(async () => {
    machine = mkdtempSync(join(tmpdir(), 'netsentinel-drill-'));
    mkdirSync(join(machine, 'archive'));
    const identity = await generateX25519Identity();
    const other = await identityToRecipient(await generateX25519Identity());
    writeFileSync(join(machine, 'key.txt'), `# created: today\n# public key: …\n${identity}\n`);
    const test = await migrated(freshSqlite);
    const notices = createNoticeWriter({ database: test.database });
    const book = createBackupStore({ database: test.database, vault, notices, keep: 10 });
    for (const [device, text, day] of [
      ['edge-1', OLD, 20],
      ['edge-1', NEW, 25],
      ['Edge 1/../\u0007', OLD, 20],
    ] as const) {
      const sight = { at: Date.UTC(2026, 10, day, 2), clockMs: null };
      await book.keep(device, `${device} ${day}`, () => newVersion(text, { sight }));
    }
    const binaries = createBinaryStore({ database: test.database, vault: () => vault });
    await binaries.keep({ device: 'edge-1', version: 1, bytes: BINARY, takenAt: 7, isLeft: false });
    const archive = folderArchive(join(machine, 'archive'));
    const tried = Promise.withResolvers<void>();
    const archiver = archiverOn(test.database, [archive], createManualClock(Date.UTC(2026, 10, 27)), {
      encrypt: createEncrypt([other, await identityToRecipient(identity)]),
      wake: () => tried.reject(new Error('it failed')),
      onCopy: (() => {
        let left = 4;
        return () => {
          left -= 1;
          if (left === 0) tried.resolve();
        };
      })(),
    });
    archiver.start();
    await tried.promise;
    await archiver.stop();
    await test.drop();
  });
  after(() => rmSync(machine, { recursive: true }));

  /** On a machine with these programs beside those of the system. */
  function run(script: string, ...programs: readonly string[]): string {
    const path = [...programs.map((program) => dirname(program)), '/usr/bin', '/bin'].join(':');
    return execFileSync('/bin/sh', ['-euc', script], { cwd: machine, env: { PATH: path }, encoding: 'utf8' });
  }
  const restored = () => readFileSync(join(machine, 'edge-1.rsc')).toString('latin1');

  it('leads from archive and key to the text of a router at a given date, with the program age', () => {
    const said = run(`${step('choose')}\n${step('age')}`, need('age'));
    assert.equal(said, 'archive/edge-1/20261120T020000Z-1.age\n');
    assert.equal(restored(), OLD);
    run(`${step('choose').replace('20261121', '20261126')}\n${step('age')}`, need('age'));
    assert.equal(restored(), NEW);
  });

  it('leads to the binary backup of that version, as the router made it', () => {
    run(`${step('choose')}\n${step('binary')}`, need('age'));
    assert.ok(readFileSync(join(machine, 'edge-1.backup')).equals(BINARY));
  });

  it('leads there without age too, with Node and the package', () => {
    const script = step('node');
    const install = 'npm install --no-save age-encryption\n';
    assert.ok(script.includes(install));
    // What that command fetches is here already.
    symlinkSync(join(ROOT, 'node_modules'), join(machine, 'node_modules'));
    rmSync(join(machine, 'edge-1.rsc'), { force: true });
    run(`${step('choose')}\n${script.replace(install, '')}`, process.execPath);
    assert.equal(restored(), OLD);
  });

  it('gives the whole history in the form that a new NetSentinel imports', async () => {
    run(step('all'), need('age'));
    const files = await readFolder(join(machine, 'archive'));
    const texts = files.filter(({ path }) => path.endsWith('.rsc'));
    assert.equal(texts.length, 3);
    assert.deepEqual(
      texts.filter(({ device }) => device === 'edge-1').map(({ at }) => at),
      [Date.UTC(2026, 10, 20, 2), Date.UTC(2026, 10, 25, 2)],
    );
    const [plain = '', hostile = ''] = readdirSync(join(machine, 'archive')).sort();
    assert.deepEqual([plain, hostile.replace(/[0-9a-f]{32}$/, '…')], ['edge-1', 'edge-1-…']);
  });
});
