// The smallest useful configuration: one router, SQLite, the pages. The command `init` asks for all of it; every option: config.example.ts.
import { defineConfig, secret } from 'netsentinel/config';

export default defineConfig({
  timeZone: 'Asia/Karachi',
  database: 'sqlite:./data/netsentinel.db',
  key: secret('NETSENTINEL_KEY'),
  routers: [{ name: 'edge-1', host: '192.0.2.1', username: 'librenms_api', password: secret('ROUTER_PASSWORD') }],
  http: { pages: true, auth: 'accounts' },
});
