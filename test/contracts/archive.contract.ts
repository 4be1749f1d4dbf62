import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { ArchiveSession } from '../../src/backups/archive.ts';
import { NEVER } from '../support/ssh-shell.ts';

/** An archive of one kind, on the real thing. */
export interface ArchiveUnderTest {
  open(signal: AbortSignal): Promise<ArchiveSession>;
  /** What a file holds; `null`: there is none. Not by the archive itself. */
  read(path: string): Buffer | null;
  /** Puts a file there, as somebody else does. */
  write(path: string, text: string): void;
  /** Paths of all files. */
  all(): readonly string[];
  stop(): Promise<void>;
}

/** What every kind of archive has to do. */
export function describeArchive(kind: string, start: () => Promise<ArchiveUnderTest>): void {
  describe(`an archive of the kind ${kind}`, () => {
    let test: ArchiveUnderTest;
    let session: ArchiveSession;
    before(async () => {
      test = await start();
      session = await test.open(NEVER);
    });
    after(async () => {
      session.close();
      session.close();
      await test.stop();
    });

    it('is empty before anything is there, not in trouble', async () => {
      assert.deepEqual(await session.list(NEVER), []);
      assert.equal(await session.size('edge-1/one.age', NEVER), null);
      await session.remove('edge-1/one.age', NEVER);
    });

    it('has what was put, byte for byte, and nothing else', async () => {
      const bytes = Buffer.concat([Buffer.from([0, 13, 10, 255, 26]), randomBytes(3_000_000)]);
      await session.put('edge-1/20261127T030000Z-1.age', bytes, NEVER);
      assert.equal(test.read('edge-1/20261127T030000Z-1.age')?.equals(bytes), true);
      assert.equal(await session.size('edge-1/20261127T030000Z-1.age', NEVER), bytes.length);
      assert.deepEqual(test.all(), ['edge-1/20261127T030000Z-1.age']);
    });

    it('puts a second one in place of the first, also a shorter one', async () => {
      await session.put('edge-1/20261127T030000Z-1.age', Buffer.from('second'), NEVER);
      assert.deepEqual(test.read('edge-1/20261127T030000Z-1.age'), Buffer.from('second'));
    });

    it('lists what is in its folders with the length, and leaves alone what others put there', async () => {
      test.write('note.txt', 'of somebody');
      test.write('edge-1/with blank & ü.txt', 'of somebody');
      await session.put('edge-2/20261128T030000Z-7.age', Buffer.from('seven'), NEVER);
      await session.put('netsentinel-check.age', Buffer.from('check'), NEVER);
      const files = await session.list(NEVER);
      assert.deepEqual(
        files.filter(({ path }) => path.endsWith('.age')).toSorted((one, other) => (one.path < other.path ? -1 : 1)),
        [
          { path: 'edge-1/20261127T030000Z-1.age', bytes: 6 },
          { path: 'edge-2/20261128T030000Z-7.age', bytes: 5 },
        ],
      );
      assert.deepEqual(test.read('note.txt'), Buffer.from('of somebody'));
    });

    it('removes one file, and nothing where there is none', async () => {
      for (const path of ['edge-2/20261128T030000Z-7.age', 'edge-2/20261128T030000Z-7.age', 'netsentinel-check.age']) {
        await session.remove(path, NEVER);
      }
      assert.equal(await session.size('edge-2/20261128T030000Z-7.age', NEVER), null);
      assert.deepEqual(test.all(), ['edge-1/20261127T030000Z-1.age', 'edge-1/with blank & ü.txt', 'note.txt']);
    });
  });
}
