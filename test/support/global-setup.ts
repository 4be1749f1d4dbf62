import { type MariadbServer, startMariadb } from './mariadb-server.ts';
import { prepareNeeds } from './needs.ts';

/** Where the tests find the server; a server of one's own may be given by setting it. */
const VARIABLE = 'NETSENTINEL_TEST_MYSQL';

let server: MariadbServer | null = null;

/** Runs once before all test files: they inherit the variable. */
export async function globalSetup(): Promise<void> {
  prepareNeeds();
  if (process.env[VARIABLE] !== undefined) return;
  server = await startMariadb();
  process.env[VARIABLE] = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.remove();
}
