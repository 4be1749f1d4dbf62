import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { type CommittedVersion, commitOf, committedIn, inOrder } from '../../src/backups/git-commits.ts';
import { changedByAuthor, createLogReader, deviceOfPath, type LoggedFile } from '../../src/backups/git-log.ts';
import { importFiles } from '../../src/backups/import.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import { readFolder } from '../../src/backups/reader/folder.ts';
import { gitIn } from '../../src/backups/reader/git.ts';
import { type ExportedHistory, exportToGit } from '../../src/backups/reader/git-export.ts';
import { gitDirOf, readRepository } from '../../src/backups/reader/git-repository.ts';
import { byteTextOf } from '../../src/backups/text.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { exportText } from '../support/exports.ts';
import { need } from '../support/needs.ts';
import { NEVER } from '../support/ssh-shell.ts';

const NOW = Date.UTC(2026, 10, 26);
const SECOND = Date.UTC(2026, 10, 1) / 1000;
const root = mkdtempSync(join(tmpdir(), 'netsentinel-git-test-'));
after(() => rmSync(root, { recursive: true }));

/** git as a person has it, for what a test makes and looks at. */
function git(folder: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync(need('git'), ['-C', folder, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

interface MadeCommit {
  readonly author?: string;
  /** Of its author, in seconds; absent: one more than the one before. */
  readonly time?: number;
  /** What begins with `link:` leads there. */
  readonly files: Readonly<Record<string, string>>;
}

/** A repository with commits, as oxidized makes them; without its work tree. */
function repository(name: string, commits: readonly MadeCommit[]) {
  const folder = join(root, name);
  mkdirSync(folder);
  git(folder, 'init', '--quiet', '--initial-branch=master');
  const text = commits.flatMap(({ author = 'Oxidized', time, files }, index) => [
    `commit refs/heads/master\nauthor ${author} <a@example.net> ${time ?? SECOND + index} +0500`,
    `committer c <c> ${SECOND + index} +0500\ndata 6\nupdate`,
    ...Object.entries(files).map(([path, content]) => {
      const [, target] = /^link:(.*)/.exec(content) ?? [];
      const bytes = Buffer.from(target ?? content);
      return `M ${target === undefined ? 100644 : 120000} inline ${path}\ndata ${bytes.length}\n${bytes}`;
    }),
  ]);
  execFileSync(need('git'), ['-C', folder, 'fast-import', '--quiet'], { input: `${text.join('\n')}\n` });
  return folder;
}

async function filesOf(folder: string, most = 100) {
  const gitDir = await gitDirOf(folder);
  assert.ok(gitDir !== null);
  const { files, leftOut, close } = await readRepository(gitDir, { most, now: NOW }, NEVER);
  try {
    const read = [];
    for (const { device, at, changedBy, read: text } of files)
      read.push([device, (at ?? 0) / 1000 - SECOND, changedBy, (await text()).toString('latin1')]);
    return { files: read, leftOut };
  } finally {
    await close();
  }
}

const rejected = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TroubleError, String(error));
  assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
  return true;
};

describe('a git repository with configurations', () => {
  it('gives each version of each device with its time and author, the oldest first, of all layouts', async () => {
    const folder = repository('layouts', [
      { files: { 'edge-1': 'a1', 'rancid/configs/edge-2': 'b1', '.gitignore': 'x' } },
      { author: 'Ali', files: { 'edge-1': 'a2\xff' } },
      { files: { 'north%20%2F1.rsc': 'c1', 'edge-1': 'a3' } },
    ]);
    const { files, leftOut } = await filesOf(folder);
    assert.deepEqual(files, [
      ['edge-1', 0, [], 'a1'],
      ['edge-1', 1, ['Ali'], Buffer.from('a2\xff').toString('latin1')],
      ['edge-1', 2, [], 'a3'],
      ['north /1', 2, [], 'c1'],
      ['edge-2', 0, [], 'b1'],
    ]);
    assert.deepEqual(
      leftOut.map(({ path }) => path),
      ['.gitignore'],
    );
    const newest = await filesOf(folder, 1);
    assert.deepEqual(
      newest.files.map(([, , , text]) => text),
      ['a3', 'c1', 'b1'],
    );
    git(folder, 'pack-refs', '--all', '--prune');
    assert.equal(existsSync(join(folder, '.git/refs/heads/master')), false);
    assert.deepEqual((await filesOf(join(folder, '.git'))).files, files, 'of a bare one, packed, refs too');
  });

  it('gives no device of two files of one name, nothing that is no file, and no time that cannot be', async () => {
    const folder = repository('doubtful', [
      { files: { 'a/edge-1': '1', 'b/edge-1': '2', 'edge-2': '3', 'edge-3': '4', link: 'link:/etc/passwd' } },
      { time: Date.UTC(2038, 0, 1) / 1000, files: { 'edge-3': '5' } },
    ]);
    const { files, leftOut } = await filesOf(folder);
    assert.deepEqual(
      files.map(([device]) => device),
      ['edge-2', 'edge-3'],
    );
    assert.deepEqual(
      leftOut.map(({ path, reason }) => [path.replace(/ \(.*/, ''), reason]),
      [
        ['a/edge-1', 'another file has the same name'],
        ['b/edge-1', 'another file has the same name'],
        ['edge-3', 'the time of its commit cannot be right'],
      ],
    );
  });

  it('runs nothing that it names: no hook, filter, textconv, pager, file watcher or setting of it', async () => {
    const folder = repository('hostile', [
      { files: { 'edge-1': 'a1', '.gitattributes': '* diff=evil filter=evil\n' } },
    ]);
    const trap = join(root, 'sprung');
    const script = join(root, 'trap.sh');
    writeFileSync(script, `#!/bin/sh\ntouch '${trap}'\ncat\n`, { mode: 0o755 });
    mkdirSync(join(folder, '.git/hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc', 'post-index-change'])
      symlinkSync(script, join(folder, '.git/hooks', hook));
    const settings = [
      ...['core.fsmonitor', 'core.pager', 'pager.log', 'diff.evil.textconv', 'diff.external', 'core.sshCommand'],
      ...['filter.evil.smudge', 'filter.evil.clean', 'core.alternateRefsCommand', 'gpg.program', 'core.gitProxy'],
    ];
    const own = settings.map((name) => {
      const [section = '', key] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
      return `[${section.replace(/\.(.*)/, ' "$1"')}]\n\t${key} = ${script}\n`;
    });
    const more =
      '[log]\n\tshowSignature = true\n[core]\n\trepositoryformatversion = 99\n[include]\n\tpath = /dev/full\n';
    appendFileSync(
      join(folder, '.git/config'),
      `${own.join('')}${more}[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\turl = ext::${script}\n`,
    );
    assert.deepEqual((await filesOf(folder)).files, [['edge-1', 0, [], 'a1']]);
    assert.equal(existsSync(trap), false);
  });

  it('leads to no other place: not by alternates, links, replacements or its HEAD', async () => {
    const folder = repository('escaping', [{ files: { 'edge-1': 'a1' } }, { files: { 'edge-1': 'a2' } }]);
    git(folder, 'replace', 'HEAD:edge-1', git(folder, 'hash-object', '-w', '.git/HEAD').trim());
    assert.equal((await filesOf(folder)).files.at(-1)?.[3], 'a2');
    const head = join(folder, '.git/HEAD');
    for (const text of [
      'ref: refs/heads/../../../x\n',
      'ref: /etc/passwd\n',
      'ref: refs/heads/none\n',
      '--help\n',
      '',
    ]) {
      writeFileSync(head, text);
      await assert.rejects(filesOf(folder), rejected('BACKUP_GIT', /the HEAD of .+ leads to no commit/));
    }
    writeFileSync(head, 'ref: refs/heads/master\n');
    writeFileSync(join(folder, '.git/objects/info/alternates'), '/somewhere/objects\n');
    await assert.rejects(filesOf(folder), rejected('BACKUP_GIT', /takes objects from other repositories/));
    const tree = join(root, 'worktree');
    mkdirSync(tree);
    writeFileSync(join(tree, '.git'), `gitdir: ${join(folder, '.git')}\n`);
    await assert.rejects(gitDirOf(tree), rejected('BACKUP_GIT', /work tree whose repository is elsewhere/));
    assert.equal(await gitDirOf(root), null);
  });

  it('may be as large as it likes: what is no configuration is left out, what never ends is not read', async () => {
    const folder = repository('large', [{ files: { 'edge-1': 'x'.repeat(17 * 1024 * 1024), 'edge-2': 'b' } }]);
    await assert.rejects(filesOf(folder), rejected('BACKUP_FOLDER', /larger than a configuration/));
    // Each folder has the one below 80 times: half a million paths in four objects.
    const run = (input: string) =>
      execFileSync(need('git'), ['-C', folder, 'mktree'], { input, encoding: 'utf8' }).trim();
    let tree = run(`100644 blob ${git(folder, 'rev-parse', 'HEAD:edge-2').trim()}\ta\n`);
    for (let depth = 0; depth < 3; depth += 1)
      tree = run(Array.from({ length: 80 }, (_, index) => `040000 tree ${tree}\t${index}\n`).join(''));
    const env = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a' };
    const commit = execFileSync(need('git'), ['-C', folder, 'commit-tree', tree, '-m', 'bomb'], {
      env: { ...process.env, ...env },
    });
    writeFileSync(join(folder, '.git/HEAD'), commit);
    await assert.rejects(filesOf(folder), rejected('BACKUP_GIT_LARGE', /^[^:]*\/large\/\.git: more is in/));
  });
});

describe('the log of git', () => {
  const id = (sign: string) => sign.repeat(40);
  const anyText = fc
    .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
    .filter((text) => !text.includes('\0'));
  const file = fc.record({
    path: anyText,
    blob: fc.constantFrom(id('a'), id('b')),
    mode: fc.constantFrom('100644', '120000'),
  });
  const commits = fc.array(
    fc.record({
      author: anyText,
      at: fc.integer({ min: -9, max: 9_999_999_999 }),
      files: fc.array(file, { maxLength: 3 }),
    }),
    { maxLength: 5 },
  );

  it('is read as it was written, whatever is in names and paths, and wherever the pieces are cut', () => {
    fc.assert(
      fc.property(commits, fc.integer({ min: 1, max: 50 }), (written, step) => {
        const text = written
          .map(({ author, at, files }) => {
            const raw = files.map(({ path, blob, mode }) => `:000000 ${mode} ${id('0')} ${blob} A\0${path}\0`).join('');
            return `commit ${id('c')} ${at} ${author}\0${raw === '' ? '' : `\n${raw}`}`;
          })
          .join('');
        const found: LoggedFile[] = [];
        const reader = createLogReader((each) => found.push(each));
        const bytes = Buffer.from(text, 'latin1');
        for (let from = 0; from < bytes.length; from += step) reader.take(bytes.subarray(from, from + step));
        assert.deepEqual(
          found.map(({ path, blob, at, author }) => [path, blob, at, author]),
          written.flatMap(({ author, at, files }) =>
            files.filter(({ mode }) => mode === '100644').map(({ path, blob }) => [path, blob, at * 1000, author]),
          ),
        );
      }),
    );
  });

  it('names devices and people as far as their names can be', () => {
    for (const [path, device] of [
      ['edge-1', 'edge-1'],
      ['a/b/edge-1.rsc', 'edge-1'],
      ['100%', '100%'],
      ['%2E.%2Fodd%20name.rsc', '../odd name'],
      ['a/.git', null],
      ['a/', null],
      ['a\nb', null],
      ['%00', null],
      ['x'.repeat(256), null],
      ['\xff', null],
    ] as const) {
      assert.equal(deviceOfPath(path), device, path);
    }
    assert.deepEqual(['Ali', ' OXIDIZED ', 'rancid', '', 'NetSentinel'].map(changedByAuthor), [
      ['Ali'],
      [],
      [],
      [],
      [],
    ]);
  });
});

describe('the history as a git repository', () => {
  const version = (device: string, number: number, given: Partial<CommittedVersion> = {}): CommittedVersion => ({
    ...{ device, version: number, at: (SECOND + number) * 1000, changedBy: [], rosVersion: '7.20.8' },
    ...{ linesAdded: 1, linesRemoved: 2, ...given },
  });
  const history = (versions: readonly CommittedVersion[], given: Partial<ExportedHistory> = {}): ExportedHistory => ({
    ...{ versions, isRevealed: false, onLeftOut: () => assert.fail() },
    text: async (device, number) => Buffer.from(`/x\nset a=${device}-${number}\n`),
    ...given,
  });
  const hostile = version('<b>\n../"x"', 2, {
    changedBy: ['a <b>\nc', 'd'],
    rosVersion: '7\n\nNetSentinel: edge-1 999 revealed',
  });

  it('has a commit for each version with its time, device, author and text, and a second run adds only what is new', async () => {
    const folder = join(root, 'export.git');
    const first = [version('edge-2', 1), version('edge-1', 1, { changedBy: ['ali'] }), hostile];
    assert.equal(await exportToGit(folder, history(first), NEVER), 3);
    git(folder, 'fsck', '--strict');
    assert.deepEqual(git(folder, 'log', '--reverse', '--format=%an|%at|%s').trimEnd().split('\n'), [
      `ali|${SECOND + 1}|edge-1: version 1`,
      `NetSentinel|${SECOND + 1}|edge-2: version 1`,
      `a ?b?\ufffdc, d|${SECOND + 2}|<b>\ufffd../"x": version 2`,
    ]);
    assert.equal(git(folder, 'show', 'main:edge-1.rsc'), '/x\nset a=edge-1-1\n');
    const tip = git(folder, 'rev-parse', 'main');
    assert.equal(await exportToGit(folder, history(first), NEVER), 0);
    assert.equal(git(folder, 'rev-parse', 'main'), tip);
    const all = [...first, version('edge-1', 3)];
    assert.equal(await exportToGit(folder, history(all), NEVER), 1);
    const other = join(root, 'other.git');
    assert.equal(await exportToGit(other, history(all.toReversed()), NEVER), 4);
    assert.equal(git(other, 'rev-parse', 'main'), git(folder, 'rev-parse', 'main'), 'the same, whenever it is made');
    const { files } = await filesOf(folder);
    assert.deepEqual(files.map(([device]) => device).toSorted(), ['edge-1', 'edge-1', 'edge-2']);
  });

  it('stays in a few packs, however often it is written', async () => {
    const folder = join(root, 'nightly.git');
    const nights = 9;
    for (let night = 1; night <= nights; night += 1) {
      const all = Array.from({ length: night }, (_, index) => version('edge-1', index + 1));
      assert.equal(await exportToGit(folder, history(all), NEVER), 1);
    }
    const counts = Object.fromEntries(
      git(folder, 'count-objects', '-v')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(': ')),
    );
    assert.equal(counts['count'], '0', 'loose objects');
    assert.ok(Number(counts['packs']) <= 4, `${counts['packs']} packs`);
    git(folder, 'fsck', '--strict');
    assert.equal(git(folder, 'rev-list', '--count', 'main').trim(), String(nights));
  });

  it('is given up where git does not end', async (t) => {
    const bin = join(root, 'hanging');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const path = process.env['PATH'];
    t.after(() => {
      process.env['PATH'] = path;
    });
    process.env['PATH'] = `${bin}:${path}`;
    const hanging = gitIn(bin, 'nas', 200)(['log'], { mostBytes: 100 }, NEVER);
    await assert.rejects(hanging, { code: 'BACKUP_GIT_TIMED_OUT', message: /^nas: git did not end/ });
    const stop = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(gitIn(bin, 'nas', 200)(['log'], { mostBytes: 100 }, stop), /stopped/);
  });

  it('never shows some secrets and hides others, and is written into nothing that is not its own', async () => {
    const folder = join(root, 'kinds.git');
    await exportToGit(folder, history([version('edge-1', 1)]), NEVER);
    const revealed = history([version('edge-1', 2)], { isRevealed: true });
    await assert.rejects(exportToGit(folder, revealed, NEVER), rejected('BACKUP_GIT', /made without --reveal/));
    const lost = history([version('edge-1', 1), version('edge-2', 1)]);
    await exportToGit(folder, lost, NEVER);
    const renewed = history([version('edge-1', 9), version('edge-2', 1)]);
    await exportToGit(folder, renewed, NEVER);
    await assert.rejects(
      exportToGit(folder, lost, NEVER),
      rejected('BACKUP_GIT', /newer versions of edge-1 than there are/),
    );
    const own = repository('own', [{ files: { a: 'a' } }]);
    await assert.rejects(exportToGit(own, revealed, NEVER), rejected('BACKUP_GIT', /no bare git repository/));
    git(own, 'branch', '-m', 'main');
    await assert.rejects(
      exportToGit(join(own, '.git'), revealed, NEVER),
      rejected('BACKUP_GIT', /none of them is of NetSentinel/),
    );
  });

  it('is for its owner alone, and runs nothing that it names', async () => {
    const folder = join(root, 'named.git');
    mkdirSync(folder, { mode: 0o755 });
    await exportToGit(folder, history([version('edge-1', 1)]), NEVER);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const trap = join(root, 'sprung-by-export');
    const script = join(root, 'export-trap.sh');
    writeFileSync(script, `#!/bin/sh\ntouch '${trap}'\n`, { mode: 0o755 });
    for (const [name, value] of [
      ['log.showSignature', 'true'],
      ['gpg.program', script],
    ] as const)
      git(folder, 'config', name, value);
    mkdirSync(join(folder, 'hooks'), { recursive: true });
    symlinkSync(script, join(folder, 'hooks/reference-transaction'));
    const [tree, parent] = git(folder, 'rev-parse', 'main^{tree}', 'main').split('\n');
    const who = 'a <> 1 +0000';
    const signature = '-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----';
    const signed = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\ngpgsig ${signature}\n\nm\n`;
    const options = { input: signed, encoding: 'utf8' } as const;
    const id = execFileSync(need('git'), ['-C', folder, 'hash-object', '-t', 'commit', '-w', '--stdin'], options);
    writeFileSync(join(folder, 'refs/heads/main'), id);
    assert.equal(await exportToGit(folder, history([version('edge-1', 2)]), NEVER), 1);
    assert.equal(existsSync(trap), false);
  });

  it('is written whole or not at all, but without what cannot be read', async () => {
    const folder = join(root, 'whole.git');
    await exportToGit(folder, history([version('edge-1', 1)]), NEVER);
    const versions = [version('edge-1', 2), version('edge-1', 3), version('edge-1', 4)];
    const failing = (code: string) => async (_: string, number: number) => {
      if (number === 3) throw new TroubleError(code, 'no', 'No.');
      return Buffer.from(`${number}`);
    };
    const away = history(versions, { text: failing('DATABASE_UNAVAILABLE') });
    await assert.rejects(exportToGit(folder, away, NEVER), rejected('DATABASE_UNAVAILABLE', /no/));
    assert.equal(git(folder, 'rev-list', '--count', 'main').trim(), '1');
    const leftOut: number[] = [];
    const damaged = history(versions, {
      text: failing('BACKUP_DAMAGED'),
      onLeftOut: ({ version: number }) => leftOut.push(number),
    });
    assert.equal(await exportToGit(folder, damaged, NEVER), 2);
    assert.deepEqual(leftOut, [3]);
  });

  it('knows its own commits by their last line, whatever devices are called', () => {
    // What means something in a commit often; the other ones without the table that the unit 'binary' makes first.
    const sign = fc.oneof(
      fc.constantFrom(...' \n\r\0\t<>"%/.:\u2028é'),
      fc.integer({ min: 0, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
      fc.integer({ min: 0xe000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    );
    const names = fc.string({ unit: sign, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 1e9 }), (device, system, number) => {
        const given = version(device, number, { rosVersion: system, changedBy: [system] });
        const commit = commitOf(given, Buffer.from('x'), {
          branch: 'refs/heads/main',
          from: null,
          isRevealed: false,
        }).toString('utf8');
        const [, length = '', rest = ''] = /\ndata (\d+)\n(.*)$/s.exec(commit) ?? [];
        const message = Buffer.from(rest, 'utf8').subarray(0, Number(length)).toString('utf8');
        const committed = committedIn(`${message}\0someone's\n\nNetSentinel: nothing\n`);
        assert.equal(committed.isRevealed, false);
        assert.deepEqual(
          [inOrder([given], committed), inOrder([{ ...given, version: number + 1 }], committed).length],
          [[], 1],
        );
        assert.match(
          commit,
          /^commit refs\/heads\/main\nauthor [^<>\n]+ <> -?\d+ \+0000\ncommitter NetSentinel <> -?\d+ \+0000\ndata /,
        );
      }),
    );
  });
});

describe('configurations from elsewhere', () => {
  const findModel = createFindModel({});

  /** The version or the reason of each. */
  async function imported(model: string, files: readonly { readonly text: string; readonly at?: number }[]) {
    let version = 0;
    const results = importFiles(
      files.map(({ text, at = NOW }) => ({
        device: 'x',
        path: 'x',
        at,
        read: async () => Buffer.from(text, 'latin1'),
      })),
      {
        book: {
          versions: async () => [],
          async keep(_device, _run, decide) {
            const { kind } = await decide({
              newest: null,
              damaged: null,
              quarantine: null,
              accepted: new Set(),
              sight: null,
            });
            assert.equal(kind, 'version');
            version += 1;
            return { kind: 'first', version };
          },
        },
        ...{ findModel, modelOf: () => model, newId: () => 'id', now: NOW },
      },
    );
    return (await Array.fromAsync(results)).map((each) => each.version ?? each.reason?.replace(/ \(.*/, ''));
  }

  it('are left out where their secrets are hidden, of every model, and not for asterisks of their own', async () => {
    const ios = (lines: string) => `version 15.2\n${lines}\nend\n`;
    const shown: Readonly<Record<string, readonly string[]>> = {
      routeros: [
        exportText(),
        exportText({ menus: { '/ppp secret': ['add name=bob password="a b" comment="*** keep ***"'] } }),
        exportText({ menus: { '/ip address': ['add address=192.0.2.1/24 comment="password: hunter2"'] } }),
      ],
      ios: [ios('username bob password 7 0123456789'), ios('snmp-server community abcdef RO')],
      linux: [
        '=== /etc/wireguard/wg0.conf\nPrivateKey = AAAA\n',
        '=== x\n-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n',
      ],
      edgeos: ['set vpn ipsec site-to-site peer 1 authentication pre-shared-secret abc\n'],
    };
    for (const [name, texts] of Object.entries(shown)) {
      const model = findModel(name);
      for (const text of texts) {
        const masked = model.maskLines(model.readableLines(text).map((line) => line.text));
        assert.deepEqual(
          await imported(name, [{ text }, { text: `${masked.join('\n')}\n` }]),
          [1, 'its secrets are hidden'],
          text,
        );
      }
    }
    const ornaments: readonly (readonly [string, string])[] = [
      ['ios', ios('banner motd *** keep out ***\n***********')],
      [
        'routeros',
        exportText({ menus: { '/system note': ['set note="*** keep out ***"'], '/a': ['add comment=***'] } }),
      ],
    ];
    for (const [name, text] of ornaments) assert.deepEqual(await imported(name, [{ text }]), [1], text);
  });

  it('are no encrypted or packed files, and of no time to come', async () => {
    const no = 'it is no configuration';
    for (const model of ['routeros', 'ios', 'linux'])
      assert.deepEqual(
        await imported(model, [
          { text: 'age-encryption.org/v1\n-> X25519 abc\n--- abc\nxyz' },
          { text: '\x1f\x8b\x08\0abc' },
        ]),
        [no, no],
        model,
      );
    const late = [NOW, NOW + 86_400_000, NOW + 86_400_001].map((at) => ({ text: exportText(), at }));
    assert.deepEqual(await imported('routeros', late), [1, 2, 'its date lies in the future']);
  });

  it('are of the devices that an export named its folders after', async () => {
    for (const name of ['edge%20%2F1', '100%']) {
      mkdirSync(join(root, 'named', name), { recursive: true });
      writeFileSync(join(root, 'named', name, '2026-01-01.rsc'), 'x');
    }
    const files = await readFolder(join(root, 'named'));
    assert.deepEqual(files.map(({ device }) => device).toSorted(), ['100%', 'edge /1']);
    assert.equal(byteTextOf((await files[0]?.read()) ?? Buffer.alloc(0)), 'x');
  });
});
