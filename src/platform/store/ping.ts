import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Resolves when the database answers. SQLite has to look into its file for it. Rejects with a `TroubleError`. */
export async function pingDatabase(database: Database): Promise<void> {
  const question = database.kind === 'sqlite' ? sql`PRAGMA schema_version` : sql`SELECT 1`;
  await database.read((queries) => question.execute(queries));
}
