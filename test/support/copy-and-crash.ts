import { createArchiveStore } from '../../src/backups/store/archive-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { openDatabase } from '../../src/platform/store/database.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { archiverOn, folderArchive } from './archiver.ts';

/** A worker that copies to a folder and dies by SIGKILL at one point of it: `copy-and-crash.ts URL FOLDER (put|note|remove)`. */
const [url = '', folder = '', dieAt = ''] = process.argv.slice(2);

function dieIf(point: string): void {
  if (dieAt === point) process.kill(process.pid, 'SIGKILL');
}

const database = openDatabase({ url });
const book = createArchiveStore({ database, notices: createNoticeWriter({ database }) });
const archive = folderArchive(folder, { keep: 1 });
const dying = {
  ...archive,
  async open(signal: AbortSignal) {
    const session = await archive.open(signal);
    return {
      ...session,
      async remove(path: string, stop: AbortSignal) {
        await session.remove(path, stop);
        dieIf('remove');
      },
    };
  },
};
const archiver = archiverOn(database, [dying], systemClock, {
  book: {
    ...book,
    async note(...args) {
      dieIf('put');
      await book.note(...args);
      dieIf('note');
    },
  },
});
await archiver.tryOnce(new AbortController().signal);
await database.close();
