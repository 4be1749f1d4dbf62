// NetSentinel's configuration in a container with a database of its own; scripts/standalone.sh copies it to config/config.ts. Every other
// option is in config.example.ts.
import { defineConfig, secret } from 'netsentinel/config';

export default defineConfig({
  timeZone: 'UTC',

  // secrets/database_url and secrets/netsentinel_key, both written by scripts/standalone.sh. The key encrypts the passwords in the
  // database: keep a copy of it apart from backups of the database.
  database: secret('DATABASE_URL'),
  key: secret('NETSENTINEL_KEY'),

  // Routers are added by `device add` or on the pages. Some may be listed here instead, with the password in secrets/router_password:
  // routers: [{ name: 'edge-1', host: '192.0.2.1', username: 'librenms_api', password: secret('ROUTER_PASSWORD') }],

  quotas: [{ dailyGb: 10, warnAtPercent: [80] }],

  // All addresses of the container; Docker publishes the port on 127.0.0.1 of this machine. People log in under their own names.
  http: { host: '0.0.0.0', pages: true, auth: 'accounts' },
});
