// NetSentinel's configuration in a container beside LibreNMS. Copy it to config/config.ts and fill it in; every other option is in
// config.example.ts.
import { defineConfig, secret } from 'netsentinel/config';

export default defineConfig({
  timeZone: 'Asia/Karachi',

  // secrets/database_url, written by sql/provision.sh: a database of our own on LibreNMS's server.
  database: secret('DATABASE_URL'),

  // secrets/router_password. Another router's own password is another secret, named in docker-compose.yml too.
  // Instead of this list, or besides it, the routers that LibreNMS knows may be taken: `librenms` in config.example.ts, with the url
  // 'http://librenms:8000' and one more secret in docker-compose.yml.
  routers: [{ name: 'edge-1', host: '192.0.2.1', username: 'librenms_api', password: secret('ROUTER_PASSWORD') }],

  quotas: [
    { match: 'total*', ignore: true },
    { dailyGb: 10, warnAtPercent: [80] },
  ],

  // LibreNMS's relay takes mail from its network without a login.
  mail: {
    from: 'NetSentinel <netsentinel@example.com>',
    to: ['admin@example.com'],
    smtp: { host: 'librenms_msmtpd', port: 2500 },
  },
});
