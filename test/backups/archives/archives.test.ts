import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { isAgeRecipient } from '../../../src/backups/age-recipient.ts';
import { inTime } from '../../../src/backups/archive-deadline.ts';
import { archiveFolder, archivePath, isArchivePath } from '../../../src/backups/archive-names.ts';
import { createRcloneArchive } from '../../../src/backups/archives/rclone.ts';
import { createWebdavArchive } from '../../../src/backups/archives/webdav.ts';
import { createArchivesExamine } from '../../../src/backups/examine-archives.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { parseConfig } from '../../../src/settings.ts';
import { folderArchive } from '../../support/archiver.ts';
import { KEY } from '../../support/inventory.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { hidden, NEVER } from '../../support/ssh-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'netsentinel-archives-'));
after(() => rmSync(folder, { recursive: true }));

const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

describe('the name of a device in an archive', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('a', 'A', '.', '/', '-', '\\', ' ', '\u0000', 'ä', '\u202e'),
      minLength: 1,
      maxLength: 8,
    }),
    fc.constantFrom(
      '..',
      '.',
      'CON',
      'nul.txt',
      'edge-1',
      'edge-1.',
      'Edge-1',
      'x'.repeat(255),
      archiveFolder('Edge-1'),
    ),
  );

  it('is one harmless folder on every system, whatever the name is', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1 }), fc.date({ noInvalidDate: true }), (device, version, at) => {
        const name = archiveFolder(device);
        assert.match(name, /^[a-z0-9]+([._-][a-z0-9]+)*$/);
        assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/);
        assert.ok(name.length <= 80);
        for (const kind of ['text', 'binary'] as const)
          assert.ok(isArchivePath(archivePath(device, version, at.getTime(), kind)));
      }),
    );
  });

  it('tells two devices apart, also where `A` and `a` are one, and where only the signs differ that are left out', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        fc.pre(one !== other && one.isWellFormed() && other.isWellFormed());
        assert.notEqual(archiveFolder(one).toLowerCase(), archiveFolder(other).toLowerCase());
      }),
    );
  });

  it('stays readable: as it is where that is harmless', () => {
    for (const name of ['edge-1', 'core.example.com', 'r_2']) assert.equal(archiveFolder(name), name);
    assert.match(archiveFolder('Edge North/2'), /^edge-north-2-[0-9a-f]{32}$/);
    assert.match(archiveFolder('../..'), /^device-[0-9a-f]{32}$/);
  });
});

describe('a public key of age', () => {
  it('is known by its checksum: what the library makes is one, and with any other character it is none', async () => {
    const recipient = await identityToRecipient(await generateX25519Identity());
    assert.equal(isAgeRecipient(recipient), true);
    for (let at = 4; at < recipient.length; at += 1) {
      const changed = `${recipient.slice(0, at)}${recipient[at] === 'q' ? 'p' : 'q'}${recipient.slice(at + 1)}`;
      assert.equal(isAgeRecipient(changed), false, changed);
    }
    assert.equal(isAgeRecipient(await identityToRecipient(await generateHybridIdentity())), false);
  });
});

describe('archives in a configuration', () => {
  function problems(backup: unknown, others: object = { key: KEY }): string {
    try {
      const usual = { timeZone: 'UTC', routers: [{ name: 'a', host: 'a', username: 'u', password: 'p' }] };
      parseConfig({ ...usual, ...others, backup }, { env: {}, folder: '/etc' }, 'config');
      return '';
    } catch (error) {
      return String(error);
    }
  }
  const nas = { folder: './nas' };

  it('are taken with a public key of age', () => {
    const s3 = { region: 'auto', bucket: 'copies', accessKeyId: 'AK', secretAccessKey: 's' };
    const archives = { nas, bucket: { s3 }, drive: { rclone: 'drive:', config: 'rclone.conf' } };
    assert.equal(problems({ archives, recipients: [RECIPIENT] }), '');
  });

  for (const [what, backup, said, others] of [
    ['no recipient', { archives: { nas } }, /backup\.recipients: is missing: archives need/, undefined],
    ['no key', { archives: { nas }, recipients: [RECIPIENT] }, /backup\.archives: needs key/, {}],
    [
      'a mistyped recipient',
      { recipients: [RECIPIENT.replace('ql3', 'ql4')] },
      /recipients\[0\]: must be a public key of age/,
      undefined,
    ],
    [
      'two kinds at once',
      { archives: { nas: { ...nas, rclone: 'x:y' } }, recipients: [RECIPIENT] },
      /exactly one of folder, s3/,
      undefined,
    ],
    [
      'a name that is no name',
      { archives: { '../x': nas }, recipients: [RECIPIENT] },
      /must be called by 1 to 64/,
      undefined,
    ],
    [
      'a remote that shows its secrets',
      { archives: { d: { rclone: ':s3,secret_access_key=x:b' } }, recipients: [RECIPIENT] },
      /d\.rclone: must be 'remote:path'/,
      undefined,
    ],
    [
      'a remote that is an option',
      { archives: { d: { rclone: '--config=x:' } }, recipients: [RECIPIENT] },
      /d\.rclone: must be/,
      undefined,
    ],
    [
      'sftp without a way in',
      { archives: { b: { sftp: { host: 'h', username: 'u' } } }, recipients: [RECIPIENT] },
      /sftp\.password: is missing/,
      undefined,
    ],
  ] as const) {
    it(`are refused with ${what}`, () => assert.match(problems(backup, others), said));
  }

  it('are refused with a private key, which is not repeated', async () => {
    const identity = await generateX25519Identity();
    const said = problems({ archives: { nas }, recipients: [identity] });
    assert.match(said, /recipients\[0\]: is a private key/);
    assert.ok(!said.includes(identity.slice(16)));
  });
});

describe('an archive that is away', () => {
  it('is given up on after five minutes, also where it ignores that', async () => {
    const clock = createManualClock(0);
    const waiting = inTime('nas', clock, NEVER, () => new Promise(() => {}));
    clock.advance(300_000);
    await assert.rejects(waiting, { code: 'ARCHIVE_TIMED_OUT' });
    const stop = new AbortController();
    const stopped = inTime('nas', clock, stop.signal, () => new Promise(() => {}));
    stop.abort(new Error('the worker stops'));
    await assert.rejects(stopped, /the worker stops/);
    assert.equal(clock.pending(), 0);
  });
});

describe('secrets of archives', () => {
  /** Runs what is a program called rclone here, and gives what it saw. */
  async function withRclone(t: { after(run: () => void): void }, exit: number) {
    const { PATH, SECRET_OF_WORKER } = process.env;
    const seen = join(folder, `seen-${exit}`);
    writeFileSync(
      join(folder, 'rclone'),
      `#!/bin/sh\nPATH=${PATH}\n{ echo "$@"; env; } >>'${seen}'\ncat >/dev/null\necho 'token=obscured-token-4' >&2\nexit ${exit}\n`,
    );
    chmodSync(join(folder, 'rclone'), 0o755);
    Object.assign(process.env, { PATH: `${folder}:${PATH}`, SECRET_OF_WORKER: 'worker-secret-3' });
    t.after(() => {
      process.env['PATH'] = PATH;
      if (SECRET_OF_WORKER === undefined) delete process.env['SECRET_OF_WORKER'];
    });
    const session = await createRcloneArchive('drive', { remote: 'drive:copies', config: '/data/rclone.conf' })();
    const trouble = await session.put('edge-1/a.age', Buffer.from('x'), NEVER).then(
      () => null,
      (error: unknown) => error,
    );
    return { trouble, seen: readFileSync(seen, 'utf8') };
  }

  it('stay in the file of rclone: it is told where that is, and gets nothing else of the worker', async (t) => {
    const { trouble, seen } = await withRclone(t, 0);
    assert.equal(trouble, null);
    assert.match(seen, /rcat --size 1 drive:copies\/edge-1\/a\.age\.part\n/);
    assert.match(seen, /moveto drive:copies\/edge-1\/a\.age\.part drive:copies\/edge-1\/a\.age\n/);
    assert.match(seen, /^RCLONE_CONFIG=\/data\/rclone\.conf$/m);
    assert.doesNotMatch(seen, /worker-secret-3/);
  });

  it('are not repeated from what rclone says', async (t) => {
    const { trouble } = await withRclone(t, 7);
    assert.ok(trouble instanceof TroubleError);
    assert.equal(trouble.code, 'ARCHIVE_FAILED');
    assert.match(trouble.message, /exit code 7/);
    assert.doesNotMatch(`${trouble.message} ${trouble.advice} ${trouble.stack}`, /obscured-token/);
  });

  it('are not repeated from a server that sends them back, and are not sent to where it leads', async (t) => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      const status = Number(/status-(\d+)/.exec(request.url ?? '')?.[1]);
      response.writeHead(status, { location: '/status-200' }).end(`you sent ${request.headers.authorization}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    for (const [status, code] of [
      [302, 'ARCHIVE_REFUSED'],
      [401, 'ARCHIVE_LOGIN_REFUSED'],
      [500, 'ARCHIVE_FAILED'],
      [507, 'ARCHIVE_FULL'],
    ] as const) {
      const url = `http://127.0.0.1:${port}/status-${status}`;
      const session = await createWebdavArchive('dav', { url, username: 'net', password: hidden('dav-password-6') })();
      asked = 0;
      await assert.rejects(session.put('edge-1/a.age', Buffer.from('x'), NEVER), (error: unknown) => {
        assert.ok(error instanceof TroubleError);
        assert.equal(error.code, code);
        const base64 = Buffer.from('net:dav-password-6').toString('base64');
        assert.ok(
          ![error.message, error.advice, String(error.stack)].some(
            (text) => /dav-password/.test(text) || text.includes(base64),
          ),
        );
        return true;
      });
      assert.equal(asked, 1);
    }
  });

  it('of a program that is not there it says how to get it', async (t) => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    t.after(() => {
      process.env['PATH'] = PATH;
    });
    const session = await createRcloneArchive('drive', { remote: 'drive:', config: null })();
    await assert.rejects(session.list(NEVER), { code: 'ARCHIVE_PROGRAM_MISSING' });
  });
});

describe('check of archives', () => {
  const standing = { createdAt: 0, lookedAt: 0, waiting: 0, waitingSince: null, failing: null };
  const sum = { copies: 3, bytes: 9, lastCopiedAt: 0 };

  async function found(archive: ReturnType<typeof folderArchive>) {
    const examine = createArchivesExamine({
      ...{ archives: [archive], recipients: 2, encrypt: async (text) => text, clock: createManualClock(0) },
      book: { standing: async () => standing, sum: async () => sum },
    });
    const findings = await examine({
      ...{ signal: NEVER, sendsTestMail: false, database: Promise.resolve(true), routers: async () => [] },
      read: (work) => work(),
    });
    return findings.map(({ subject, part, status, found: text }) => `${subject} ${part} ${status} ${text}`);
  }

  it('writes a file to each and removes it, and warns where a password goes unencrypted', async () => {
    const place = join(folder, 'checked');
    assert.deepEqual(await found(folderArchive(place, { isOpenToRead: true })), [
      `archive nas writing ok folder, ${place}: a file was written and removed`,
      'archive nas age ok copies are for 2 public keys',
      'archive nas encryption warning http: the password is not encrypted on the way',
      'archive nas copies ok 3 copies',
    ]);
    assert.deepEqual(await (await folderArchive(place).open(NEVER)).list(NEVER), []);
  });

  it('says what is wrong where it cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const [first] = await found(folderArchive(join(folder, 'file')));
    assert.match(first ?? '', /^archive nas writing failure .*\(ARCHIVE_REFUSED\)$/);
  });
});
