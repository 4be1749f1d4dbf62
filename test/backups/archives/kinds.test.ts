import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createFolderArchive } from '../../../src/backups/archives/folder.ts';
import { createRcloneArchive } from '../../../src/backups/archives/rclone.ts';
import { createS3Archive } from '../../../src/backups/archives/s3.ts';
import { createSftpArchive } from '../../../src/backups/archives/sftp.ts';
import { createWebdavArchive } from '../../../src/backups/archives/webdav.ts';
import { createSshClient } from '../../../src/platform/ssh/client.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type ArchiveUnderTest, describeArchive } from '../../contracts/archive.contract.ts';
import { need } from '../../support/needs.ts';
import { type OpenSshServer, startOpenSsh } from '../../support/openssh-server.ts';
import { S3_KEY, type S3Server, startS3Server } from '../../support/s3-server.ts';
import { hidden, NEVER } from '../../support/ssh-shell.ts';
import { startWebdavServer, WEBDAV_LOGIN } from '../../support/webdav-server.ts';

const parent = mkdtempSync(join(tmpdir(), 'netsentinel-archives-'));
after(() => rmSync(parent, { recursive: true }));

/** A folder of this machine that an archive leads to; it need not be there yet. */
function onFolder(folder: string): Omit<ArchiveUnderTest, 'open' | 'stop'> {
  return {
    read: (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : null),
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    all: () =>
      globSync('**/*', { cwd: folder, withFileTypes: false })
        .filter((path) => statSync(join(folder, path)).isFile())
        .sort(),
  };
}

describeArchive('folder', async () => {
  const folder = join(parent, 'folder/below');
  return { ...onFolder(folder), open: createFolderArchive(folder), stop: async () => {} };
});

describe('a folder', () => {
  it('is readable by its owner alone, and so is what is in it', async () => {
    const folder = join(parent, 'private');
    const session = await createFolderArchive(folder)();
    await session.put('edge-1/a.age', Buffer.from('x'), NEVER);
    assert.deepEqual(
      ['', 'edge-1', 'edge-1/a.age'].map((path) => (statSync(join(folder, path)).mode & 0o777).toString(8)),
      ['700', '700', '600'],
    );
  });

  it('says what is wrong: a file in its place, a disk without room', async () => {
    writeFileSync(join(parent, 'file'), '');
    const session = await createFolderArchive(join(parent, 'file'))();
    await assert.rejects(session.put('edge-1/a.age', Buffer.from('x'), NEVER), { code: 'ARCHIVE_REFUSED' });
    const full = await createFolderArchive('/dev/full')();
    await assert.rejects(full.size('a.age', NEVER), { code: 'ARCHIVE_REFUSED' });
  });
});

describeArchive('s3', async () => {
  const server = await startS3Server();
  const settings = { ...S3_KEY, secretAccessKey: hidden(S3_KEY.secretAccessKey), endpoint: server.endpoint };
  const at = 'nightly/netsentinel/';
  return {
    open: createS3Archive('bucket', { ...settings, region: 'eu-1', bucket: server.bucket, prefix: at }, systemClock),
    read: (path) => server.objects.get(`${at}${path}`) ?? null,
    write: (path, text) => void server.objects.set(`${at}${path}`, Buffer.from(text)),
    all: () => [...server.objects.keys()].map((key) => key.slice(at.length)).sort(),
    stop: () => server.close(),
  };
});

describe('a bucket', () => {
  let server: S3Server;
  before(async () => {
    server = await startS3Server();
  });
  after(() => server.close());
  const open = (given: { readonly secret?: string; readonly bucket?: string; readonly now?: () => number }) =>
    createS3Archive(
      'bucket',
      {
        ...{ endpoint: server.endpoint, region: 'eu-1', bucket: given.bucket ?? server.bucket, prefix: '' },
        ...{ accessKeyId: S3_KEY.accessKeyId, secretAccessKey: hidden(given.secret ?? S3_KEY.secretAccessKey) },
      },
      { now: given.now ?? Date.now },
    )();

  it('is asked in the way that other clients ask, too: rclone reads from the same server', async () => {
    server.objects.set('edge-1/a&b.age', Buffer.from('x'));
    const env = {
      ...{ PATH: process.env['PATH'], RCLONE_CONFIG: '/dev/null', RCLONE_CONFIG_X_TYPE: 's3' },
      ...{
        RCLONE_CONFIG_X_PROVIDER: 'Other',
        RCLONE_CONFIG_X_REGION: 'eu-1',
        RCLONE_CONFIG_X_ENDPOINT: server.endpoint,
      },
      RCLONE_CONFIG_X_ACCESS_KEY_ID: S3_KEY.accessKeyId,
      RCLONE_CONFIG_X_SECRET_ACCESS_KEY: S3_KEY.secretAccessKey,
      RCLONE_CONFIG_X_LIST_VERSION: '2',
    };
    const { stdout } = await promisify(execFile)(need('rclone'), ['lsf', '-R', '--files-only', `x:${server.bucket}`], {
      env,
    });
    assert.equal(stdout, 'edge-1/a&b.age\n');
  });

  for (const [what, given, code, said] of [
    ['a wrong key', { secret: 'wrong' }, 'ARCHIVE_LOGIN_REFUSED', /HTTP 403 \(SignatureDoesNotMatch\)$/],
    ['a wrong clock', { now: () => Date.now() - 3_600_000 }, 'ARCHIVE_LOGIN_REFUSED', /RequestTimeTooSkewed/],
    ['another bucket', { bucket: 'none' }, 'ARCHIVE_REFUSED', /HTTP 404 \(NoSuchBucket\)$/],
  ] as const) {
    it(`tells of ${what}, without what the server said beside its code`, async () => {
      const session = await open(given);
      for (const work of [() => session.put('edge-1/a.age', Buffer.from('x'), NEVER), () => session.list(NEVER)]) {
        await assert.rejects(work, (error: Error & { code?: string }) => {
          assert.equal(error.code, code);
          assert.match(error.message, said);
          assert.doesNotMatch(error.message, /wJalr/);
          return true;
        });
      }
    });
  }
});

describeArchive('webdav', async () => {
  const folder = join(parent, 'dav');
  mkdirSync(folder);
  const server = await startWebdavServer(folder);
  const settings = { ...WEBDAV_LOGIN, password: hidden(WEBDAV_LOGIN.password), url: `${server.url}/net` };
  return { ...onFolder(join(folder, 'net')), open: createWebdavArchive('dav', settings), stop: server.stop };
});

describeArchive('sftp', async () => {
  const server = await startOpenSsh('Subsystem sftp internal-sftp');
  const folder = join(parent, 'sftp/below');
  return { ...onFolder(folder), open: sftpTo(server, folder), stop: server.stop };
});

function sftpTo(
  server: Pick<OpenSshServer, 'port' | 'username' | 'privateKey' | 'passphrase'>,
  path: string,
  hostKey: string | null = null,
) {
  const settings = {
    ...{ host: '127.0.0.1', port: server.port, username: server.username, password: null, path, hostKey },
    ...{ privateKey: hidden(server.privateKey), passphrase: hidden(server.passphrase) },
  };
  const hostKeys = { pin: async (_place: unknown, offered: string) => offered };
  return createSftpArchive('sftp', settings, createSshClient({ hostKeys, clock: systemClock }));
}

describeArchive('rclone', async () => {
  const folder = join(parent, 'rclone');
  const config = join(parent, 'rclone.conf');
  writeFileSync(config, `[drive]\ntype = alias\nremote = ${folder}\n`, { mode: 0o600 });
  return {
    ...onFolder(join(folder, 'copies')),
    open: createRcloneArchive('drive', { remote: 'drive:copies', config }),
    stop: async () => {},
  };
});
