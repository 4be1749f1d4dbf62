import { createInterface } from 'node:readline';
import { openDatabase } from '../../src/platform/store/database.ts';
import { migrate } from '../../src/platform/store/migrate.ts';

/** A worker's start, run as a process of its own: migrates each database whose URL it reads, and prints the files that it ran as JSON. */
for await (const url of createInterface({ input: process.stdin })) {
  const database = openDatabase({ url });
  try {
    console.log(JSON.stringify(await migrate({ database })));
  } finally {
    await database.close();
  }
}
